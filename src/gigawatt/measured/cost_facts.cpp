// What trainings and gigawatts cost, as they are published.
//
// A training by the method of the source (data/validation/training_costs.toml): hardware is worth its price P when it can
// be had, and loses a share of what is left each year, because newer hardware does more for its price:
//
//     V(age) = P 10^(-k age),   cost = chips ( V(age at the start) - V(age at the end) ) + energy
//
// P is the published cost of the hardware where it is published, else that of the catalogue's servers and network.

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/engine/plain_question.h"
#include "gigawatt/measured/site_facts.h"
#include "gigawatt/site/node_power.h"

namespace gigawatt::measured {

struct TrainingCostMethod {
  double value_decades_per_year = 0, available_after_days = 0, published_after_days = 0;
  std::string source;
};

void fields(config::FieldVisitor& v, TrainingCostMethod& m) {
  v(m.value_decades_per_year, {.key = "value_decades_per_year",
                               .doc = "k of the fall of value.",
                               .min = 0,
                               .max = 10,
                               .required = true});
  v(m.available_after_days, {.key = "available_after_days",
                             .doc = "From a release to hardware that can be bought.",
                             .min = 0,
                             .max = 1e4,
                             .required = true});
  v(m.published_after_days, {.key = "published_after_days",
                             .doc = "From the end of a training to its publication.",
                             .min = 0,
                             .max = 1e4,
                             .required = true});
  v(m.source, {.key = "source", .doc = "Key of data/sources.toml.", .required = true});
}

namespace {

constexpr double kYearDays = 365.25;
constexpr double kDay_h = 24;

/// What is published of a training, whatever its rows are dated by.
struct Training {
  const catalog::Accelerator* chip = nullptr;
  const catalog::System* system = nullptr;
  double chips = 0, hours = 0;
  std::optional<base::SimTime> published;
  std::optional<double> watts, hardware_usd;
};

/// "Google TPU v4", "NVIDIA A100 SXM4 40 GB": the chip of which most parts of the name stand in the text, a number among
/// them (a "TPU" alone is none).
const catalog::Accelerator* hardware_in(std::string_view text, const catalog::Catalog& catalog) {
  const std::string words = base::letters_and_digits(text);
  const catalog::Accelerator* best = nullptr;
  std::size_t most = 0;
  for (const auto& chip : catalog.accelerators())
    for (std::size_t cut = chip.name.size(); cut != std::string::npos && cut > 0;
         cut = chip.name.rfind('-', cut - 1)) {
      const std::string part = base::letters_and_digits(chip.name.substr(0, cut));
      if (part.size() <= most || part.find_first_of("0123456789") == std::string::npos) continue;
      if (words.find(part) == std::string::npos) continue;
      best = &chip;
      most = part.size();
    }
  return best;
}

std::optional<Training> training_of(const Fact& f, const FactModels& m) {
  Training out;
  for (const Fact& other : m.facts) {
    if (other.subject != f.subject) continue;
    if (other.quantity == "chips") out.chips = other.value;
    if (other.quantity == "training time" && other.unit == "h") out.hours = other.value;
    if (other.quantity == "training power draw" && other.unit == "W") out.watts = other.value;
    if (other.quantity == "hardware acquisition cost" && other.unit == "USD") out.hardware_usd = other.value;
    if (!other.date.empty() && !out.published) out.published = base::parse_time(other.date);
  }
  for (const Fact& other : m.texts)
    if (other.subject == f.subject && other.quantity == "training hardware")
      out.chip = hardware_in(other.text, m.catalog);
  out.system = out.chip ? system_of(*out.chip, m.catalog) : nullptr;
  if (out.system == nullptr || !(out.chips > 0)) return std::nullopt;
  return out;
}

/// A server's share and the network of an accelerator, USD.
std::optional<double> hardware_price(const catalog::System& system) {
  if (!(system.node_price_usd.value > 0)) return std::nullopt;
  return system.node_price_usd / system.accelerators_per_node + system.network_usd_per_accelerator;
}

std::optional<TrainingCostMethod> method_of(const FactModels& m) {
  const auto node = config::read_toml(m.data / "validation" / "training_costs.toml");
  if (!node) return std::nullopt;
  base::Diagnostics problems;
  TrainingCostMethod out;
  config::Reader(*node, problems).read(out);
  return base::has_errors(problems) ? std::nullopt : std::optional(out);
}

double mean_electricity_usd_per_j(const catalog::Catalog& catalog) {
  double sum = 0;
  int regions = 0;
  for (const auto& table : catalog.price_tables())
    for (const auto& entry : table.electricity) {
      sum += entry.delivered_usd_per_j.value;
      ++regions;
    }
  return regions > 0 ? sum / regions : 0;
}

std::optional<Computed> amortized(const Fact& f, const FactModels& m) {
  if (f.unit != "USD" || !f.has("amortized hardware")) return std::nullopt;
  const auto t = training_of(f, m);
  if (!t || !(t->hours > 0) || !t->published) return std::nullopt;
  const auto released = base::parse_time(t->chip->released);
  const auto method = method_of(m);
  const auto price =
      t->hardware_usd ? std::optional(*t->hardware_usd / t->chips) : hardware_price(*t->system);
  if (!released || !method || !price) return std::nullopt;
  const double days_old = (*t->published - *released).to_days() - method->available_after_days;
  const double end = std::max(0.0, days_old - method->published_after_days) / kYearDays;
  const double start = std::max(0.0, end - t->hours / kDay_h / kYearDays);
  const double k = method->value_decades_per_year * std::log(10.0);
  const double lost = *price * std::exp(-k * start) * -std::expm1(-k * t->hours / kDay_h / kYearDays);
  const double watts = t->watts ? *t->watts / t->chips
                                : site::node_power(*t->system).max_it_w() / t->system->accelerators_per_node *
                                      m.catalog.facility().design_to_typical_ratio *
                                      m.catalog.facility().peak_overhead;
  const double energy = watts * t->hours * 3600 * mean_electricity_usd_per_j(m.catalog);
  return Computed{t->chips * (lost + energy),
                  t->hardware_usd ? "value lost at the published cost of the hardware, and energy"
                                  : "value lost at the catalogue's price of servers and network, and energy"};
}

std::optional<Computed> acquisition(const Fact& f, const FactModels& m) {
  if (f.unit != "USD" || !f.has("hardware acquisition cost")) return std::nullopt;
  const auto t = training_of(f, m);
  const auto price = t ? hardware_price(*t->system) : std::nullopt;
  if (!price) return std::nullopt;
  return Computed{t->chips * *price, "accelerators at the catalogue's price of servers and network"};
}

std::optional<Computed> rented(const Fact& f, const FactModels& m) {
  if (f.unit != "USD" || !f.has("cloud training cost")) return std::nullopt;
  const auto t = training_of(f, m);
  if (!t || !(t->hours > 0) || !t->published) return std::nullopt;
  const std::string day = base::to_iso_date(*t->published);
  const catalog::RentalPrice* best = nullptr;
  for (const auto& table : m.catalog.price_tables())
    for (const auto& rental : table.rental)
      if (rental.accelerator == t->chip->name &&
          (best == nullptr || (rental.date <= day && rental.date > best->date)))
        best = &rental;
  if (best == nullptr) return std::nullopt;
  return Computed{t->chips * t->hours * 3600 * best->usd_per_s,
                  "accelerator-hours at the rental price of the day"};
}

/// What a gigawatt costs by `gigawatt ask cost`: a figure of its answer, billion USD or a count.
std::optional<double> asked(const FactModels& m, const std::string& system, const std::string& figure,
                            double power_w = 1e9) {
  engine::PlainQuery q;
  q.topic = engine::PlainTopic::kCost;
  q.system = system;
  q.power_w = power_w;
  const auto answer = engine::answer_plainly(m.knowledge, q);
  if (!answer) return std::nullopt;
  for (const auto& a : answer->answers)
    if (a.name == figure) return a.value;
  return std::nullopt;
}

/// The rack that a figure is about: named, else the one that was sold at its date.
std::string rack_of(const Fact& f) {
  if (f.has("rubin")) return "vr200-nvl72";
  return f.has("gb300") || f.date >= "2025-07" ? "gb300-nvl72" : "gb200-nvl72";
}

/// "1 GW AI DC, total", "capital per GW of facility power", "per GW of server power".
std::optional<Computed> gigawatt(const Fact& f, const FactModels& m) {
  if (!f.unit.starts_with("USD billion") || f.topic != "cost") return std::nullopt;
  const bool total = f.has("1 gw") && f.has("total");
  const bool per_gw = f.unit == "USD billion/GW" && f.has("capital per gw");
  const std::string rack = rack_of(f);
  if (!total && !per_gw) {
    if (f.has("1 gw") && f.has("rack cost"))
      if (const auto usd = asked(m, rack, "servers and accelerators"))
        return Computed{*usd, fmt::format("`gigawatt ask cost --system {} --power \"1 GW\"`: servers", rack)};
    if (f.has("1 gw") && f.has("physical infrastructure") && !f.has("low"))
      if (const auto usd = asked(m, rack, "building, power and cooling"))
        return Computed{*usd,
                        fmt::format("`gigawatt ask cost --system {} --power \"1 GW\"`: building", rack)};
    return std::nullopt;
  }
  // A gigawatt of a note with racks and a price of one has its own rack, all else in it.
  const auto racks = m.also(f, "racks", "count"), each = m.also(f, "cost per rack", "USD million");
  if (racks && each)
    if (const auto mine = asked(m, rack, "racks"))
      return Computed{*mine * *each / 1e3,
                      fmt::format("{} racks of {} on a gigawatt at the published cost of one", rack, *mine)};
  auto usd = asked(m, rack, "capital");
  if (usd && f.has("server power")) {
    const auto it_mw = asked(m, rack, "IT power");
    usd = it_mw ? std::optional(*usd / *it_mw * 1e3) : std::nullopt;
  }
  if (!usd) return std::nullopt;
  return Computed{*usd, fmt::format("`gigawatt ask cost --system {} --power \"1 GW\"`: capital", rack)};
}

constexpr std::array<FactRule, 4> kRules = {amortized, acquisition, rented, gigawatt};

}  // namespace

std::span<const FactRule> cost_rules() { return kRules; }

}  // namespace gigawatt::measured

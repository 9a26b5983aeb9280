// What trainings and gigawatts cost, as they are published.
//
// A training by the method of the source (data/validation/training_costs.toml): hardware is worth its price P when it can
// be had, and loses a share of what is left each year, because newer hardware does more for its price:
//
//     V(age) = P 10^(-k age),   cost = chips ( V(age at the start) - V(age at the end) ) + energy
//
// P is the published cost of the hardware where it is published, else that of the source's list: a server at launch by
// accelerator, and a share of the whole for the network between servers. Rent is that of three years' commitment.
//
// A gigawatt by the assumptions of its source (the column `assumes`): which system, what a rack costs and draws at the meter,
// what a gigawatt counts (the meter, or IT), what is included. What a source does not say is the product's own.

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
#include "gigawatt/units/parse.h"

namespace gigawatt::measured {

/// Of an accelerator with its share of a server.
struct ListPrice {
  std::string name;
  double usd = 0, usd_per_hour = 0;
};

void fields(config::FieldVisitor& v, ListPrice& p) {
  v(p.name, {.key = "name", .doc = "Words of the accelerator's name.", .required = true});
  v(p.usd, {.key = "list_usd", .doc = "With its share of a server, at launch.", .min = 0, .required = true});
  v(p.usd_per_hour,
    {.key = "usd_per_hour", .doc = "Rent of an hour, three years committed; 0: unknown.", .min = 0});
}

struct TrainingCostMethod {
  double value_decades_per_year = 0, available_after_days = 0, published_after_days = 0, network_share = 0;
  std::string source;
  std::vector<ListPrice> hardware;
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
  v(m.network_share, {.key = "network_share",
                      .doc = "Of the hardware's cost, for the network between servers.",
                      .min = 0,
                      .max = 0.9,
                      .required = true});
  v(m.source, {.key = "source", .doc = "Key of data/sources.toml.", .required = true});
  v(m.hardware, {.key = "hardware", .doc = "Prices by accelerator."});
}

namespace {

constexpr double kYearDays = 365.25;
constexpr double kDay_h = 24;
constexpr double kGigawatt = 1e9;  ///< W
constexpr double kBillion = 1e9;

/// What is published of a training, whatever its rows are dated by.
struct Training {
  std::string hardware;  ///< in the source's words
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
    if (other.subject == f.subject && other.quantity == "training hardware") out.hardware = other.text;
  out.chip = hardware_in(out.hardware, m.catalog);
  out.system = out.chip ? system_of(*out.chip, m.catalog) : nullptr;
  if (!(out.chips > 0)) return std::nullopt;
  return out;
}

/// The entry of which most letters stand in the words; null: none does.
const ListPrice* list_price(std::string_view hardware, const TrainingCostMethod& method) {
  const std::string words = base::letters_and_digits(hardware);
  const ListPrice* best = nullptr;
  for (const ListPrice& p : method.hardware)
    if (words.find(base::letters_and_digits(p.name)) != std::string::npos &&
        (best == nullptr || p.name.size() > best->name.size()))
      best = &p;
  return best;
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
  if (!t || !(t->hours > 0) || !t->published || t->system == nullptr) return std::nullopt;
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
  const auto method = method_of(m);
  if (!t || !method) return std::nullopt;
  if (const ListPrice* listed = list_price(t->hardware, *method))
    return Computed{
        t->chips * listed->usd / (1 - method->network_share),
        "accelerators at the list price of a server at launch, and the source's share for the network"};
  const auto price = t->system ? hardware_price(*t->system) : std::nullopt;
  if (!price) return std::nullopt;
  return Computed{t->chips * *price, "accelerators at the catalogue's price of servers and network"};
}

std::optional<Computed> rented(const Fact& f, const FactModels& m) {
  if (f.unit != "USD" || !f.has("cloud training cost")) return std::nullopt;
  const auto t = training_of(f, m);
  const auto method = method_of(m);
  if (!t || !(t->hours > 0) || !method) return std::nullopt;
  if (const ListPrice* listed = list_price(t->hardware, *method);
      listed != nullptr && listed->usd_per_hour > 0)
    return Computed{t->chips * t->hours * listed->usd_per_hour,
                    "accelerator-hours at the rent of three years' commitment"};
  if (!t->published || t->chip == nullptr) return std::nullopt;
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

/// The parts of a gigawatt at the meter, billion USD; what the source assumes goes before the product's own.
struct Gigawatt {
  std::string system;
  double racks = 0, hardware = 0, network = 0, building = 0, generation = 0;
  double facility_per_it = 1;
  bool of_it = false;  ///< the gigawatt counts IT
  bool assumed = false;

  double scale() const { return of_it ? facility_per_it : 1; }
};

/// Whether a source includes a part: those that it lists ("unknown": it says nothing of them), else all but generation.
bool includes(const Fact& f, std::string_view part) {
  const auto list = f.assumes.find("includes");
  if (list == f.assumes.end()) return part != "generation" && part != "unknown";
  const std::string padded = "+" + list->second + "+";
  return padded.find(fmt::format("+{}+", part)) != std::string::npos;
}

std::optional<double> assumed_si(const Fact& f, std::string_view key, units::Dimension dimension) {
  const auto found = f.assumes.find(key);
  if (found == f.assumes.end()) return std::nullopt;
  const auto value = units::parse_quantity(found->second);
  if (!value || !value->has_unit || value->dimension != dimension) return std::nullopt;
  return value->si;
}

std::optional<Gigawatt> gigawatt_of(const Fact& f, const FactModels& m) {
  Gigawatt out;
  const auto system = f.assumes.find("system");
  out.system = system == f.assumes.end() ? rack_of(f) : system->second;
  out.assumed = !f.assumes.empty();
  const auto racks = asked(m, out.system, "racks"), it = asked(m, out.system, "IT power");
  const auto servers = asked(m, out.system, "servers and accelerators"),
             network = asked(m, out.system, "network");
  const auto building = asked(m, out.system, "building, power and cooling");
  if (!racks || !it || !servers || !network || !building) return std::nullopt;
  const auto ratio = f.assumes.find("facility_per_it");
  out.facility_per_it =
      ratio == f.assumes.end() ? 1e3 / *it : first_number(ratio->second).value_or(1e3 / *it);
  const auto counts = f.assumes.find("power");
  out.of_it = counts == f.assumes.end() ? f.has("server power") : counts->second == "IT";
  const double their_it_mw = 1e3 / out.facility_per_it;
  const auto rack_w = assumed_si(f, "rack_power", units::kPower);
  out.racks = rack_w ? std::floor(kGigawatt / *rack_w) : *racks * their_it_mw / *it;
  const double of_ours = out.racks / *racks;
  out.hardware = *servers * of_ours;
  out.network = *network * of_ours;
  if (const auto usd = assumed_si(f, "rack", units::kMoney)) {  // a rack with its network
    out.hardware = out.racks * *usd / kBillion;
    out.network = 0;
  }
  if (const auto usd = assumed_si(f, "hardware", units::kMoney)) {  // of the whole
    out.hardware = *usd / kBillion / out.scale();
    out.network = 0;
  }
  out.building = *building;
  out.generation = m.catalog.cost().gas_plant_usd_per_w * kGigawatt / kBillion;
  return out;
}

std::string gigawatt_words(const Fact& f, const Gigawatt& g, std::string_view what) {
  std::string out =
      fmt::format("{} of {:.0f} {} racks on a gigawatt{}", what, g.racks, g.system, g.of_it ? " of IT" : "");
  if (!g.assumed) return out + ", all by `gigawatt ask cost`";
  out += "; its source's: ";
  bool first = true;
  for (const auto& [key, value] : f.assumes) {
    out += fmt::format("{}{} {}", first ? "" : ", ", key, value);
    first = false;
  }
  return out;
}

/// "1 GW AI DC, total", "capital per GW of facility power", "per GW of server power".
std::optional<Computed> gigawatt(const Fact& f, const FactModels& m) {
  if (f.topic != "cost") return std::nullopt;
  const bool billions = f.unit.starts_with("USD billion") && !f.unit.ends_with("/yr");
  const bool one = f.has("1 gw") || f.unit == "USD billion/GW";
  if (!one) return std::nullopt;
  if (f.unit == "count" && f.has("racks")) {
    const auto g = gigawatt_of(f, m);
    return g ? std::optional(Computed{g->racks * g->scale(), gigawatt_words(f, *g, "number")}) : std::nullopt;
  }
  if (!billions) return std::nullopt;
  const bool hardware = f.has("rack cost") || f.has("compute per gw"),
             building = f.has("physical infrastructure") || f.has("campus per gw");
  if (!hardware && !building && !f.has("total") && !f.has("capital per gw")) return std::nullopt;
  if (includes(f, "unknown")) return std::nullopt;
  const auto g = gigawatt_of(f, m);
  if (!g) return std::nullopt;
  double usd = 0;
  const auto add = [&](std::string_view part, double billion) {
    if (includes(f, part)) usd += billion * g->scale();
  };
  if (!building) {
    add("racks", g->hardware);
    add("network", g->network);
  }
  if (!hardware) {
    add("building", g->building);
    add("generation", g->generation);
  }
  return Computed{usd, gigawatt_words(f, *g, "capital")};
}

constexpr std::array<FactRule, 4> kCostRules = {amortized, acquisition, rented, gigawatt};

}  // namespace

std::span<const FactRule> cost_rules() { return kCostRules; }

}  // namespace gigawatt::measured

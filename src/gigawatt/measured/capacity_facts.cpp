// Sizes: what accelerators draw at a site's meter, racks on a gigawatt, servers and racks by their ratings.

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/words.h"
#include "gigawatt/engine/plain_question.h"
#include "gigawatt/measured/site_facts.h"

namespace gigawatt::measured {
namespace {

/// A system sells in quantity from this long after its release.
constexpr std::int64_t kShippingDays = 120;
/// A number of this range stands for a year, not for accelerators.
constexpr double kFirstYear = 1990, kLastYear = 2040;
constexpr std::int64_t kDay_us = 86'400'000'000;

using base::lower;

/// The site of the catalogue that the subject names.
const catalog::Site* site_in(const Fact& f, const FactModels& m) {
  const std::string subject = lower(f.subject);
  const catalog::Site* best = nullptr;
  std::size_t most = 0;
  for (const auto& site : m.catalog.sites()) {
    auto names = site.aliases;
    names.push_back(site.title);
    for (const auto& name : names)
      if (name.size() > most && subject.find(lower(name)) != std::string::npos)
        best = &site, most = name.size();
  }
  return best;
}

std::optional<base::SimTime> day(std::string_view date) {
  if (date.size() < 10) return std::nullopt;
  return base::parse_time(date.substr(0, 10));
}

/// IT power of an accelerator's share of a training cluster at its rating, with what stands beside the servers.
double cluster_it_w(const catalog::System& system, const FactModels& m) {
  return system.node_max_w / system.accelerators_per_node / (1 - m.power.activity.beside_servers);
}

/// The vendor whose accelerators an owner's sites hold: its own, where it makes some.
std::string vendor_of(const Fact& f, const catalog::Site& site, const FactModels& m) {
  const std::string names = lower(f.subject + " " + site.owner);
  for (const auto& chip : m.catalog.accelerators()) {
    const bool owner = names.find(lower(chip.vendor)) != std::string::npos ||
                       (chip.vendor == "AWS" && names.find("amazon") != std::string::npos);
    if (owner && chip.vendor != "Meta") return chip.vendor;  // Meta's own chip does not train
  }
  return "NVIDIA";
}

/// The system of a vendor that was sold in quantity at a date: of those with the highest peak the last released.
const catalog::System* sold_at(base::SimTime date, const std::string& vendor, const FactModels& m) {
  const catalog::System* best = nullptr;
  double peak = 0;
  base::SimTime newest{};
  for (const auto& system : m.catalog.systems()) {
    const auto& chip = m.catalog.accelerator_of(system);
    const auto released = day(chip.released);
    if (chip.vendor != vendor || !released || system.accelerators_per_node < 4 ||
        released->us + kShippingDays * kDay_us > date.us)
      continue;
    // Racks and boards of one generation differ little: what counts is the scale-up domain that a site is built of.
    const double size = chip.peak(catalog::Precision::kBf16) * (system.scaleup_domain > 8 ? 1.2 : 1);
    if (size < peak || (size == peak && released->us <= newest.us)) continue;
    best = &system;
    peak = size;
    newest = *released;
  }
  return best;
}

/// A site whose accelerators are counted in equivalents of an H100: each increase is of the system that was sold then.
std::optional<Computed> site_power(const Fact& f, const FactModels& m) {
  if (f.unit != "MW" || !f.has("facility power")) return std::nullopt;
  const auto* site = site_in(f, m);
  const auto now = day(f.date);
  const auto* h100 = chip_in("h100", m.catalog);
  if (!site || !now || !h100 || !m.also(f, "h100 equivalents")) return std::nullopt;
  const bool revised = f.has("revised");
  const std::string vendor = vendor_of(f, *site, m);
  double held = 0, it_w = 0, newest_w = 0;
  base::SimTime before{};
  while (true) {
    const Fact* next = nullptr;
    for (const Fact& g : m.facts) {
      const auto at = day(g.date);
      if (g.subject != f.subject || g.unit != "H100e" || g.has("revised") != revised || !at ||
          at->us <= before.us || at->us > now->us)
        continue;
      if (next == nullptr || *at < *day(next->date)) next = &g;
    }
    if (next == nullptr) break;
    before = *day(next->date);
    const auto* system = sold_at(before, vendor, m);
    if (system == nullptr) return std::nullopt;
    const double equivalents = m.catalog.accelerator_of(*system).peak(catalog::Precision::kBf16) /
                               h100->peak(catalog::Precision::kBf16);
    newest_w = cluster_it_w(*system, m) / equivalents;
    it_w += (next->value - held) * newest_w;
    held = next->value;
  }
  return Computed{
      it_w * site->peak_overhead / 1e6,
      "published H100 equivalents, by the systems sold then, over the site's overhead in the design hour"};
}

/// "5,930 NVL72 racks" on "1 GW", as `gigawatt ask power` answers.
std::optional<Computed> racks(const Fact& f, const FactModels& m) {
  if (f.unit != "count" || !f.has("racks") || !f.has("nvl72") || f.has("rubin")) return std::nullopt;
  const auto gigawatts = number_before(f.text, " gw");
  if (!gigawatts) return std::nullopt;
  engine::PlainQuery q;
  q.system = f.has("gb300") ? "gb300-nvl72" : "gb200-nvl72";
  q.power_w = *gigawatts * 1e9;
  const auto answer = engine::answer_plainly(m.knowledge, q);
  if (!answer) return std::nullopt;
  for (const auto& a : answer->answers)
    if (a.name == "racks")
      return Computed{a.value, "racks at their rating with network, over the overhead in the design hour"};
  return std::nullopt;
}

/// "100,000 H100" in megawatts.
std::optional<Computed> fleet_power(const Fact& f, const FactModels& m) {
  if (f.unit != "MW" || f.has("square-wave") || f.has("swing") || !f.has("power")) return std::nullopt;
  const auto* chip = chip_in(f.text, m.catalog);
  const auto* system = chip ? system_of(*chip, m.catalog) : nullptr;
  if (!system) return std::nullopt;
  const auto n = count_of(f.text, chip->name.substr(0, chip->name.find('-')));
  if (!n || *n < 1000 || (*n >= kFirstYear && *n <= kLastYear) || chip->idle_w <= 0) return std::nullopt;
  engine::PlainQuery q;
  q.system = system->name;
  q.gpus = static_cast<std::int64_t>(*n);
  q.cooling = f.has("air") ? "air" : "liquid-dry";
  const auto answer = engine::answer_plainly(m.knowledge, q);
  if (!answer) return std::nullopt;
  for (const auto& a : answer->answers)
    if (a.name == (f.has("it power") ? "IT power" : "power at the meter"))
      return Computed{a.value, "`gigawatt ask power`"};
  return std::nullopt;
}

/// The rack that a fact's words name: of 72 packages, of the newest generation that is named.
std::string named_rack(const Fact& f) {
  if (f.has("rubin") || f.has("vr200") || f.has("vr nvl")) return "vr200-nvl72";
  return f.has("gb300") ? "gb300-nvl72" : "gb200-nvl72";
}

/// Racks and servers of the catalogue, and groups of them.
std::optional<Computed> rating(const Fact& f, const FactModels& m) {
  if (f.unit != "kW" ||
      !(f.topic == "hardware" || f.topic == "chip" || f.topic == "power" || f.topic == "node-power"))
    return std::nullopt;
  const catalog::System* system = nullptr;
  if (f.has("nvl72")) {
    const auto found = m.catalog.system(named_rack(f));
    system = found ? *found : nullptr;
    if (system != nullptr && (f.has("rack power") || f.has("rack design power")))
      return Computed{system->node_max_w * system->scaleup_domain / system->accelerators_per_node / 1e3,
                      "rating of the catalogue", true};
    return std::nullopt;
  }
  const auto* chip = f.has("dgx") ? chip_in(f.text, m.catalog) : nullptr;
  system = chip ? system_of(*chip, m.catalog) : nullptr;
  if (system == nullptr) return std::nullopt;
  if (const auto n = number_before(f.text, " dgx"); n && f.has("unit"))
    return Computed{*n * system->node_max_w / 1e3, "servers of a unit at their rating"};
  if (f.has("max power") || (f.has("max") && !f.has("maxq")))
    return Computed{system->node_max_w / 1e3, "rating of the catalogue", true};
  return std::nullopt;
}

constexpr std::array<FactRule, 4> kCapacityRules = {site_power, racks, fleet_power, rating};

}  // namespace

std::span<const FactRule> capacity_rules() { return kCapacityRules; }

}  // namespace gigawatt::measured

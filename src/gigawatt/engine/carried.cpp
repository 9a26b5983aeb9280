#include "gigawatt/engine/carried.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/engine/futures.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::engine {
namespace {

using catalog::Sourced;
using scenario::InputLeaf;
using scenario::Origin;

/// "site[0].phase[1].pue" as people write it: entries by their names where these are the file's own and no other's.
class Names {
 public:
  explicit Names(const std::vector<InputLeaf>& leaves) {
    std::map<std::string, int> uses;
    for (const auto& leaf : leaves) {
      const auto entry = entry_of(leaf);
      if (!entry) continue;
      names_[*entry] = leaf.value;
      ++uses[list_of(*entry) + "." + leaf.value];
    }
    std::erase_if(names_, [&](const auto& item) {
      return uses[list_of(item.first) + "." + item.second] > 1 ||
             item.second.find_first_of("[]=\"\n") != std::string::npos;
    });
  }

  std::string named(const std::string& path) const {
    std::string out;
    std::size_t begin = 0;
    for (std::size_t open = path.find('['); open != std::string::npos; open = path.find('[', begin)) {
      const std::size_t close = path.find(']', open);
      const auto name = names_.find(path.substr(0, close + 1));
      out += name == names_.end() ? path.substr(begin, close + 1 - begin)
                                  : path.substr(begin, open - begin) + "." + name->second;
      begin = close + 1;
    }
    return out + path.substr(begin);
  }

 private:
  /// "site[0]" of "site[0].name": a name, an id or, of budgets, a year.
  static std::optional<std::string> entry_of(const InputLeaf& leaf) {
    if (leaf.origin != Origin::kFile && leaf.origin != Origin::kOverride) return std::nullopt;
    for (const std::string_view key : {"].name", "].id", "].year"})
      if (leaf.path.ends_with(key)) {
        if (key == "].year" && !leaf.path.starts_with("budget[") && !leaf.path.starts_with("other_capex["))
          return std::nullopt;
        if (key == "].name" && leaf.path.starts_with("other_capex[")) return std::nullopt;
        return leaf.path.substr(0, leaf.path.size() - key.size() + 1);
      }
    return std::nullopt;
  }
  static std::string list_of(const std::string& entry) { return entry.substr(0, entry.rfind('[')); }

  std::map<std::string, std::string> names_;
};

class CarriedRanges {
 public:
  CarriedRanges(const scenario::ResolvedScenario& s, const catalog::Catalog& catalog)
      : s_(s), catalog_(catalog), names_(s.inputs) {
    for (const auto& leaf : s.inputs) leaves_[leaf.path] = &leaf;
  }

  std::vector<CarriedRange> all() {
    budgets();
    counts();
    for (std::size_t i = 0; i < s_.sites.size(); ++i) site(i);
    prices();
    failures();
    steps();
    return std::move(out_);
  }

 private:
  bool given(const std::string& path) const {
    const auto leaf = leaves_.find(path);
    return leaf != leaves_.end() &&
           (leaf->second->origin == Origin::kFile || leaf->second->origin == Origin::kOverride);
  }

  /// A range in SI; nothing where the ends are the same.
  CarriedRange* add(const std::string& path, double low, double value, double high, const std::string& unit,
                    const std::string& source, const std::string& cause = "") {
    if (!(low < high) || value < low || value > high) return nullptr;
    const double factor = unit.empty() ? 1 : units::parse_unit(unit)->factor;
    CarriedRange range;
    range.key = {names_.named(path), low / factor, value / factor, high / factor};
    range.unit = unit;
    range.source = source;
    range.cause = cause.empty() ? range.key.path : cause;
    out_.push_back(std::move(range));
    return &out_.back();
  }
  CarriedRange* add(const std::string& path, const Sourced& x, const std::string& unit,
                    const std::string& cause = "") {
    return add(path, x.low, x.value, x.high, unit, x.source, cause);
  }

  void budgets() {
    for (std::size_t i = 0; i < s_.budget.size(); ++i) {
      const auto& b = s_.budget[i];
      add(fmt::format("budget[{}].capex", i), b.low.value_or(b.capex).si(), b.capex.si(),
          b.high.value_or(b.capex).si(), "GUSD", b.source);
    }
    for (std::size_t i = 0; i < s_.other_capex.size(); ++i) {
      const auto& c = s_.other_capex[i];
      add(fmt::format("other_capex[{}].capex", i), c.low.value_or(c.capex).si(), c.capex.si(),
          c.high.value_or(c.capex).si(), "GUSD", c.source);
    }
  }

  CarriedKey count(const std::string& path, std::int64_t n, const auto& entry) const {
    const auto count = static_cast<double>(n);
    return {names_.named(path), std::max(1.0, std::round(count * entry.low.value_or(1))), count,
            std::round(count * entry.high.value_or(1))};
  }
  void add_counts(std::vector<CarriedKey> keys, const std::string& source) {
    std::erase_if(keys, [](const CarriedKey& key) { return !(key.low < key.high); });
    if (keys.empty()) return;
    CarriedRange range;
    range.key = keys.front();
    range.with.assign(keys.begin() + 1, keys.end());
    range.whole = true;
    range.source = source;
    range.cause = source.empty() ? range.key.path : "counts of " + source;
    out_.push_back(std::move(range));
  }
  void counts() {
    for (std::size_t i = 0; i < s_.fleet.size(); ++i)
      add_counts({count(fmt::format("fleet[{}].accelerators", i), s_.fleet[i].accelerators, s_.fleet[i])},
                 s_.fleet[i].source);
    for (std::size_t i = 0; i < s_.deliveries.size(); ++i) {
      const auto& d = s_.deliveries[i];
      const std::string path = fmt::format("delivery[{}]", i);
      std::vector<CarriedKey> keys;
      for (std::size_t k = 0; k < d.schedule.size(); ++k)
        keys.push_back(
            count(d.accelerators ? path + ".accelerators" : fmt::format("{}.part[{}].accelerators", path, k),
                  d.schedule[k].accelerators, d));
      add_counts(std::move(keys), d.source);
    }
  }

  /// A leaf that resolution filled from the catalogue.
  const InputLeaf* filled(const std::string& path) const {
    const auto leaf = leaves_.find(path);
    return leaf != leaves_.end() && leaf->second->origin == Origin::kCatalogue ? leaf->second : nullptr;
  }
  /// What resolution fills a site's key from: the catalogue's site, else its kind of cooling, else the default.
  const Sourced* known(const scenario::Site& site, Sourced catalog::Site::* of_site,
                       Sourced catalog::CoolingKind::* of_cooling, const Sourced* otherwise = nullptr) const {
    if (const auto found = catalog_.site(site.catalog); !site.catalog.empty() && found)
      if ((**found).*of_site != 0) return &((**found).*of_site);
    if (const auto kind = catalog_.cooling(site.cooling); of_cooling != nullptr && kind)
      if ((**kind).*of_cooling != 0) return &((**kind).*of_cooling);
    return otherwise;
  }
  const Sourced* filled_from(const std::string& path, const Sourced* x) const {
    return filled(path) != nullptr ? x : nullptr;
  }
  void add_filled(const std::string& path, const Sourced* x, const std::string& unit,
                  const std::string& cause) {
    if (const Sourced* from = filled_from(path, x)) add(path, *from, unit, cause);
  }

  void site(std::size_t i) {
    const scenario::Site& site = s_.sites[i];
    const std::string path = fmt::format("site[{}]", i);
    // Two sites of one catalogue entry, or of one kind of cooling, are off in the same way.
    const auto cause = [&](const char* key) {
      return fmt::format("{}{} {}", site.catalog, site.cooling, key);
    };
    overheads(site, path, cause("pue"));
    add_filled(path + ".wue", known(site, &catalog::Site::wue, &catalog::CoolingKind::wue), "L/kWh",
               cause("wue"));
    if (leaves_.contains(path + ".construction_cost"))
      add_filled(path + ".construction_cost", known(site, &catalog::Site::construction_usd_per_w, nullptr),
                 "MUSD/MW", cause("construction"));
    else if (!s_.prices.shell && !s_.prices.power && !s_.prices.cooling && !site.phases.empty())
      add(path + ".construction_cost", catalog_.cost().facility_usd_per_w, "MUSD/MW", "construction");
    const auto grid = catalog_.grid(site.grid);
    if (site.electricity_price)
      add_filled(path + ".electricity_price", known(site, &catalog::Site::electricity_usd_per_j, nullptr),
                 "USD/MWh", cause("electricity"));
    else if (grid && !s_.prices.electricity && !site.prices)
      electricity(path, (*grid)->price_region);
    if (site.carbon_intensity) {
      add_filled(path + ".carbon_intensity", known(site, &catalog::Site::carbon_kg_per_j, nullptr), "kg/kWh",
                 cause("carbon"));
    } else if (grid && !(site.prices && !site.prices->carbon.empty())) {
      if (const auto region = catalog_.carbon_region((*grid)->carbon_region))
        add(path + ".carbon_intensity", (*region)->kg_per_j, "kg/kWh", "carbon of " + (*region)->name);
    }
  }

  void overheads(const scenario::Site& site, const std::string& path, const std::string& cause) {
    const auto& defaults = catalog_.facility();
    const Sourced* pue = filled_from(
        path + ".pue",
        known(site, &catalog::Site::pue, &catalog::CoolingKind::pue, &defaults.average_pue_survey));
    const Sourced* peak = filled_from(path + ".peak_overhead",
                                      known(site, &catalog::Site::peak_overhead,
                                            &catalog::CoolingKind::peak_overhead, &defaults.peak_overhead));
    double meet = site.pue.value_or(1);  // the highest PUE and the lowest overhead
    if (pue) {
      meet = std::max(pue->value, std::min(pue->high, site.peak_overhead.value_or(pue->high)));
      add(path + ".pue", pue->low, pue->value, meet, "", pue->source, cause);
    }
    // What the phases' IT power becomes at the meter; a site without any follows its fleet.
    if (peak && !site.phases.empty())
      add(path + ".peak_overhead", std::max(peak->low, meet), peak->value, peak->high, "", peak->source,
          cause + " peak");
  }

  /// The region's price in the scenario's period; where it changes, the mean over it.
  void electricity(const std::string& path, const std::string& region) {
    std::vector<std::pair<base::SimTime, Sourced>> entries;
    for (const auto& table : catalog_.price_tables())
      for (const auto& entry : table.electricity)
        if (entry.region == region)
          if (const auto from = base::parse_time(entry.date))
            entries.emplace_back(*from, entry.delivered_usd_per_j);
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Sourced mean;
    double total_s = 0;
    std::size_t used = 0;
    for (std::size_t k = 0; k < entries.size(); ++k) {
      const auto from = k == 0 ? s_.start : std::max(s_.start, entries[k].first);
      const auto to = k + 1 < entries.size() ? std::min(s_.end, entries[k + 1].first) : s_.end;
      if (to <= from) continue;
      const double s = (to - from).to_seconds();
      const Sourced& price = entries[k].second;
      mean.value += s * price.value;
      mean.low += s * price.low;
      mean.high += s * price.high;
      mean.source = price.source;
      total_s += s;
      if (++used == 1 && from == s_.start && to == s_.end) {  // one price: to the last digit
        add(path + ".electricity_price", price, "USD/MWh", "electricity of " + region);
        return;
      }
    }
    if (total_s > 0)
      add(path + ".electricity_price", mean.low / total_s, mean.value / total_s, mean.high / total_s,
          "USD/MWh", mean.source, "electricity of " + region);
  }

  void prices() {
    const auto& p = s_.prices;
    const auto& cost = catalog_.cost();
    std::set<std::string> chips;
    for (const auto& name : s_.systems) {
      const auto system = catalog_.system(name);
      if (!system || p.accelerator.contains(name)) continue;
      const auto& points = catalog_.accelerator_of(**system).price;
      const Sourced* only = nullptr;
      int in_force = 0;
      for (std::size_t k = 0; k < points.size(); ++k) {
        const auto next = k + 1 < points.size() ? base::parse_time(points[k + 1].date) : std::nullopt;
        const auto from = base::parse_time(points[k].date);
        if ((next && *next <= s_.start) || (k > 0 && from && *from >= s_.end)) continue;
        only = &points[k].usd;
        ++in_force;
      }
      if (in_force == 1)
        add(fmt::format("prices.accelerator.{}", name), *only, "USD",
            "price of " + catalog_.accelerator_of(**system).name);
    }
    if (!p.network_per_accelerator && s_.systems.size() == 1)
      if (const auto system = catalog_.system(s_.systems.front()))
        add("prices.network_per_accelerator", (*system)->network_usd_per_accelerator, "USD");
    if (!p.accelerator_life) add("prices.accelerator_life", cost.server_life, "years");
    if (!p.building_life) add("prices.building_life", cost.building_life, "years");
    const auto yearly = [&](const char* path, const Sourced& x) {
      constexpr double kYear = fleet::kPriceYear_s;
      add(path, x.low * kYear, x.value * kYear, x.high * kYear, "", x.source);
    };
    if (!p.discount_rate) yearly("prices.discount_rate", cost.discount_rate);
    if (!p.maintenance_share) yearly("prices.maintenance_share", cost.maintenance_rate);
    if (!p.staff_share) yearly("prices.staff_share", cost.facility_operation_rate);
    if (!p.carbon) add("prices.carbon", cost.carbon_usd_per_kg, "USD/t");
  }

  void failures() {
    const auto& f = s_.failures;
    const auto found = catalog_.failures(f.profile.empty() ? "default" : f.profile);
    const auto fallback = catalog_.failures("default");
    if (!f.enabled || !found || !fallback) return;
    const catalog::FailureTable& table = **found;
    const auto either = [&](Sourced catalog::FailureTable::* x) -> const Sourced& {
      return table.*x > 0 ? table.*x : (**fallback).*x;
    };
    if (!given("failures.rate_scale")) rate_scale(table, either(&catalog::FailureTable::rate));
    const bool by_cause = std::any_of(table.causes.begin(), table.causes.end(),
                                      [](const auto& cause) { return cause.detection > 0; });
    if (!f.detection && !by_cause)
      add("failures.detection", either(&catalog::FailureTable::detection_time), "min");
    const bool in_parts = f.diagnosis || f.replacement || f.initialization || table.initialization_time > 0;
    if (!f.restart && !in_parts) add("failures.restart", either(&catalog::FailureTable::restart_time), "min");
    const auto own = [&](bool is_given, const char* key, const Sourced& x, const char* unit) {
      if (!is_given && x > 0) add(fmt::format("failures.{}", key), x, unit);
    };
    if (in_parts && !f.restart) {
      own(f.diagnosis.has_value(), "diagnosis", table.diagnosis_time, "min");
      own(f.replacement.has_value(), "replacement", table.replacement_time, "min");
      own(f.initialization.has_value(), "initialization", table.initialization_time, "min");
    }
    const bool lemons = table.lemon_node_share > 0 && table.lemon_fault_share > 0;
    if (lemons) {
      own(f.lemon_share.has_value(), "lemon_share", table.lemon_node_share, "");
      own(f.lemon_fault_share.has_value(), "lemon_fault_share", table.lemon_fault_share, "");
      own(f.lemon_detection.has_value(), "lemon_detection", table.lemon_detection, "");
    }
    own(f.gap_variation.has_value(), "gap_variation", table.gap_variation, "");
    own(f.burst_time.has_value(), "burst_time", table.burst_time, "h");
    own(f.batch_deviation.has_value(), "batch_deviation", table.batch_deviation, "");
    own(f.infant_factor.has_value(), "infant_factor", table.infant_factor, "");
    own(f.infant_time.has_value(), "infant_time", table.infant_time, "days");
    own(f.burn_in.has_value(), "burn_in", table.burn_in, "days");
    own(f.silent_detection.has_value(), "silent_detection", table.silent_detection, "h");
    own(f.technicians_per_thousand.has_value(), "technicians_per_thousand", table.technicians_per_thousand,
        "");
    own(f.hands_on.has_value(), "hands_on", table.hands_on_mean, "h");
    own(f.part_share.has_value(), "part_share", table.part_share, "");
    own(f.part_stock.has_value(), "part_stock", table.part_stock, "");
    own(f.vendor_turnaround.has_value(), "vendor_turnaround", table.vendor_turnaround, "days");
    if (!(s_.operations.maintenance_interval.si() > 0) && table.maintenance_interval > 0) {
      add("operations.maintenance_interval", table.maintenance_interval, "days");
      if (!(s_.operations.maintenance_time.si() > 0))
        add("operations.maintenance_time", table.maintenance_time, "min");
    }
    if (!(s_.checkpoint.storage_bandwidth.si() > 0))
      add("checkpoint.storage_bandwidth", either(&catalog::FailureTable::storage_bandwidth), "TB/s");
  }

  /// The band of the whole rate, which spans fleets; without one, of the sum of the causes.
  void rate_scale(const catalog::FailureTable& table, const Sourced& rate) {
    Sourced sum = rate;
    if (!(table.rate > 0) && !table.causes.empty()) {
      sum = {};
      for (const auto& cause : table.causes) {
        sum.value += cause.rate.value;
        sum.low += cause.rate.low;
        sum.high += cause.rate.high;
        if (sum.source.empty()) sum.source = cause.rate.source;
      }
    }
    if (sum.value > 0)
      add("failures.rate_scale", sum.low / sum.value, 1, sum.high / sum.value, "", sum.source);
  }

  void steps() {
    for (std::size_t i = 0; i < s_.sites.size(); ++i)
      for (std::size_t p = 0; p < s_.sites[i].phases.size(); ++p) {
        const auto& phase = s_.sites[i].phases[p];
        for (std::size_t k = 0; k < scenario::kBuildStepCount; ++k) {
          const auto& step = phase.resolved[k];
          if (!step.modeled || step.date) continue;
          const auto name = scenario::kBuildStepNames[k];
          const std::string path = fmt::format("site[{}].phase[{}].{}.lead", i, p, name);
          const std::size_t before = out_.size();
          if (phase.steps[k].lead) {
            const double spread = std::exp(kEightyPercent * step.sigma);
            add(path, step.lead_s / spread, step.lead_s, step.lead_s * spread, "days", step.source);
          } else {
            for (const auto& known : catalog_.facility().build_steps)
              if (known.name == name) add(path, known.lead, "days", fmt::format("lead of {}", name));
          }
          if (out_.size() > before) out_.back().lead = true;
        }
      }
  }

  const scenario::ResolvedScenario& s_;
  const catalog::Catalog& catalog_;
  Names names_;
  std::map<std::string, const InputLeaf*> leaves_;
  std::vector<CarriedRange> out_;
};

/// Whether `text` is named by a pattern in which '*' stands for anything.
bool matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at)
    if (matches(rest, text.substr(at))) return true;
  return false;
}

std::vector<std::string> paths(const std::vector<CarriedRange>& ranges) {
  std::vector<std::string> out;
  for (const auto& range : ranges) out.push_back(range.key.path);
  return out;
}

std::string examples(const std::vector<CarriedRange>& ranges) {
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(ranges.size(), 3); ++i)
    out += (i > 0 ? ", " : "") + ranges[i].key.path;
  return ranges.empty() ? "nothing in this scenario carries a range"
                        : fmt::format("{} keys carry one: {}, ...", ranges.size(), out);
}

}  // namespace

std::vector<CarriedRange> carried_ranges(const scenario::ResolvedScenario& scenario,
                                         const catalog::Catalog& catalog) {
  return CarriedRanges(scenario, catalog).all();
}

tl::expected<std::vector<CarriedRange>, base::Diagnostic> carried_by_pattern(
    const std::vector<CarriedRange>& ranges, const std::string& pattern) {
  std::vector<CarriedRange> out;
  std::map<std::string, std::size_t> place;  // of a cause
  for (const auto& range : ranges) {
    if (!matches(pattern, range.key.path)) continue;
    const auto [at, fresh] = place.emplace(range.cause, out.size());
    if (fresh) {
      out.push_back(range);
      continue;
    }
    auto& with = out[at->second].with;
    with.push_back(range.key);
    with.insert(with.end(), range.with.begin(), range.with.end());
  }
  if (!out.empty()) return out;
  return tl::unexpected(base::error(
      "no-range", fmt::format("no key that carries a range is named '{}'", pattern), examples(ranges)));
}

tl::expected<CarriedRange, base::Diagnostic> carried_by_key(const std::vector<CarriedRange>& ranges,
                                                            const scenario::ResolvedScenario& scenario,
                                                            const std::string& key) {
  const Names names(scenario.inputs);
  const std::string named = names.named(key);
  for (const auto& range : ranges)
    if (range.key.path == named ||
        std::any_of(range.with.begin(), range.with.end(), [&](const auto& k) { return k.path == named; }))
      return range;
  std::string why;
  for (const auto& leaf : scenario.inputs) {
    if (names.named(leaf.path) != named) continue;
    const bool own = leaf.origin == Origin::kFile || leaf.origin == Origin::kOverride;
    why = own ? fmt::format("the scenario gives {}{}{} itself", leaf.value, leaf.unit.empty() ? "" : " ",
                            leaf.unit)
              : fmt::format("the {} value {}{}{} has none",
                            scenario::kOriginNames[static_cast<std::size_t>(leaf.origin)], leaf.value,
                            leaf.unit.empty() ? "" : " ", leaf.unit);
    break;
  }
  const std::string near = base::did_you_mean(named, paths(ranges));
  if (why.empty()) why = "nothing that is known says how far it may be off";
  return tl::unexpected(base::error("no-range", fmt::format("'{}' carries no range: {}", key, why),
                                    "give one, [low, high]; " + (near.empty() ? examples(ranges) : near)));
}

double carried_share(const CarriedKey& key) { return (key.value - key.low) / (key.high - key.low); }

double carried_number(const CarriedRange& range, const CarriedKey& key, double share) {
  const double x = share == carried_share(key) ? key.value : key.low + share * (key.high - key.low);
  return range.whole ? std::round(x) : x;
}

std::string carried_text(const CarriedRange& range, const CarriedKey& key, double share) {
  const std::string number = fmt::format("{}", carried_number(range, key, share));
  if (range.whole) return number;
  if (!range.unit.empty()) return fmt::format("\"{} {}\"", number, range.unit);
  return number.find_first_of(".e") == std::string::npos ? number + ".0" : number;
}

}  // namespace gigawatt::engine

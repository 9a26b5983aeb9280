#include <cmath>

#include <fmt/format.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/scenario/fields.h"
#include "gigawatt/scenario/resolver.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::scenario {
namespace {

double watts_per_accelerator(const catalog::System& system) {
  return system.node_max_w / std::max(1.0, system.accelerators_per_node.value) +
         system.network_w_per_accelerator;
}

}  // namespace

void Resolver::fill_site(Site& site, const std::string& path) {
  const auto fill = [&](auto& target, const catalog::Sourced& value, const char* key) {
    if (target || value.value == 0) return;
    using Target = std::decay_t<decltype(*target)>;
    target = Target(value.value);
    filled_[path + "." + key] = {value.source, value.kind == catalog::SourceKind::kAssumed};
  };
  const auto fill_text = [&](std::string& target, const std::string& value, const char* key) {
    if (!target.empty() || value.empty()) return;
    target = value;
    filled_[path + "." + key] = {};
  };
  if (!site.catalog.empty()) {
    const auto found = catalog_.site(site.catalog);
    if (!found) {
      not_found(path + ".catalog", found.error());
    } else {
      const catalog::Site* known = *found;
      site.catalog = known->name;
      fill_text(site.title, known->title, "title");
      fill_text(site.grid, known->grid, "grid");
      fill_text(site.cooling, known->cooling, "cooling");
      fill_text(site.weather_station, known->weather, "weather_station");
      fill(site.latitude, known->latitude, "latitude");
      fill(site.longitude, known->longitude, "longitude");
      fill(site.pue, known->pue, "pue");
      fill(site.peak_overhead, known->peak_overhead, "peak_overhead");
      fill(site.wue, known->wue, "wue");
      fill(site.construction_cost, known->construction_usd_per_w, "construction_cost");
      fill(site.electricity_price, known->electricity_usd_per_j, "electricity_price");
      fill(site.carbon_intensity, known->carbon_kg_per_j, "carbon_intensity");
      for (const auto& point : known->capacity) {
        const auto date = base::parse_time(point.date);
        if (date)
          site.published.push_back({*date, units::Power(point.facility_w.low),
                                    units::Power(point.facility_w.value), units::Power(point.facility_w.high),
                                    point.facility_w.source});
      }
      if (site.supply.empty())
        for (const auto& item : known->supply) {
          const auto date = base::parse_time(item.date);
          if (!date) continue;
          const std::string item_path = fmt::format("{}.supply[{}]", path, site.supply.size());
          site.supply.push_back({.kind = static_cast<SupplyKind>(item.kind),
                                 .name = item.name,
                                 .date = *date,
                                 .power = units::Power(item.power_w.value),
                                 .energy = units::Energy(item.energy_j.value),
                                 .until = {},
                                 .ordered = {},
                                 .cost = {},
                                 .price = {},
                                 .of = item.of.empty() ? std::nullopt : std::optional(item.of),
                                 .carbon_intensity = {},
                                 .source = item.power_w.source});
          filled_[item_path] = {item.power_w.source, item.power_w.kind == catalog::SourceKind::kAssumed};
        }
    }
  }
  if (const auto grid = catalog_.grid(site.grid); !site.grid.empty() && !grid)
    not_found(path + ".grid", grid.error());
  const auto& defaults = catalog_.facility();
  if (site.cooling.empty()) fill_text(site.cooling, "liquid-chiller", "cooling");
  if (const auto kind = catalog_.cooling(site.cooling)) {
    fill(site.pue, (*kind)->pue, "pue");
    const bool stated = site.peak_overhead.has_value();
    fill(site.peak_overhead, (*kind)->peak_overhead, "peak_overhead");
    // The design hour of a site with a worse mean than its kind's is worse, too.
    const double worse = *site.pue * (*kind)->peak_overhead / (*kind)->pue;
    if (!stated && worse > *site.peak_overhead * (1 + 1e-12)) site.peak_overhead = worse;
    fill(site.wue, (*kind)->wue, "wue");
  } else {
    not_found(path + ".cooling", kind.error());
  }
  fill(site.pue, defaults.average_pue_survey, "pue");
  fill(site.peak_overhead, defaults.peak_overhead, "peak_overhead");
  if (site.pue && site.peak_overhead && *site.peak_overhead < *site.pue)
    problems_.error(
        problems_.given(path + ".peak_overhead") ? path + ".peak_overhead" : path + ".pue", "out-of-order",
        fmt::format("'{}.peak_overhead' ({}) is below 'pue' ({})", path, *site.peak_overhead, *site.pue),
        "the design hour cannot be better than the year's mean");
}

void Resolver::lease(const std::optional<Lease>& lease, bool rented, const std::string& path) {
  if (!lease) return;
  if (!rented)
    problems_.error(path + ".lease", "missing-key",
                    fmt::format("'{}.lease' times a rent, and there is none", path),
                    "rent = \"130 USD/kW/month\"");
  if (lease->purchase && !lease->term)
    problems_.error(path + ".lease.purchase", "missing-key",
                    fmt::format("'{}.lease.purchase' is paid at the end of a term, and there is none", path),
                    "term = \"15 years\"");
  if (lease->term && !lease->purchase)
    problems_.error(
        path + ".lease.term", "missing-key", fmt::format("'{}.lease' ends, and nothing says what then", path),
        "purchase = \"2 MUSD/MW\", or 0 where it is ours then; a lease that is renewed needs no term");
}

void Resolver::phase(Site& site, std::size_t index, const std::string& path) {
  Phase& p = site.phases[index];
  for (std::size_t i = 0; i < index; ++i)
    if (!p.name.empty() && site.phases[i].name == p.name)
      problems_.error(path + ".name", "duplicate-name",
                      fmt::format("site '{}' has two phases named '{}'", site.name, p.name));
  source_and_reason(p.assumed, p.reason, path);
  lease(p.lease, p.rent.has_value(), path);
  if (p.rent && p.own_share.value_or(1) >= 1)
    problems_.error(path + ".rent", "needless-key",
                    fmt::format("phase '{}' pays rent for what is not ours, and all of it is", p.name),
                    "own_share = \"0 %\", or what share of the construction cost is ours");
  if (p.facility_power && p.it_power)
    problems_.error(path + ".it_power", "two-powers",
                    fmt::format("phase '{}' has both facility_power and it_power", p.name),
                    "give one; the other follows from the site's peak_overhead");
  const bool powered = p.facility_power || p.it_power;
  if (!powered && !problems_.given(path + ".facility_power") && !problems_.given(path + ".it_power"))
    problems_.error(path, "no-power",
                    fmt::format("phase '{}' has neither facility_power nor it_power", p.name),
                    "how much power does it add, at the meter or at the racks?");
  const double overhead = site.peak_overhead.value_or(1);
  if (p.facility_power && !p.it_power) p.it_power = *p.facility_power / overhead;
  if (p.it_power && !p.facility_power) p.facility_power = *p.it_power * overhead;

  if (p.system.empty()) p.system = site.system;
  if (p.system.empty()) {
    problems_.error(path, "no-system", fmt::format("phase '{}' names no system", p.name),
                    "give the phase or its site a 'system'");
  } else {
    p.system_id = system(p.system, problems_.given(path + ".system") ? path + ".system" : path);
  }
  if (const auto* sys = system_of(p.system_id); sys && p.it_power && watts_per_accelerator(*sys) > 0) {
    const double fed = p.it_power->si() / watts_per_accelerator(*sys);
    if (!p.accelerators) {
      const double node = std::max(1.0, sys->accelerators_per_node.value);
      const double count = std::floor(fed / node * (1 + 1e-12)) * node;
      const bool sane = count <= kMaxAccelerators;  // false for infinities, too
      p.accelerators = sane ? static_cast<std::int64_t>(count) : 0;
      if (!sane)
        problems_.error(path, "too-much-power",
                        fmt::format("phase '{}' feeds {:.3g} accelerators with {} at the racks", p.name,
                                    count, units::format_quantity(p.it_power->si(), "GW")),
                        fmt::format("at most {:.0e} fit a phase", kMaxAccelerators));
      else if (*p.accelerators == 0)
        problems_.error(path, "too-little-power",
                        fmt::format("phase '{}' feeds no node: {} at the racks", p.name,
                                    units::format_quantity(p.it_power->si(), "kW")),
                        fmt::format("one node of {} takes {}", sys->name,
                                    units::format_quantity(watts_per_accelerator(*sys) * node, "kW")));
    }
    whole_node(*sys, *p.accelerators, path + ".accelerators", fmt::format("phase '{}'", p.name));
    holds(SiteId(static_cast<std::uint32_t>(&site - s_.sites.data())), p.system_id, *p.accelerators);
  }
  build_steps(p, path);
}

void Resolver::whole_node(const catalog::System& system, std::int64_t accelerators, const std::string& path,
                          const std::string& who) {
  const auto node =
      static_cast<std::int64_t>(std::llround(std::max(1.0, system.accelerators_per_node.value)));
  if (accelerators > 0 && accelerators < node && problems_.given(path))
    problems_.error(path, "less-than-a-node",
                    fmt::format("{} holds {} accelerators, and {} comes in nodes of {}", who, accelerators,
                                system.name, node),
                    fmt::format("write {}", node));
}

void Resolver::supply(Site& site, const std::string& path) {
  for (std::size_t i = 0; i < site.supply.size(); ++i) {
    const Supply& item = site.supply[i];
    const std::string at = fmt::format("{}.supply[{}]", path, i);
    const bool battery = item.kind == SupplyKind::kBattery;
    if (battery && item.energy.si() <= 0)
      problems_.error(at, "no-energy", fmt::format("'{}' is a battery without 'energy'", at),
                      "e.g. energy = \"600 MWh\"");
    if (!battery && item.energy.si() > 0)
      problems_.error(at + ".energy", "needless-key", fmt::format("'{}.energy' is for batteries", at));
    if (item.of) {
      if (item.kind != SupplyKind::kGas)
        problems_.error(at + ".of", "needless-key", fmt::format("'{}.of' names what burns gas", at));
      else if (const auto generator = catalog_.generator(*item.of); !generator)
        not_found(at + ".of", generator.error());
    }
    if (item.ordered && *item.ordered > item.date)
      problems_.error(at + ".ordered", "out-of-order",
                      fmt::format("'{}.ordered' ({}) is after its date ({})", at,
                                  base::to_iso_date(*item.ordered), base::to_iso_date(item.date)));
    if (item.until && *item.until <= item.date)
      problems_.error(at + ".until", "out-of-order",
                      fmt::format("'{}.until' ({}) is not after its date ({})", at,
                                  base::to_iso_date(*item.until), base::to_iso_date(item.date)));
  }
}

void Resolver::sites() {
  std::set<std::string> names;
  for (std::size_t i = 0; i < s_.sites.size(); ++i) {
    Site& site = s_.sites[i];
    const std::string path = fmt::format("site[{}]", i);
    once(names, site.name, path + ".name", "two sites are named");
    if (site.name == "any") problems_.error(path + ".name", "reserved-name", "a site cannot be named 'any'");
    source_and_reason(site.assumed, site.reason, path);
    fill_site(site, path);
    if (site.title.empty()) site.title = site.name;
    if (!site.system.empty()) system(site.system, path + ".system");
    if (site.kind == SiteKind::kExisting && !site.phases.empty())
      problems_.error(path + ".phase", "needless-key",
                      fmt::format("site '{}' is of kind existing and has phases", site.name),
                      "an existing site has the power that its fleet needs; give it [[fleet]] and "
                      "[[delivery]] entries, or make it a campus");
    for (std::size_t k = 0; k < site.phases.size(); ++k) phase(site, k, fmt::format("{}.phase[{}]", path, k));
    supply(site, path);
    for (std::size_t k = 0; k < site.partners.size(); ++k) {
      const Partner& partner = site.partners[k];
      const std::string at = fmt::format("{}.partner[{}]", path, k);
      source_and_reason(partner.assumed, partner.reason, at);
      lease(partner.lease, partner.rent.has_value(), at);
    }
  }
}

void Resolver::fleet() {
  for (std::size_t i = 0; i < s_.fleet.size(); ++i) {
    FleetItem& item = s_.fleet[i];
    const std::string path = fmt::format("fleet[{}]", i);
    source_and_reason(item.assumed, item.reason, path);
    if (!item.system.empty()) item.system_id = system(item.system, path + ".system");
    item.site_id = site(item.site, path + ".site");
    if (item.until && *item.until <= item.date)
      problems_.error(path + ".until", "out-of-order",
                      fmt::format("'{}.until' ({}) is not after its date ({})", path,
                                  base::to_iso_date(*item.until), base::to_iso_date(item.date)));
    if (item.name.empty()) item.name = fmt::format("{} {}", item.system, base::to_iso_date(item.date));
    holds(item.site_id, item.system_id, item.accelerators);
  }
}

void Resolver::deliveries() {
  for (std::size_t i = 0; i < s_.deliveries.size(); ++i) {
    Delivery& d = s_.deliveries[i];
    const std::string path = fmt::format("delivery[{}]", i);
    source_and_reason(d.assumed, d.reason, path);
    if (!d.system.empty()) d.system_id = system(d.system, path + ".system");
    d.site_id = site(d.site, path + ".site");
    if (d.name.empty()) d.name = fmt::format("{} to {}", d.system, d.site);
    const bool at_once = d.date || d.accelerators;
    if (at_once && !d.schedule.empty()) {
      problems_.error(path, "two-schedules",
                      fmt::format("delivery '{}' has both date/accelerators and parts", d.name),
                      "give one of them");
    } else if (at_once && d.date && d.accelerators) {
      d.schedule.push_back({*d.date, *d.accelerators});
    } else if (d.schedule.empty()) {
      problems_.error(path, "missing-key",
                      fmt::format("delivery '{}' needs date and accelerators, or parts", d.name));
    }
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < d.schedule.size(); ++k) {
      sum += d.schedule[k].accelerators;
      if (k > 0 && d.schedule[k].date < d.schedule[k - 1].date)
        problems_.error(
            fmt::format("{}.part[{}].date", path, k), "out-of-order",
            fmt::format("part {} of delivery '{}' ({}) is before the one above ({})", k + 1, d.name,
                        base::to_iso_date(d.schedule[k].date), base::to_iso_date(d.schedule[k - 1].date)));
    }
    // A campus holds what its phases have room for; deliveries only say when it comes.
    if (d.site_id.valid() && s_.sites[d.site_id.index()].kind == SiteKind::kExisting)
      holds(d.site_id, d.system_id, sum);
    if (d.site_id.valid() && s_.sites[d.site_id.index()].kind == SiteKind::kCampus && d.system_id.valid() &&
        !capacity_.contains({d.site_id, d.system_id}))
      problems_.error(path + ".system", "no-room",
                      fmt::format("site '{}' has no phase for {}", d.site, d.system),
                      "give it a phase with this system");
  }
  for (std::size_t i = 0; i < s_.sites.size(); ++i)
    for (std::size_t k = 0; k < s_.sites[i].phases.size(); ++k) {
      const Phase& phase = s_.sites[i].phases[k];
      const bool comes = std::any_of(s_.deliveries.begin(), s_.deliveries.end(), [&](const Delivery& d) {
        return d.site_id.valid() && d.site_id.index() == i && d.system_id == phase.system_id;
      });
      if (comes && problems_.given(fmt::format("site[{}].phase[{}].accelerators", i, k)))
        warn(fmt::format("site '{}': deliveries say how many {} come, not the {} accelerators of phase '{}'",
                         s_.sites[i].name, s_.systems[phase.system_id.index()], *phase.accelerators,
                         phase.name));
    }
  // Of a system that is delivered to a campus no more is ever there than comes.
  std::map<std::pair<SiteId, SystemId>, std::int64_t> comes;
  for (const Delivery& d : s_.deliveries)
    if (d.site_id.valid() && d.system_id.valid() && s_.sites[d.site_id.index()].kind == SiteKind::kCampus)
      for (const auto& part : d.schedule) comes[{d.site_id, d.system_id}] += part.accelerators;
  for (const FleetItem& item : s_.fleet)
    if (const auto found = comes.find({item.site_id, item.system_id}); found != comes.end())
      found->second += item.accelerators;
  for (const auto& [place, accelerators] : comes)
    if (const auto found = capacity_.find(place); found != capacity_.end())
      found->second = std::min(found->second, accelerators);
}

}  // namespace gigawatt::scenario

// What sites may draw and what they draw.
#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// Capacities are sums of quotients: a node must not be refused for the last bit of them.
constexpr double kCapacityTolerance = 1e-9;

}  // namespace

double Sites::energized_facility_w(std::uint32_t site) const {
  const SiteState& s = state_.sites.each[site];
  if (!model_.sites[site].power_limited)
    return static_cast<double>(s.installed_it_milliw) * 1e-3 * model_.sites[site].pue_peak;
  return std::min(s.phases_facility_w, s.supply_w);
}

double Sites::it_limit_w(std::uint32_t site) const {
  const SiteState& s = state_.sites.each[site];
  if (!model_.sites[site].power_limited) return std::numeric_limits<double>::infinity();
  return std::min(s.service_it_w, s.supply_w / model_.sites[site].pue_peak);
}

void Sites::settle(std::uint32_t site) {
  SiteState& s = state_.sites.each[site];
  const SiteModel& m = model_.sites[site];
  s.it_milliw.advance(now());
  const double span_s = (now() - s.settled).to_seconds();
  if (span_s > 0) {
    // A span lies within one month, and the capacity that the conversion chain is built for was constant.
    const double it_j = to_joules(s.it_milliw.integral() - s.settled_it);
    const double capacity_it_w = energized_facility_w(site) / m.pue_peak;
    const auto curve = m.overhead.month(base::civil(s.settled).month - 1, capacity_it_w);
    s.month += {.it_j = it_j,
                .conversion_j = curve.conversion_fixed_w * span_s + curve.conversion_per_it * it_j,
                .cooling_j = curve.cooling_per_it * it_j,
                .meter_j = curve.facility_w(it_j / span_s) * span_s,
                .water_m3 = curve.water_m3_per_it_j * it_j};
  }
  s.settled = now();
  s.settled_it = s.it_milliw.integral();
}

void Sites::begin() {
  state_.sites.each.resize(model_.sites.size());
  for (std::size_t s = 0; s < state_.sites.each.size(); ++s) {
    SiteState& site = state_.sites.each[s];
    site.shop = reliability::RepairShop(model_.sites[s].repair);
    site.call_until = model_.start;
    site.settled = model_.start;
    site.it_milliw.start(model_.start);
  }
}

std::int64_t Sites::it_load_milliw() const {
  std::int64_t milliw = 0;
  for (const SiteState& site : state_.sites.each) milliw += site.it_milliw.value();
  return milliw;
}

void Sites::uninstall(std::uint32_t site, std::int64_t milliw) {
  settle(site);  // a site without a power limit is as large as what is installed
  state_.sites.each[site].installed_it_milliw -= milliw;
}

void Sites::tell_capacity(std::uint32_t site) const {
  if (parts_.board.meters().empty()) return;
  parts_.board.tell(Capacity{site, energized_facility_w(site), it_limit_w(site)}, now());
}

void Sites::supply(std::uint32_t site, double facility_w, base::SimTime from) {
  GW_CHECK(site < model_.sites.size() && facility_w >= 0 && from >= now(),
           "a supply of {} W posted for site {} from {}", facility_w, site, base::to_iso_date(from));
  state_.sites.posted.push_back({site, facility_w});
  parts_.clock.schedule(from, EventKind::kPlan, static_cast<std::uint32_t>(state_.sites.posted.size() - 1),
                        1);
}

void Sites::on_posted(std::uint32_t number) {
  const PostedSupply posted = state_.sites.posted[number];
  settle(posted.site);  // before the capacity changes
  change_supply(posted.site, posted.facility_w);
}

void Sites::change_supply(std::uint32_t site, double facility_w) {
  state_.sites.each[site].supply_w = facility_w;
  tell_capacity(site);
  install(site);
  shed(site);
}

void Sites::on_plan(const PlanItem& item) {
  SiteState& site = state_.sites.each[item.site];
  settle(item.site);  // before the capacity changes
  switch (item.kind) {
    case PlanKind::kEnergize: site.phases_facility_w += item.facility_w; return tell_capacity(item.site);
    case PlanKind::kService:
      site.service_it_w += item.it_w;
      tell_capacity(item.site);
      install(item.site);
      return;
    case PlanKind::kDeliver:
      state_.pools.each[item.pool].waiting += item.nodes;
      site.waiting.push_back({item.pool, item.nodes});
      install(item.site);
      return;
    case PlanKind::kRetire: parts_.pools.retire(item.pool, item.nodes); return;
    case PlanKind::kGridCall:
      site.call_until = std::max(site.call_until, item.until);
      return parts_.gangs.call(item.site);
    case PlanKind::kSupply: return change_supply(item.site, item.facility_w);
  }
}

void Sites::install(std::uint32_t site) {
  SiteState& s = state_.sites.each[site];
  const double limit_w = it_limit_w(site) * (1 + kCapacityTolerance);
  while (!s.waiting.empty()) {
    WaitingNodes& next = s.waiting.front();
    const PoolModel& pool_model = model_.pools[next.pool];
    const NodeKind& kind = model_.kinds[pool_model.kind];
    std::int64_t fit = next.nodes;
    if (std::isfinite(limit_w)) {
      const double room_milliw = limit_w * 1e3 - static_cast<double>(s.installed_it_milliw);
      fit = std::clamp(
          static_cast<std::int64_t>(std::floor(room_milliw / static_cast<double>(kind.max_it_milliw))),
          std::int64_t{0}, next.nodes);
    }
    if (fit == 0) return;
    settle(site);  // a site without a power limit is as large as what is installed
    s.installed_it_milliw += fit * kind.max_it_milliw;
    next.nodes -= fit;
    const bool all = next.nodes == 0;
    const std::uint32_t pool_id = next.pool;
    if (all) s.waiting.pop_front();
    parts_.pools.arrive(pool_id, fit);
    if (!all) return;
  }
}

double Sites::excess_milliw(std::uint32_t site) const {
  return static_cast<double>(state_.sites.each[site].installed_it_milliw) -
         it_limit_w(site) * (1 + kCapacityTolerance) * 1e3;
}

void Sites::switch_off(std::uint32_t pool_id) {
  const std::uint32_t site = model_.pools[pool_id].site;
  SiteState& s = state_.sites.each[site];
  const double excess = excess_milliw(site);
  s.short_of_power = s.short_of_power && excess > 0;
  if (!(excess > 0)) return;
  const double per_node = static_cast<double>(model_.kinds[model_.pools[pool_id].kind].max_it_milliw);
  PoolState& pool = state_.pools.each[pool_id];
  const auto off = static_cast<std::int64_t>(
      std::min(std::ceil(excess / per_node), static_cast<double>(pool.idle.value())));
  if (off == 0) return;
  parts_.pools.change_idle(pool_id, -off);
  parts_.pools.take_out(pool_id, off);
  pool.waiting += off;
  s.waiting.push_front({pool_id, off});
  parts_.pools.redraw_background(pool_id);
}

void Sites::shed(std::uint32_t site) {
  // Less power than is installed: nodes that are idle or serve are switched off and wait for it again. What is still
  // missing running gangs give up; until they have saved, the site draws more than it should.
  SiteState& s = state_.sites.each[site];
  s.short_of_power = false;
  std::vector<double> worth(model_.pools.size());
  for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
    if (model_.pools[p].site != site) continue;
    const double excess = excess_milliw(site);
    if (!(excess > 0)) return;
    const double per_node = static_cast<double>(model_.kinds[model_.pools[p].kind].max_it_milliw);
    worth[p] = per_node;
    const auto wanted = static_cast<std::int64_t>(std::ceil(excess / per_node));
    PoolState& pool = state_.pools.each[p];
    parts_.demand.take_back(p, [&] { return std::max<std::int64_t>(0, wanted - pool.idle.value()); });
    switch_off(p);
  }
  const double excess = excess_milliw(site);
  s.short_of_power = excess > 0;
  if (s.short_of_power)
    parts_.gangs.withdraw(worth, excess, "had to stop where its site lost power, and waits to go on");
}

}  // namespace gigawatt::fleet

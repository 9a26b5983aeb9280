#pragma once
/// Sites: what they may draw, what they draw, and the energy of it.
///
/// A site's capacity grows with the phases of its build-out and is bounded by its supply; accelerators that were
/// delivered wait until their largest draw fits; where the supply shrinks, idle ones are switched off, and gangs save and
/// give theirs up. Load is kept in whole milliwatts, so that its integral does not depend on the order of changes; facility
/// energy follows from it by the month's overhead curve (docs/models/facility.md), span by span between changes of capacity.

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "gigawatt/fleet/component.h"
#include "gigawatt/fleet/integral.h"
#include "gigawatt/fleet/messages.h"
#include "gigawatt/reliability/repair_shop.h"

namespace gigawatt::fleet {

/// Nodes that arrived at a site and have no power yet.
struct WaitingNodes {
  std::uint32_t pool = 0;
  std::int64_t nodes = 0;
};

/// Energies of a span of time at one site, J, and its water, m3.
struct EnergySplit {
  double it_j = 0;
  double conversion_j = 0;
  double cooling_j = 0;
  double meter_j = 0;  ///< facility power times time, not the sum of the others
  double water_m3 = 0;

  EnergySplit& operator+=(const EnergySplit& other);
};

struct SiteState {
  double phases_facility_w = 0;  ///< energized phases
  double service_it_w = 0;       ///< phases that take accelerators
  double supply_w = std::numeric_limits<double>::infinity();
  std::int64_t installed_it_milliw = 0;  ///< largest draw of all installed nodes
  std::deque<WaitingNodes> waiting;
  Integrated it_milliw;             ///< load now, and its integral
  std::int64_t peak_it_milliw = 0;  ///< of the month
  base::SimTime settled;            ///< facility energy is accounted up to here
  MilliwattTime settled_it = 0;
  EnergySplit month;
  EnergySplit total;
  reliability::RepairShop shop;  ///< where technicians are counted
  base::SimTime call_until;      ///< of the last grid call
  bool short_of_power = false;   ///< more is installed than may draw: what becomes free is switched off
};

/// A supply that somebody posted for an instant to come.
struct PostedSupply {
  std::uint32_t site = 0;
  double facility_w = 0;
};

struct SitesState {
  std::vector<SiteState> each;
  std::vector<PostedSupply> posted;
};

class Sites : public Component, public Posts {
 public:
  using Component::Component;
  void begin();
  void on_plan(const PlanItem& item);
  void on_posted(std::uint32_t number);
  void supply(std::uint32_t site, double facility_w, base::SimTime from) override;

  void load(const Load& change);
  void settle(std::uint32_t site);      ///< facility energy up to now
  void install(std::uint32_t site);     ///< what waits and fits
  void switch_off(std::uint32_t pool);  ///< idle nodes that the site has no power for
  void uninstall(std::uint32_t site, std::int64_t milliw);
  double it_limit_w(std::uint32_t site) const;
  double energized_facility_w(std::uint32_t site) const;
  std::int64_t it_load_milliw() const;  ///< of all sites

 private:
  void change_supply(std::uint32_t site, double facility_w);
  void shed(std::uint32_t site);
  double excess_milliw(std::uint32_t site) const;  ///< installed beyond what may draw; negative: room
  void tell_capacity(std::uint32_t site) const;
};

}  // namespace gigawatt::fleet

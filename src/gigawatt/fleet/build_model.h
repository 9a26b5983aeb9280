#pragma once
/// Resolved scenario + catalogue + step table -> FleetModel. The only place of the module that reads the catalogue.
///
/// Rules that the scenario leaves to the simulator:
///  - a phase without a delivery of its system at that site fills itself when it is in service;
///  - accelerators of an existing region (no phases) always have power; their buildings are paid for as they come,
///    over the year before;
///  - spending of a phase: land when it begins; shell, and power with cooling, evenly over their build steps (where a
///    step is not modeled, over the whole of the phase's construction); nodes and their network when they arrive;
///  - a year whose budget binds pushes the purchase of nodes that exceeds it to the next year;
///  - an accelerator-hour held by a job costs capital (annuity over the asset's life at the discount rate),
///    maintenance and staff; energy, water and carbon are billed as used.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/fleet/model.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/fleet/step_table.h"
#include "gigawatt/scenario/scenario.h"
#include "gigawatt/site/node_power.h"

namespace gigawatt::fleet {

struct Options;

/// The model of one simulation of a scenario.
FleetModel model_of(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                    const StepTable& steps, const Options& options);

class ModelBuilder {
 public:
  ModelBuilder(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
               const StepTable& steps, std::uint64_t seed, bool draw_lead_times);

  FleetModel build();

 private:
  /// Nodes that are bought, before the plan is sorted.
  struct Purchase {
    base::SimTime date;
    std::uint32_t pool = 0;
    std::int64_t nodes = 0;
    bool owned_before = false;                  ///< not paid for in this run
    bool building_needed = false;               ///< an existing region builds for it
    std::optional<double> each_usd = {};        ///< price of one accelerator in the delivery's contract
    std::optional<double> rent_usd_per_s = {};  ///< of a node: it is somebody else's
    std::optional<base::SimTime> until = {};    ///< retired or given back
  };

  // build_sites.cpp
  void kinds();
  void sites();
  void site_prices(const scenario::Site& site, SiteModel& model) const;
  void phases(std::uint32_t site);
  void fleet_and_deliveries();
  void supply(std::uint32_t site);
  std::uint32_t pool(scenario::SiteId site, scenario::SystemId system);
  std::int64_t whole_nodes(std::uint32_t pool, std::int64_t accelerators) const;
  void buy(Purchase purchase) { purchases_.push_back(purchase); }

  // build_operations.cpp
  void operations();
  std::uint32_t account(const std::string& name);

  // build_failures.cpp
  const catalog::FailureTable& failure_table() const;
  const catalog::FailureTable& default_failures() const { return **catalog_.failures("default"); }
  void failures(const catalog::System& system, NodeKind& kind) const;
  void failure_classes(double accelerators_per_node, std::vector<reliability::FailureClass>& classes) const;
  void domain_classes(const catalog::System& system, std::vector<reliability::FailureClass>& classes) const;
  void crews_and_calls();
  void failures_by_month();

  // build_checkpoints.cpp
  /// Checkpoints and the expected duration of a gang whose `useful_us` is known.
  /// `storage_share`: of its site's bandwidth to remote storage.
  void plan_checkpoints(const scenario::Job& job, GangOption& option, double checkpoint_bytes,
                        double longest_step_s, double storage_share) const;
  /// Divides each site's storage between the trainings that may run there at the same time, by accelerators.
  void share_storage();
  void warn_of_slow_storage(const JobModel& job);

  // build_money.cpp
  void construction(std::uint32_t site, const scenario::Phase& phase, const scenario::BuildDates& dates);
  /// Capital of building and plant: all of it in the site's books, a partner's share in the partners' as well.
  double build(std::uint32_t site, finance::Capex category, double usd, base::SimTime from, base::SimTime to);
  void generation(std::uint32_t site);
  void bind_budget();
  void pay_for_nodes();
  void held_prices();
  void running_costs();
  NodePrice price_of(const Purchase& purchase) const;
  void own_asset(const finance::Asset& asset);
  void rent(std::uint32_t site, double usd_per_s, base::SimTime from,
            std::optional<base::SimTime> until = {});
  double building_life_s() const;

  // build_doubts.cpp
  struct SiteSums {
    double phases_w = 0;      ///< at the meter
    double service_it_w = 0;  ///< of phases in service
    double settled_it_w = 0;  ///< the same, of those that had time to fill
    double runs_it_w = 0;     ///< the most that runs at any time
    double bought_it_w = 0;   ///< of all accelerators at their highest
    double accelerators = 0;
    double bought_usd = 0;
    std::optional<double> most_supply_w;  ///< empty: no limit
  };
  void doubts();
  void add_up_power(std::uint32_t site, SiteSums& sum) const;
  void doubt_site(std::uint32_t site, const SiteSums& sum);
  void doubt_batteries();
  void doubt_budgets();
  void later_phases();

  // build_jobs.cpp
  void jobs();
  void gang(std::uint32_t job);
  void elastic(std::uint32_t job);

  // build_distillation.cpp
  void distillation(std::uint32_t job);

  // build_batch.cpp
  void batch(std::uint32_t job);
  void finish_gang(const scenario::Job& job, GangOption& option, double storage_share) const;
  void gang_power(GangOption& option, double compute_share) const;
  bool eligible(const scenario::Job& job, std::uint32_t pool) const;
  const catalog::System& system_of(std::uint32_t kind) const {
    return **catalog_.system(scenario_.systems[kind]);
  }

  const scenario::ResolvedScenario& scenario_;
  const catalog::Catalog& catalog_;
  const StepTable& steps_;
  bool draw_lead_times_;
  FleetModel model_;
  site::LoadLevels levels_;
  std::vector<site::NodePower> power_;  // by kind
  std::vector<Purchase> purchases_;
  finance::MoneyBook partners_{finance::Months{}, 0};  ///< what partners pay, all under the shell
  std::map<std::string, std::uint32_t> accounts_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> pool_ids_;  // (site, kind)
};

}  // namespace gigawatt::fleet

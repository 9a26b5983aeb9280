#pragma once
/// Demand: pools of jobs (inference, research) that follow it, take what is free, and give way to gangs.
///
/// A pool has a target (accelerators, or tokens a day, moved by the hour where its shape moves) and options to meet it, one
/// for each pool of nodes that can. Short of its target it takes idle nodes, best option first, within the cap of the site's
/// power; above it, or where a gang of higher priority is placed, it returns them. Tokens are served up to the target and
/// never more than the nodes held can serve.

#include <cstdint>
#include <functional>
#include <vector>

#include "gigawatt/fleet/by_job.h"
#include "gigawatt/fleet/component.h"
#include "gigawatt/fleet/integral.h"

namespace gigawatt::fleet {

/// An inference pool or research load: nodes by option, no failures of its own.
struct ElasticState {
  std::vector<Integrated> nodes;
  std::vector<CountTime> accounted;  ///< integrals of `nodes` that are in the job's ledger
  double target = 0;                 ///< accelerators or tokens per day
  double held = 0;                   ///< the same measure
  double served = 0;                 ///< inference: tokens or accelerator-days, as its demand is
  double wanted = 0;                 ///< of the demand in the same time
  base::SimTime served_until;
  bool active = false;
  bool look = true;  ///< at its demand, when nodes are next given out
};

struct DemandState {
  ByJob<ElasticState> each;            ///< of pools of jobs
  std::vector<std::uint32_t> serving;  ///< active ones
};

class Demand : public Component {
 public:
  using Component::Component;
  void begin(std::uint32_t job);  ///< a pool of jobs may take nodes from now on
  void on_demand(std::uint32_t job);
  void adjust_elastic(std::uint32_t job);
  void change_elastic(std::uint32_t job, std::size_t option, std::int64_t delta);
  void lose_node(std::uint32_t job, std::size_t option);  ///< a failure takes it
  void feed_elastic(std::uint32_t pool);                  ///< one idle node to a pool of jobs that is short
  void account_elastic(std::uint32_t job);
  /// Nodes of a pool that are free for a gang, or held by those who yield to it.
  std::int64_t available(std::uint32_t pool, const JobModel& job) const;
  void yield_nodes(std::uint32_t pool, std::int64_t wanted, const JobModel& gang);
  /// Pools of jobs, in their order, give nodes of a pool back while some are `missing`, asked before each job and option.
  void take_back(std::uint32_t pool, const std::function<std::int64_t()>& missing);

 private:
  bool yields_to(std::uint32_t elastic, const JobModel& gang) const;
  std::int64_t power_room(const ElasticOption& option) const;  ///< nodes that the cap lets it take
  /// What one node adds, as demand is measured.
  double unit_value(std::uint32_t job, std::size_t option) const;
  double demand_now(std::uint32_t job) const;
  base::Duration demand_step(const JobModel& job) const;
  void serve(std::uint32_t job);  ///< counts tokens up to now
};

}  // namespace gigawatt::fleet

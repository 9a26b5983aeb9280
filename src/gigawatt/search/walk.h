#pragma once
/// Walks all plans of a task and evaluates them from shared parts.
///
/// What is computed where (each level once for everything below it):
///
///   task, recompute, paired exchange   costs and activations of layers               LayerSet
///   pp, dp                             groups of ranks, lists of shardings            MeshGroups
///   cut                                parameters of the stages                       StageTable::weigh
///   cut, recompute, schedule           stage times, bubble, sends; floor of the time  schedule_part, floor_seconds
///   cut, sharding                      bytes of weights, gradients, optimizer         state_bytes
///   cut, slowest stage, sharding       collectives of gradients and parameters        gradient_traffic
///   candidate                          exposed gradients, optimizer, memory, score    whole_step, peak_bytes
///
/// Pruning. Let F be the floor of the time (the part that sharding and offload only add to) and M the memory with the
/// state sharded over all ranks, which no smaller group undercuts. Everything that shares F and M is left out when
/// M exceeds the limit, or when F is strictly worse than the worst plan kept and a plan of the front beats the point
/// (F, M). The same is asked first of all shardings and offloads at once, with the least of each part of the state for
/// M. Rounding cannot break either bound: they are the same sums in the same order with terms left out or made
/// smaller, and rounding is monotone. What is left out could therefore never be kept, and ties are never left out.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gigawatt/search/search.h"
#include "gigawatt/search/shortlist.h"
#include "gigawatt/search/space.h"
#include "gigawatt/step/memory.h"
#include "gigawatt/step/plan_value.h"

namespace gigawatt::search {

/// How many plans met which end.
struct Counts {
  std::uint64_t evaluated = 0;  ///< time and memory computed
  std::uint64_t fit = 0;        ///< of those: within the memory limit
  std::uint64_t pruned = 0;     ///< left out by a bound

  Counts& operator+=(const Counts& o);
};

/// One worker. `frame` and `space` must outlive it.
class Walk {
 public:
  Walk(const step::StepFrame& frame, const Space& space, const SearchOptions& options);

  /// Plans found elsewhere: they set bounds from the start.
  void start_from(const Shortlist& known) { shortlist_.merge(known); }
  void task(const Task& task);

  const Shortlist& shortlist() const { return shortlist_; }
  const Counts& counts() const { return counts_; }

 private:
  struct Layers {
    step::LayerSet set;
    std::int32_t pp = 0;  ///< partial recompute counts layers by stage
    bool known = false;
  };
  struct Traffic {
    step::GradientTraffic value;
    bool known = false;
  };

  /// No plan below it is faster, scores better or needs less memory.
  struct Floor {
    double seconds = 0;
    double score = 0;
    double bytes = 0;
  };

  void depth(const Task& task, std::int32_t pp);
  void cut(const Cut& cut);
  void schedule(const step::LayerSet& layers);
  void group(const step::LayerSet& layers, std::size_t first, std::size_t end, const Floor& floor,
             const step::TimeBreakdown& part);
  void candidate(std::size_t sharding, const step::TimeBreakdown& part, double bytes);
  const step::LayerSet& layers(std::size_t policy, bool paired);
  const step::GradientTraffic& traffic(std::size_t sharding);
  double least_bytes(const step::LayerSet& layers);
  Floor floor_of(const step::TimeBreakdown& part, double bytes) const;
  double bytes_of(const step::LayerSet& layers, std::size_t sharding);
  bool host_holds(std::size_t sharding);
  std::span<const step::WorkBytes> work(const step::LayerSet& layers);
  void reset_states();
  std::span<const step::StateBytes> states(std::size_t sharding);
  double score(const step::TimeBreakdown& time, double seconds) const;

  const step::StepFrame& frame_;
  const Space& space_;
  const SearchOptions& options_;
  double limit_bytes_;
  double host_limit_bytes_;
  bool pairs_;  ///< DualPipe hides an exchange of experts that other schedules expose
  bool prune_;
  step::CostContext context_;  ///< of the task; without recompute
  step::LayerTimes times_;
  step::ParallelPlan plan_;
  step::MeshGroups groups_;
  step::PipelineSend send_;
  step::StageTable stages_;
  std::array<std::vector<step::WorkBytes>, 2> work_;  ///< of the schedule at hand; without and with offload
  std::optional<Floor> busy_;  ///< of the cut and the policy: what 1F1B and zero-bubble share
  std::int32_t micro_batches_ = 1;
  std::array<std::vector<Sharding>, 2> shardings_of_depth_;  ///< without and with ZeRO-2 as one of its own
  std::vector<Sharding> shardings_;                          ///< of the cut
  std::vector<Layers> layers_;
  std::vector<Traffic> traffic_;           ///< by run, sharding, offload of the optimizer
  std::vector<step::StateBytes> states_;   ///< by sharding, offload of the optimizer, run
  std::vector<char> states_known_;         ///< by sharding, offload of the optimizer
  std::vector<step::StateBytes> leanest_;  ///< by run: no sharding and no offload has less of any part
  Shortlist shortlist_;
  Counts counts_;
};

}  // namespace gigawatt::search

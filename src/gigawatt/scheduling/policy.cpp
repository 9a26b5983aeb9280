#include "gigawatt/scheduling/policy.h"

#include "gigawatt/base/check.h"

namespace gigawatt::scheduling {

void RunningSet::add(Running job) {
  const Key key{job.expected_end, job.job};
  if (job.preemptible) ++preemptible_[job.priority];
  const bool added = by_end_.emplace(key, std::move(job)).second;
  GW_CHECK(added, "job {} runs twice", key.second);
}

Running RunningSet::remove(std::uint32_t job, base::SimTime expected_end) {
  auto node = by_end_.extract({expected_end, job});
  GW_CHECK(!node.empty(), "job {} does not run", job);
  if (node.mapped().preemptible) {
    const auto at = preemptible_.find(node.mapped().priority);
    if (--at->second == 0) preemptible_.erase(at);
  }
  return std::move(node.mapped());
}

void Decision::clear() {
  preempt.clear();
  start.clear();
  wake.reset();
}

}  // namespace gigawatt::scheduling

#include "gigawatt/scheduling/policy.h"

#include <algorithm>

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
  constexpr std::size_t kLeast = 1024;
  departed_.last.push_back(job);
  if (const std::size_t most = std::max(kLeast, by_end_.size()); departed_.last.size() >= 2 * most) {
    departed_.forgotten += departed_.last.size() - most;
    departed_.last.erase(departed_.last.begin(), departed_.last.end() - static_cast<std::ptrdiff_t>(most));
  }
  return std::move(node.mapped());
}

std::optional<std::span<const std::uint32_t>> RunningSet::departed_since(std::uint64_t departures) const {
  if (departures < departed_.forgotten || departures > this->departures()) return std::nullopt;
  return std::span(departed_.last).subspan(static_cast<std::size_t>(departures - departed_.forgotten));
}

void Decision::clear() {
  preempt.clear();
  start.clear();
  wake.reset();
}

}  // namespace gigawatt::scheduling

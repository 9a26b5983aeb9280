#include "gigawatt/search/shortlist.h"

#include <algorithm>
#include <tuple>

namespace gigawatt::search {
namespace {

auto key(const step::ParallelPlan& p) {
  return std::tuple(p.tp, p.cp, p.pp, p.ep, p.etp, p.vpp, p.micro_batch, p.zero_stage, p.shard_group,
                    p.offload_optimizer, p.offload_activations, p.recompute.kind, p.recompute.modules,
                    p.recompute.full_layers, p.recompute.group, p.schedule, p.precision, p.first_layers,
                    p.last_layers, !p.sequence_parallel, p.cuda_graph, p.dp);
}

bool better(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score < b.score : before(a.plan, b.plan);
}

}  // namespace

bool before(const step::ParallelPlan& a, const step::ParallelPlan& b) { return key(a) < key(b); }

void Shortlist::add(const Candidate& candidate) {
  add_best(candidate);
  if (keeps_front_) add_front(candidate);
}

void Shortlist::add_best(const Candidate& c) {
  if (top_ == 0 || (best_.size() == top_ && !better(c, best_.back()))) return;
  const auto at = std::upper_bound(best_.begin(), best_.end(), c, better);
  // What set a bound at the start is met again by the walk.
  if (at != best_.begin() && std::prev(at)->plan == c.plan) return;
  best_.insert(at, c);
  if (best_.size() > top_) best_.pop_back();
}

void Shortlist::add_misfit(const step::ParallelPlan& plan, double bytes) {
  const double least = misfit_.peak_memory_bytes;
  if (least > 0 && (bytes > least || (bytes == least && !before(plan, misfit_.plan)))) return;
  misfit_ = {.plan = plan, .peak_memory_bytes = bytes};
}

// The front is sorted by time ascending, hence by memory descending: the first point that is not faster has the least
// memory of those that are at most as slow.
bool Shortlist::leads(double seconds, double bytes) const {
  if (!keeps_front_) return false;
  const auto slower = std::upper_bound(front_.begin(), front_.end(), seconds,
                                       [](double s, const Candidate& c) { return s < c.step_time_s; });
  if (slower == front_.begin()) return true;
  const Candidate& rival = *std::prev(slower);
  return bytes < rival.peak_memory_bytes ||
         (bytes == rival.peak_memory_bytes && seconds == rival.step_time_s);
}

void Shortlist::add_front(const Candidate& c) {
  if (!leads(c.step_time_s, c.peak_memory_bytes)) return;
  const auto same = [&](const Candidate& f) {
    return f.step_time_s == c.step_time_s && f.peak_memory_bytes == c.peak_memory_bytes;
  };
  const auto at = std::lower_bound(front_.begin(), front_.end(), c.step_time_s,
                                   [](const Candidate& f, double s) { return f.step_time_s < s; });
  if (at != front_.end() && same(*at)) {
    if (before(c.plan, at->plan)) *at = c;
    return;
  }
  auto end = at;
  while (end != front_.end() && end->peak_memory_bytes >= c.peak_memory_bytes) ++end;
  front_.insert(front_.erase(at, end), c);
}

void Shortlist::merge(const Shortlist& other) {
  for (const auto& c : other.best_) add_best(c);
  if (keeps_front_)
    for (const auto& c : other.front_) add_front(c);
  if (other.misfit_.peak_memory_bytes > 0) add_misfit(other.misfit_.plan, other.misfit_.peak_memory_bytes);
}

}  // namespace gigawatt::search

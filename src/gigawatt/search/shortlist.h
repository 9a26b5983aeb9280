#pragma once
/// The plans worth keeping: the best by score, and the front of step time against memory. The order of equals is that
/// of the plans themselves (`before`), so that lists merge to the same result in any order.

#include <cstddef>
#include <vector>

#include "gigawatt/step/step.h"

namespace gigawatt::search {

struct Candidate {
  step::ParallelPlan plan;
  double step_time_s = 0;
  double mfu = 0;
  double peak_memory_bytes = 0;
  double score = 0;  ///< seconds, USD per million tokens or joules per token; smaller is better
};

/// A total order of plans: fewer ways of tensor, context and pipeline parallelism first, then member by member.
bool before(const step::ParallelPlan& a, const step::ParallelPlan& b);

class Shortlist {
 public:
  Shortlist(std::size_t top, bool front) : top_(top), keeps_front_(front) {}

  void add(const Candidate& candidate);
  void add_misfit(const step::ParallelPlan& plan, double bytes);
  void merge(const Shortlist& other);

  /// Whether `add` would keep a candidate of this worth; cheap, and true for equals.
  bool wants(double score, double seconds, double bytes) const {
    return ranks(score) || leads(seconds, bytes);
  }
  /// No candidate with at least this score, time and memory would be kept: each bound is strictly worse than what is.
  bool hopeless(double score, double seconds, double bytes) const {
    return !ranks(score) && !leads(seconds, bytes);
  }

  const std::vector<Candidate>& best() const { return best_; }
  const std::vector<Candidate>& front() const { return front_; }  ///< fastest first
  const Candidate& misfit() const { return misfit_; }             ///< least memory; 0 bytes: none

 private:
  bool ranks(double score) const { return best_.size() < top_ || (top_ > 0 && score <= best_.back().score); }
  bool leads(double seconds, double bytes) const;
  void add_best(const Candidate& candidate);
  void add_front(const Candidate& candidate);

  std::size_t top_;
  bool keeps_front_;
  std::vector<Candidate> best_;
  std::vector<Candidate> front_;
  Candidate misfit_;
};

}  // namespace gigawatt::search

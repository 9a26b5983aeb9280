#pragma once
/// What a replay counts, job by job. Private to this module.

#include "gigawatt/scheduling/replay.h"

namespace gigawatt::scheduling {

class Statistics {
 public:
  Statistics(std::span<const ReplayJob> jobs, const ReplayOptions& options);

  void started(std::uint32_t job, base::SimTime now);
  void ran(std::uint32_t job, base::SimTime start, base::SimTime end);
  /// `eligible`: since when it could have run.
  void ended(std::uint32_t job, base::SimTime eligible, base::SimTime now);
  double done() const;
  void finish(ReplayResult& result) const;

 private:
  std::span<const ReplayJob> jobs_;
  const ReplayOptions& options_;
  std::vector<double> wait_s_;      // of those that ended, in the order of their ends
  std::vector<double> slowdown_;    // the same
  std::vector<std::uint32_t> who_;  // the same
  std::vector<base::SimTime> first_start_;
  double work_unit_s_ = 0;
  double signal_unit_s_ = 0;
  double ran_unit_s_ = 0;
  base::SimTime last_end_;
};

}  // namespace gigawatt::scheduling

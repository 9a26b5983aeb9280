#pragma once
/// Which job of a replayed log ran when: a row for each stretch, and a bar in a Chrome (Perfetto) trace. A bar takes 100
/// bytes and viewers open traces of about a hundred megabytes, so that the bars of the first million stretches are drawn.

#include <optional>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "gigawatt/engine/replay.h"
#include "gigawatt/trace/trace.h"

namespace gigawatt::report {

/// Fed with stretches in the order in which they end. `list` and `jobs` must outlive it.
class ReplaySchedule {
 public:
  struct Wanted {
    bool rows = false, timeline = false;
  };

  /// `times`: copies of the log. One copy has the log's own names and the components of its gangs apart; of several the
  /// jobs are numbered.
  ReplaySchedule(const logs::JobList& list, const std::vector<scheduling::ReplayJob>& jobs, int times,
                 Wanted wanted);

  void ran(std::uint32_t job, base::SimTime start, base::SimTime end);

  /// job,start_s,end_s,units,wait_s
  std::string take_rows() { return std::move(rows_); }
  /// To be called once, at the end.
  std::string timeline();
  /// Stretches that have no bar because there are too many.
  std::size_t not_drawn() const { return stretches_ > kMostBars ? stretches_ - kMostBars : 0; }

  static constexpr std::size_t kMostBars = 1'000'000;

 private:
  void stretch(const std::string& name, std::int64_t units, base::SimTime could_start, base::SimTime start,
               base::SimTime end);
  void bar(const std::string& name, std::int64_t units, base::SimTime start, base::SimTime end);

  const logs::JobList& list_;
  const std::vector<scheduling::ReplayJob>& jobs_;
  const std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> gangs_;
  const bool single_;
  const Wanted wanted_;
  std::vector<base::SimTime> ended_;  ///< the last stretch of each job
  std::size_t stretches_ = 0;
  std::string rows_;
  std::ostringstream timeline_;
  std::optional<trace::ChromeTrace> trace_;
  std::vector<base::SimTime> lanes_;  ///< until when each lane of the timeline is taken
};

}  // namespace gigawatt::report

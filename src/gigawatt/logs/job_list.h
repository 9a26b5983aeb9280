#pragma once
/// One list of jobs, whatever scheduler wrote the log, and what was wrong with the log.
///
/// Times are in microseconds since 1970 where the log has dates (those without a time zone are taken as UTC: only
/// differences matter), else since the log's own zero. Sizes are in the unit that the log counts: GPUs, or processors
/// in SWF.

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::logs {

/// One stretch of work. A job that was requeued or preempted is several of them, each with its own submission; a job
/// is told apart by its cluster, its number (with the index in an array, or of a component) and its submission.
struct LoggedJob {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  std::string id;
  base::SimTime submit;
  std::int64_t held_us = 0;   ///< from the submission until the job might start (begin times, dependencies)
  std::int64_t wait_us = -1;  ///< from then until it started in reality; negative: not known
  std::int64_t run_us = 0;    ///< time at work, without the time for which it was suspended
  std::int64_t estimate_us = 0;  ///< time limit that the user asked for; 0: none
  std::int64_t units = 0;        ///< GPUs or processors
  std::int64_t think_us = 0;     ///< from the end of `after` to this job's submission
  std::int32_t priority = 0;
  std::uint32_t account = 0;    ///< index into JobList::accounts
  std::uint32_t cluster = 0;    ///< index into JobList::clusters
  std::uint32_t after = kNone;  ///< index into JobList::jobs: the job that has to end first
  std::uint32_t gang = kNone;   ///< number of a heterogeneous job, whose components start together
  std::uint32_t line = 0;       ///< of the file

  double unit_s() const { return static_cast<double>(units) * static_cast<double>(run_us) * 1e-6; }
};

/// Why a line gave no job, or what is odd about one that did.
enum class Finding : std::uint8_t {
  kBroken,          ///< cannot be read: wrong number of cells, not a number, not a date
  kImpossible,      ///< ends before it starts, starts before it was submitted, negative times
  kDuplicate,       ///< a job number that was there before
  kMissingMachine,  ///< ran on machines, or on more of them, than the cluster has
  kNotRun,          ///< never started, or cancelled before it did
  kNotEnded,        ///< still running when the log was taken
  kNoUnits,         ///< uses no GPU (or no processor)
  kPart,            ///< a step of a job that is listed by itself, or a partial run of one
  kBefore,          ///< began before the log did: nobody knows for how long it has run
  kHeader,          ///< a header line in the middle, as files that were put together have them
  kOverEstimate,    ///< kept: ran longer than its time limit
  kFraction,   ///< kept: shares of a GPU, rounded up to whole ones; its unit-hours are those that this adds
  kUnsorted,   ///< kept: listed after a job that was submitted later
  kClock,      ///< kept: the accounting's running time is not End - Start - Suspended: the clock was changed
  kSuspended,  ///< kept: was suspended for a while, which is no running time
  kBound,      ///< kept: the log gives its size or its running time as a bound only
};
struct FindingInfo {
  std::string_view name;
  std::string_view text;
  bool left_out = true;
};
inline constexpr std::array kFindings = {
    FindingInfo{"broken", "cannot be read"},
    FindingInfo{"impossible-times", "times that cannot be"},
    FindingInfo{"duplicate", "job numbers that were there before"},
    FindingInfo{"missing-machines", "ran on machines that the cluster does not have"},
    FindingInfo{"not-run", "never started"},
    FindingInfo{"not-ended", "had not ended"},
    FindingInfo{"no-units", "without a GPU or processor"},
    FindingInfo{"part", "parts of jobs that are listed by themselves"},
    FindingInfo{"before-log", "began before the log does"},
    FindingInfo{"header", "header lines in the middle"},
    FindingInfo{"over-estimate", "ran longer than their limit", false},
    FindingInfo{"fraction", "shares of a GPU, rounded up", false},
    FindingInfo{"unsorted", "listed after later ones", false},
    FindingInfo{"clock",
                "ran, by the accounting, for another time than from start to end: the clock was changed",
                false},
    FindingInfo{"suspended", "were suspended for a while", false},
    FindingInfo{"bound", "of a size or running time that is given as a bound", false},
};

struct FindingCount {
  std::uint64_t count = 0;
  double unit_s = 0;          ///< work that goes with these lines, where they tell it
  std::uint64_t unsized = 0;  ///< lines that do not
  std::uint32_t last_line = 0;
  /// The first few: line and what is wrong with it.
  std::vector<std::pair<std::uint32_t, std::string>> examples;
};

struct Quality {
  std::uint64_t lines = 0;  ///< that hold a record, comments and the header left out
  std::uint64_t kept = 0;
  std::array<FindingCount, kFindings.size()> findings;

  /// `unit_s`: the work of this line; NaN where the line does not tell it.
  void add(Finding finding, std::uint32_t line, std::string what,
           double unit_s = std::numeric_limits<double>::quiet_NaN());
  const FindingCount& of(Finding finding) const { return findings[static_cast<std::size_t>(finding)]; }
};

struct JobList {
  std::string format;                 ///< that it was read as
  std::string unit = "GPU";           ///< what `units` counts
  std::int64_t cluster_units = 0;     ///< where the log says how large the cluster is; else 0
  std::vector<LoggedJob> jobs;        ///< by submission, then by line
  std::vector<std::string> accounts;  ///< users; the first is "" where a log names none
  std::vector<std::string> clusters;  ///< the first is "" where a log names none
  std::vector<std::string> notes;     ///< what was assumed about the whole file
  Quality quality;
};

/// Our own format, which read_jobs("jobs") reads back to the same list:
/// id,submit_s,wait_s,run_s,estimate_s,units,priority,account,eligible_s,after,think_s,gang. Seconds; empty: not
/// known, or none. `wait_s` counts from `eligible_s` where that is given, else from `submit_s`; `after` is the id of the
/// job that has to end first, and this one is submitted `think_s` later; jobs of one `gang` start together.
std::string jobs_csv_header();
void add_jobs_csv_row(const JobList& list, const LoggedJob& job, std::string& out);

}  // namespace gigawatt::logs

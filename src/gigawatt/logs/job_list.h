#pragma once
/// One list of jobs, whatever scheduler wrote the log, and what was wrong with the log.
///
/// Times are in microseconds since 1970 where the log has dates (those without a time zone are taken as UTC: only
/// differences matter), else since the log's own zero. Sizes are in the unit that the log counts: GPUs, or processors
/// in SWF.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::logs {

struct LoggedJob {
  std::string id;
  base::SimTime submit;
  std::int64_t wait_us = -1;  ///< as it was in reality; negative: not known
  std::int64_t run_us = 0;
  std::int64_t estimate_us = 0;  ///< time limit that the user asked for; 0: none
  std::int64_t units = 0;        ///< GPUs or processors
  std::int32_t priority = 0;
  std::uint32_t account = 0;  ///< index into JobList::accounts
  std::uint32_t line = 0;     ///< of the file
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
  kPart,            ///< a step of a job that is listed by itself
  kOverEstimate,    ///< kept: ran longer than its time limit
  kFraction,        ///< kept: shares of a GPU, rounded up to whole ones
  kUnsorted,        ///< kept: listed after a job that was submitted later
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
    FindingInfo{"part", "steps of jobs"},
    FindingInfo{"over-estimate", "ran longer than their limit", false},
    FindingInfo{"fraction", "shares of a GPU, rounded up", false},
    FindingInfo{"unsorted", "listed after later ones", false},
};

struct FindingCount {
  std::uint64_t count = 0;
  /// The first few: line and what is wrong with it.
  std::vector<std::pair<std::uint32_t, std::string>> examples;
};

struct Quality {
  std::uint64_t lines = 0;  ///< that hold a record, comments and the header left out
  std::uint64_t kept = 0;
  std::array<FindingCount, kFindings.size()> findings;

  void add(Finding finding, std::uint32_t line, std::string what);
  const FindingCount& of(Finding finding) const { return findings[static_cast<std::size_t>(finding)]; }
};

struct JobList {
  std::string format;                 ///< that it was read as
  std::string unit = "GPU";           ///< what `units` counts
  std::int64_t cluster_units = 0;     ///< where the log says how large the cluster is; else 0
  std::vector<LoggedJob> jobs;        ///< by submission, then by line
  std::vector<std::string> accounts;  ///< users; the first is "" where a log names none
  Quality quality;
};

/// Our own format, which read_jobs("jobs") reads back to the same list:
/// id,submit_s,wait_s,run_s,estimate_s,units,priority,account. Seconds; empty: not known.
std::string jobs_csv_header();
std::string jobs_csv_row(const JobList& list, const LoggedJob& job);

}  // namespace gigawatt::logs

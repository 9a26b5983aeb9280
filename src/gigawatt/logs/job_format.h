#pragma once
/// What the readers of single formats share. Private to this module.

#include <array>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gigawatt/base/words.h"
#include "gigawatt/logs/job_list.h"
#include "gigawatt/logs/read_jobs.h"
#include "gigawatt/logs/timestamp.h"

namespace gigawatt::logs {

/// Takes jobs and findings, and ends with a list in order without duplicates.
class JobSink {
 public:
  JobSink(JobList& list, const ReadOptions& options);

  void finding(Finding finding, std::uint32_t line, std::string what,
               double unit_s = std::numeric_limits<double>::quiet_NaN()) {
    list_.quality.add(finding, line, std::move(what), unit_s);
  }
  /// A job that had not ended: its work up to the last instant of the log is counted at the end.
  void unfinished(const LoggedJob& job, base::SimTime start);
  /// Has a line as many cells as the header? false: a finding.
  bool complete(std::uint32_t line, std::size_t cells, std::size_t wanted);
  /// Are the instants of a line of one kind: numbers, dates without or with a time zone? false: a finding.
  bool one_clock(std::uint32_t line, std::initializer_list<std::string_view> instants);
  std::uint32_t account(std::string_view name) { return index(name, accounts_, list_.accounts); }
  std::uint32_t cluster(std::string_view name) { return index(name, clusters_, list_.clusters); }
  std::uint32_t gang(std::string_view name) { return index(name, gangs_, gang_names_); }
  /// The job's line waits for the end of the job of this number.
  void depends(std::uint32_t line, std::string_view on) { depends_.emplace_back(line, on); }
  /// A job with times in order; checks its size.
  void add(LoggedJob job);
  /// From three instants; `end` empty: had not ended. A job whose running time is given by the accounting
  /// (`ran_us`) keeps it, whatever the clock says.
  void add(LoggedJob job, std::optional<base::SimTime> start, std::optional<base::SimTime> end,
           std::optional<std::int64_t> ran_us = std::nullopt, std::int64_t suspended_us = 0);
  /// Whole units, where a share counts as a whole one; false: a finding.
  bool set_units(LoggedJob& job, double units);
  /// `by_number`: job numbers are unique by themselves, whatever was submitted when.
  void finish(bool by_number);

  JobList& list() { return list_; }
  const ReadOptions& options() const { return options_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Index = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;
  static std::uint32_t index(std::string_view name, Index& of, std::vector<std::string>& names);
  bool same(const LoggedJob& a, const LoggedJob& b, bool by_number) const;
  void drop_duplicates(bool by_number);
  void resolve_dependencies(bool waits_from_submission);
  void hold_later_runs();
  void name_clusters();
  void say_clocks();
  void count_unfinished();

  JobList& list_;
  const ReadOptions& options_;
  Index accounts_, clusters_, gangs_;
  std::vector<std::string> gang_names_;
  std::vector<std::pair<std::uint32_t, std::string>> depends_;  // line, number
  std::array<std::uint64_t, 4> clocks_{};                       // lines by the kind of their instants
  base::SimTime last_submit_;
  base::SimTime last_instant_;  // that the log names
  double open_units_ = 0;       // of those that had not ended
  double open_unit_s_ = 0;      // their units times their starts
  bool several_runs_ = false;   // of one submission
  double fraction_ = 0;         // by which the units of the job at hand were rounded up
};

class JobFormat {
 public:
  virtual ~JobFormat() = default;
  /// A line that is not empty. What is wrong with the whole file, if anything.
  virtual std::optional<std::string> line(std::uint32_t number, std::string_view text) = 0;
  /// After the last line.
  virtual void finish() {}
};

std::unique_ptr<JobFormat> swf_format(JobSink& sink);
std::unique_ptr<JobFormat> slurm_format(JobSink& sink);
/// Google's cluster traces of 2011 and 2019: events of tasks, as CSV or as one JSON object a line.
std::unique_ptr<JobFormat> google_format(JobSink& sink);
/// philly, helios, acme, alibaba, azure, jobs
std::unique_ptr<JobFormat> csv_format(JobSink& sink, const std::string& name);

/// The format of a table that comes without a header line; "" where none has such cells.
std::string headless_csv_format(const std::vector<std::string>& cells);

/// One element of a list in JSON, such as a job of Philly's cluster_job_log; what is wrong with it, if anything.
void philly_job(JobSink& sink, std::uint32_t line, std::string_view text);

/// The line of `sacct --parsable2` that says the same as a job of `sacct --json`; nothing where it is none.
std::optional<std::string> slurm_json_line(std::string_view element);
std::string_view slurm_json_header();

/// What a job's state says about its times: it never ran, it runs still, or nothing against them.
enum class Fate : std::uint8_t { kRan, kNotRun, kNotEnded };
Fate fate(std::string_view state);
/// "", "None", "Unknown", "N/A", "NaN", "null", "-": a cell that says nothing.
bool blank(std::string_view text);

using base::lower;

/// Which column is where. Capital letters and blanks around a name do not matter.
class Header {
 public:
  explicit Header(const std::vector<std::string>& names);
  std::size_t size() const { return names_.size(); }
  /// Of two columns that go by one of these names, and differ in this line, the name.
  std::optional<std::string> torn(const std::vector<std::string>& cells,
                                  const std::vector<std::string_view>& used) const;
  /// The same names, in this or another order, as a file has them that was put together.
  bool again(const std::vector<std::string>& cells) const;
  /// npos where there is none.
  std::size_t find(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }
  /// The missing ones as a sentence; nothing where all are there.
  std::optional<std::string> missing(std::string_view format,
                                     const std::vector<std::string_view>& required) const;

 private:
  std::vector<std::string> names_, written_;
  std::vector<std::pair<std::size_t, std::size_t>> twins_;  // columns of one name
};

}  // namespace gigawatt::logs

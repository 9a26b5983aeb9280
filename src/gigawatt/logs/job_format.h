#pragma once
/// What the readers of single formats share. Private to this module.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "gigawatt/logs/job_list.h"
#include "gigawatt/logs/read_jobs.h"

namespace gigawatt::logs {

/// Takes jobs and findings, and ends with a list in order without duplicates.
class JobSink {
 public:
  JobSink(JobList& list, const ReadOptions& options);

  void finding(Finding finding, std::uint32_t line, std::string what) {
    list_.quality.add(finding, line, std::move(what));
  }
  /// Has a line as many cells as the header? false: a finding.
  bool complete(std::uint32_t line, std::size_t cells, std::size_t wanted);
  std::uint32_t account(const std::string& name);
  /// A job with times in order; checks its size.
  void add(LoggedJob job);
  /// From three instants; `end` empty: had not ended.
  void add(LoggedJob job, std::optional<base::SimTime> start, std::optional<base::SimTime> end);
  /// Whole units, where a share counts as a whole one; false: a finding.
  bool set_units(LoggedJob& job, double units);
  void finish();

  JobList& list() { return list_; }
  const ReadOptions& options() const { return options_; }

 private:
  void drop_duplicates();

  JobList& list_;
  const ReadOptions& options_;
  std::unordered_map<std::string, std::uint32_t> accounts_;
  base::SimTime last_submit_;
};

class JobFormat {
 public:
  virtual ~JobFormat() = default;
  /// A line that is not empty. What is wrong with the whole file, if anything.
  virtual std::optional<std::string> line(std::uint32_t number, const std::string& text) = 0;
};

std::unique_ptr<JobFormat> swf_format(JobSink& sink);
std::unique_ptr<JobFormat> slurm_format(JobSink& sink);
/// philly, helios, acme, alibaba, jobs
std::unique_ptr<JobFormat> csv_format(JobSink& sink, const std::string& name);

/// Which column is where.
class Header {
 public:
  explicit Header(std::vector<std::string> names) : names_(std::move(names)) {}
  std::size_t size() const { return names_.size(); }
  /// npos where there is none.
  std::size_t find(std::string_view name) const;
  /// The missing ones as a sentence; nothing where all are there.
  std::optional<std::string> missing(std::string_view format,
                                     const std::vector<std::string_view>& required) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace gigawatt::logs

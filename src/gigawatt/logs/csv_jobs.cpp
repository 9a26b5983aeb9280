// Philly, Helios, Acme, Alibaba and our own list: CSV files that differ in their columns.
#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

/// Names of columns; empty: the format has none. Times of `submit`, `start`, `end` are dates or seconds.
struct Columns {
  std::string_view format = {};
  std::string_view id = {}, account = {}, submit = {}, start = {}, end = {}, run = {}, wait = {},
                   estimate = {};
  std::string_view units = {}, priority = {};
  std::string_view instances = {};  ///< Alibaba 2020: `units` is a percentage of a GPU for each of these
  std::string_view share = {};      ///< Alibaba 2023: thousandths of a GPU where `units` is 1
};

/// Helios and Acme, of the same laboratory.
constexpr Columns lab_columns(std::string_view format) {
  return {.format = format,
          .id = "job_id",
          .account = "user",
          .submit = "submit_time",
          .start = "start_time",
          .end = "end_time",
          .units = "gpu_num"};
}

constexpr Columns kColumns[] = {
    {.format = "jobs",
     .id = "id",
     .account = "account",
     .submit = "submit_s",
     .run = "run_s",
     .wait = "wait_s",
     .estimate = "estimate_s",
     .units = "units",
     .priority = "priority"},
    {.format = "philly", .account = "cluster", .submit = "timestamp", .run = "duration", .units = "num_gpus"},
    lab_columns("helios"),
    lab_columns("acme"),
    {.format = "alibaba",
     .submit = "start_time",
     .start = "start_time",
     .end = "end_time",
     .units = "plan_gpu",
     .instances = "inst_num"},
    {.format = "alibaba",
     .id = "name",
     .submit = "creation_time",
     .start = "scheduled_time",
     .end = "deletion_time",
     .units = "num_gpu",
     .share = "gpu_milli"},
};

// pai_task_table comes without a header line; its columns are documented.
const std::vector<std::string> kTaskTable = {"job_name", "task_name", "inst_num", "status",   "start_time",
                                             "end_time", "plan_cpu",  "plan_mem", "plan_gpu", "gpu_type"};

class CsvJobs : public JobFormat {
 public:
  CsvJobs(JobSink& sink, std::string format) : sink_(sink), format_(std::move(format)) {}

  std::optional<std::string> line(std::uint32_t number, const std::string& text) override {
    const bool readable = csv_.split(text, cells_);
    if (!header_) {
      if (!readable) return "its header line cannot be read";
      if (!cells_.empty() && cells_[0].starts_with("\xEF\xBB\xBF")) cells_[0].erase(0, 3);
      const bool headless =
          format_ == "alibaba" && cells_.size() == kTaskTable.size() && logs::number(cells_[2]);
      if (auto problem = read_header(headless ? kTaskTable : cells_)) return problem;
      if (!headless) return std::nullopt;
    }
    ++sink_.list().quality.lines;
    if (!readable)
      sink_.finding(Finding::kBroken, number, "a quote is not closed or stands inside an unquoted cell");
    else if (sink_.complete(number, cells_.size(), header_->size()))
      record(number);
    return std::nullopt;
  }

 private:
  std::optional<std::string> read_header(const std::vector<std::string>& names) {
    header_.emplace(names);
    std::optional<std::string> problem;
    for (const Columns& candidate : kColumns) {
      if (candidate.format != format_) continue;
      std::vector<std::string_view> required = {candidate.submit, candidate.units};
      for (const auto name :
           {candidate.start, candidate.end, candidate.run, candidate.instances, candidate.share})
        if (!name.empty()) required.push_back(name);
      const auto missing = header_->missing(format_, required);
      if (!missing) {
        columns_ = &candidate;
        return std::nullopt;
      }
      if (!problem) problem = missing;
    }
    return problem;
  }

  const std::string& cell(std::string_view name) const {
    static const std::string none;
    const std::size_t column = name.empty() ? std::string::npos : header_->find(name);
    return column == std::string::npos ? none : cells_[column];
  }

  std::optional<double> units() const {
    const std::string& text = cell(columns_->units);
    // Alibaba leaves the cell of a task without a GPU empty.
    const auto base = text.empty() ? std::optional(0.0) : logs::number(text);
    if (!base) return std::nullopt;
    if (!columns_->instances.empty()) {
      const auto instances = logs::number(cell(columns_->instances));
      return instances ? std::optional(*base / 100 * *instances) : std::nullopt;
    }
    if (!columns_->share.empty() && *base == 1) {
      const auto share = logs::number(cell(columns_->share));
      return share ? std::optional(*share / 1000) : std::nullopt;
    }
    return base;
  }

  void record(std::uint32_t number) {
    const auto broken = [&](std::string_view column) {
      sink_.finding(Finding::kBroken, number, fmt::format("{}: '{}'", column, cell(column).substr(0, 60)));
    };
    const Columns& c = *columns_;
    LoggedJob job;
    job.line = number;
    job.id = cell(c.id);
    if (format_ == "alibaba" && job.id.empty()) job.id = cell("job_name") + "/" + cell("task_name");
    const std::string name = job.id.empty() ? fmt::format("of line {}", number) : job.id;
    job.account = sink_.account(cell(c.account));
    const auto size = units();
    if (!size) return broken(c.units);
    if (!c.start.empty() && cell(c.start).empty())
      return sink_.finding(Finding::kNotRun, number, fmt::format("job {}", name));
    const auto submit = timestamp(cell(c.submit));
    if (!submit) return broken(c.submit);
    job.submit = *submit;
    if (const std::string& text = cell(c.estimate); !text.empty()) {
      const auto us = seconds_us(text);
      if (!us) return broken(c.estimate);
      job.estimate_us = *us;
    }
    if (const std::string& text = cell(c.priority); !text.empty()) {
      const auto value = whole(text);
      if (!value || *value < INT32_MIN || *value > INT32_MAX) return broken(c.priority);
      job.priority = static_cast<std::int32_t>(*value);
    }
    if (!sink_.set_units(job, *size)) return;
    if (!c.run.empty()) {
      const auto run = seconds_us(cell(c.run));
      if (!run) return broken(c.run);
      job.run_us = *run;
      if (const std::string& text = cell(c.wait); !text.empty()) {
        const auto wait = seconds_us(text);
        if (!wait) return broken(c.wait);
        job.wait_us = *wait;
      }
      return sink_.add(std::move(job));
    }
    const auto start = timestamp(cell(c.start));
    if (!start) return broken(c.start);
    std::optional<base::SimTime> end;
    if (!cell(c.end).empty() && !(end = timestamp(cell(c.end)))) return broken(c.end);
    sink_.add(std::move(job), start, end);
  }

  JobSink& sink_;
  std::string format_;
  CsvCells csv_;
  std::optional<Header> header_;
  const Columns* columns_ = nullptr;
  std::vector<std::string> cells_;
};

}  // namespace

std::unique_ptr<JobFormat> csv_format(JobSink& sink, const std::string& name) {
  return std::make_unique<CsvJobs>(sink, name);
}

}  // namespace gigawatt::logs

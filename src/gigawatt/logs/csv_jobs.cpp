// Philly, Helios, Acme, Alibaba, Azure and our own list: CSV files that differ in their columns.
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
  std::string_view units = {}, priority = {}, state = {};
  std::string_view ran = {};    ///< running time of the accounting, beside start and end
  std::string_view count = {};  ///< how many instances of `units` each
  double scale = 1;  ///< what one unit is in the numbers of `units`: 100 where they are percentages
  std::string_view share = {};  ///< Alibaba 2023: thousandths of a GPU where `units` is 1
  std::string_view unit = "GPU";
  bool began_at_zero = false;  ///< a start at 0 is the beginning of the log, not of the job
};

/// Helios and Acme, of the same laboratory.
constexpr Columns lab_columns(std::string_view format) {
  return {.format = format,
          .id = "job_id",
          .account = "user",
          .submit = "submit_time",
          .start = "start_time",
          .end = "end_time",
          .units = "gpu_num",
          .state = "state",
          .ran = "duration"};
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
    // 2020: tasks of PAI
    {.format = "alibaba",
     .submit = "start_time",
     .start = "start_time",
     .end = "end_time",
     .units = "plan_gpu",
     .state = "status",
     .count = "inst_num",
     .scale = 100},
    // 2023: pods of openb
    {.format = "alibaba",
     .id = "name",
     .submit = "creation_time",
     .start = "scheduled_time",
     .end = "deletion_time",
     .units = "num_gpu",
     .state = "pod_phase",
     .share = "gpu_milli"},
    // 2025: instances of disaggregated recommendation models
    {.format = "alibaba",
     .id = "instance_sn",
     .account = "app_name",
     .submit = "creation_time",
     .start = "scheduled_time",
     .end = "deletion_time",
     .units = "gpu_request"},
    // 2026: high-priority and spot jobs
    {.format = "alibaba",
     .id = "job_name",
     .account = "organization",
     .submit = "submit_time",
     .run = "duration",
     .units = "gpu_request",
     .count = "worker_num"},
    // 2018: batch tasks, without GPUs
    {.format = "alibaba",
     .submit = "start_time",
     .start = "start_time",
     .end = "end_time",
     .units = "plan_cpu",
     .state = "status",
     .count = "instance_num",
     .scale = 100,
     .unit = "core"},
    // 2017, in whole cores
    {.format = "azure",
     .id = "vmid",
     .account = "subscriptionid",
     .submit = "vmcreated",
     .start = "vmcreated",
     .end = "vmdeleted",
     .units = "vmcorecount",
     .unit = "core",
     .began_at_zero = true},
    // 2019, in buckets
    {.format = "azure",
     .id = "vmid",
     .account = "subscriptionid",
     .submit = "vmcreated",
     .start = "vmcreated",
     .end = "vmdeleted",
     .units = "vmcorecountbucket",
     .unit = "core",
     .began_at_zero = true},
};

/// Tables that come without a header line; their columns are documented by those who published them.
struct Headless {
  std::string_view format;
  std::vector<std::string> columns;
  std::size_t numeric;  ///< a column that holds a number, in no header
};
const std::vector<Headless>& headless_tables() {
  static const std::vector<Headless> kTables = {
      {"alibaba",
       {"job_name", "task_name", "inst_num", "status", "start_time", "end_time", "plan_cpu", "plan_mem",
        "plan_gpu", "gpu_type"},
       2},
      {"alibaba",
       {"task_name", "instance_num", "job_name", "task_type", "status", "start_time", "end_time", "plan_cpu",
        "plan_mem"},
       1},
      {"azure",
       {"vmid", "subscriptionid", "deploymentid", "vmcreated", "vmdeleted", "maxcpu", "avgcpu", "p95maxcpu",
        "vmcategory", "vmcorecountbucket", "vmmemorybucket"},
       3},
  };
  return kTables;
}

class CsvJobs : public JobFormat {
 public:
  CsvJobs(JobSink& sink, std::string format) : sink_(sink), format_(std::move(format)) {}

  std::optional<std::string> line(std::uint32_t number, std::string_view text) override {
    if (!header_) csv_.separate_by(csv_separator(text));
    const bool readable = csv_.split(text, cells_);
    if (!header_) {
      if (!readable) return "its header line cannot be read";
      const Headless* table = headless(format_, cells_);
      if (auto problem = read_header(table != nullptr ? table->columns : cells_)) return problem;
      if (table == nullptr) return std::nullopt;
    }
    ++sink_.list().quality.lines;
    if (!readable) {
      sink_.finding(Finding::kBroken, number, "a quote is not closed or stands inside an unquoted cell");
    } else if (header_->again(cells_)) {
      sink_.finding(Finding::kHeader, number, "", 0);
      return read_header(cells_);
    } else if (sink_.complete(number, cells_.size(), header_->size())) {
      record(number);
    }
    return std::nullopt;
  }

  void finish() override { sink_.finish(false); }

  static const Headless* headless(std::string_view format, const std::vector<std::string>& cells) {
    for (const Headless& table : headless_tables())
      if ((format.empty() || table.format == format) && cells.size() == table.columns.size() &&
          logs::number(cells[table.numeric]))
        return &table;
    return nullptr;
  }

 private:
  std::optional<std::string> read_header(const std::vector<std::string>& names) {
    header_.emplace(names);
    std::optional<std::string> problem;
    for (const Columns& candidate : kColumns) {
      if (candidate.format != format_) continue;
      std::vector<std::string_view> required = {candidate.submit, candidate.units};
      for (const auto name :
           {candidate.start, candidate.end, candidate.run, candidate.count, candidate.share})
        if (!name.empty()) required.push_back(name);
      const auto missing = header_->missing(format_, required);
      if (!missing) {
        columns_ = &candidate;
        used_ = {candidate.id,    candidate.account, candidate.submit,   candidate.start, candidate.end,
                 candidate.run,   candidate.wait,    candidate.estimate, candidate.units, candidate.priority,
                 candidate.state, candidate.ran,     candidate.count,    candidate.share};
        sink_.list().unit = candidate.unit;
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

  std::optional<double> units(std::uint32_t number) const {
    std::string_view text = cell(columns_->units);
    // Azure's largest bucket is ">24".
    if (text.starts_with('>')) {
      text.remove_prefix(1);
      sink_.finding(Finding::kBound, number, fmt::format("more than {} {}s", text, sink_.list().unit));
    }
    // Alibaba leaves the cell of a task without a GPU empty.
    const auto base = blank(text) ? std::optional(0.0) : logs::number(text);
    if (!base) return std::nullopt;
    double value = *base / columns_->scale;
    if (!columns_->share.empty() && *base == 1) {
      const auto share = logs::number(cell(columns_->share));
      if (!share) return std::nullopt;
      value = *share / 1000;
    }
    if (columns_->count.empty() || value == 0) return value;
    const auto count = logs::number(cell(columns_->count));
    return count ? std::optional(value * *count) : std::nullopt;
  }

  void record(std::uint32_t number) {
    const auto broken = [&](std::string_view column) {
      sink_.finding(Finding::kBroken, number, fmt::format("{}: '{}'", column, cell(column).substr(0, 60)));
    };
    const Columns& c = *columns_;
    if (const auto name = header_->torn(cells_, used_))
      return sink_.finding(Finding::kBroken, number,
                           fmt::format("two columns are called '{}', and differ", *name));
    if (!sink_.one_clock(number, {cell(c.submit), cell(c.start), cell(c.end)})) return;
    LoggedJob job;
    job.line = number;
    job.id = cell(c.id);
    if (format_ == "alibaba" && job.id.empty()) job.id = cell("job_name") + "/" + cell("task_name");
    const std::string name = job.id.empty() ? fmt::format("of line {}", number) : "job " + job.id;
    job.account = sink_.account(cell(c.account));
    const auto size = units(number);
    if (!size) return broken(c.units);
    const Fate said = fate(cell(c.state));
    if (!c.start.empty() && (said == Fate::kNotRun || (blank(cell(c.start)) && !blank(cell(c.submit)))))
      return sink_.finding(Finding::kNotRun, number, name, 0);
    if (blank(cell(c.submit)) && !c.end.empty())
      return blank(cell(c.end)) || said == Fate::kNotEnded ? sink_.finding(Finding::kNotEnded, number, name)
                                                           : before_the_log(number, name, *size);
    const auto submit = timestamp(cell(c.submit));
    if (!submit) return broken(c.submit);
    job.submit = *submit;
    if (!optional_cells(job, broken)) return;
    if (!sink_.set_units(job, *size)) return;
    if (!c.run.empty()) {
      const auto run = seconds_us(cell(c.run));
      if (!run) return broken(c.run);
      job.run_us = *run;
      if (const std::string& text = cell(c.wait); !text.empty()) {
        const auto wait = seconds_us(text);
        if (!wait) return broken(c.wait);
        job.wait_us = *wait;
        if (job.wait_us < 0) job.wait_us = -1;
      }
      return sink_.add(std::move(job));
    }
    const auto start = timestamp(cell(c.start));
    if (!start) return broken(c.start);
    std::optional<base::SimTime> end;
    if (said != Fate::kNotEnded && !blank(cell(c.end)) && !(end = timestamp(cell(c.end))))
      return broken(c.end);
    if (c.began_at_zero && start->us == 0)
      sink_.finding(Finding::kBound, number, fmt::format("{} was there when the log began", name));
    if (c.start == c.submit && end) {  // the log does not say when it was submitted: no wait is known
      job.run_us = (*end - *start).us;
      if (job.run_us < 0)
        return sink_.finding(Finding::kImpossible, number, fmt::format("{} ends before it starts", name));
      return sink_.add(std::move(job));
    }
    std::optional<std::int64_t> ran_us;
    if (const std::string& text = cell(c.ran); end && !blank(text)) {
      ran_us = seconds_us(text);
      if (!ran_us || *ran_us < 0) return broken(c.ran);
    }
    sink_.add(std::move(job), start, end, ran_us);
  }

  void before_the_log(std::uint32_t number, const std::string& name, double size) {
    const auto end = timestamp(cell(columns_->end));
    if (!end) return sink_.finding(Finding::kBroken, number, fmt::format("{} has no date", name));
    sink_.finding(Finding::kBefore, number, name, size * std::max(0.0, static_cast<double>(end->us) * 1e-6));
  }

  /// Limit, priority, and in our own format what a job waits for; false: a finding.
  template <typename Broken>
  bool optional_cells(LoggedJob& job, const Broken& broken) {
    const auto fail = [&](std::string_view column) {
      broken(column);
      return false;
    };
    if (const std::string& text = cell(columns_->estimate); !text.empty()) {
      const auto us = seconds_us(text);
      if (!us) return fail(columns_->estimate);
      job.estimate_us = std::max<std::int64_t>(*us, 0);
    }
    if (const std::string& text = cell(columns_->priority); !text.empty()) {
      const auto value = whole(text);
      if (!value || *value < INT32_MIN || *value > INT32_MAX) return fail(columns_->priority);
      job.priority = static_cast<std::int32_t>(*value);
    }
    if (cell("job_type") == "HP") job.priority = 1;  // Alibaba 2026: before the spot jobs
    if (format_ != "jobs") return true;
    if (const std::string& text = cell("eligible_s"); !text.empty()) {
      const auto at = seconds_us(text);
      if (!at || *at < job.submit.us) return fail("eligible_s");
      job.held_us = *at - job.submit.us;
    }
    if (const std::string& text = cell("think_s"); !text.empty()) {
      const auto us = seconds_us(text);
      if (!us || *us < 0) return fail("think_s");
      job.think_us = *us;
    }
    if (const std::string& text = cell("after"); !text.empty()) sink_.depends(job.line, text);
    if (const std::string& text = cell("gang"); !text.empty()) job.gang = sink_.gang(text);
    return true;
  }

  JobSink& sink_;
  std::string format_;
  CsvCells csv_;
  std::optional<Header> header_;
  const Columns* columns_ = nullptr;
  std::vector<std::string_view> used_;  ///< names of columns that are read
  std::vector<std::string> cells_;
};

}  // namespace

std::string headless_csv_format(const std::vector<std::string>& cells) {
  const Headless* table = CsvJobs::headless("", cells);
  return table == nullptr ? "" : std::string(table->format);
}

std::unique_ptr<JobFormat> csv_format(JobSink& sink, const std::string& name) {
  return std::make_unique<CsvJobs>(sink, name);
}

}  // namespace gigawatt::logs

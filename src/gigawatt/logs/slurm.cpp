// sacct --parsable2 (or --parsable, with a '|' at the end of each line).
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"
#include "gigawatt/logs/slurm_columns.h"

namespace gigawatt::logs {
namespace {

/// "gpu:a100:8", "gres:gpu:8", "gpu:8(IDX:0-7)", "gpu" of AllocGRES, which older accounting has -> "gres/gpu:a100=8".
std::string as_tres(std::string gres) {
  if (gres.starts_with("gres:")) gres.erase(0, 5);
  gres.resize(std::min(gres.find('('), gres.size()));
  if (gres != "gpu" && !gres.starts_with("gpu:")) return gres;
  const std::size_t colon = gres.rfind(':');
  const bool counted = colon != std::string::npos && number(std::string_view(gres).substr(colon + 1));
  return "gres/" + (counted ? gres.substr(0, colon) + "=" + gres.substr(colon + 1) : gres + "=1");
}

/// GPUs in "billing=8,cpu=64,gres/gpu:a100=8,gres/gpu=8,mem=500G,node=1"; nothing where a number is malformed.
std::optional<double> gpus_of(std::string_view tres) {
  double total = 0;
  double typed = 0;
  std::vector<std::string> parts;
  split_plain(tres, ',', parts);
  for (std::string& part : parts) {
    if (part.find('=') == std::string::npos) part = as_tres(std::move(part));
    if (!part.starts_with("gres/gpu")) continue;
    const std::size_t equals = part.rfind('=');
    if (equals == std::string::npos) return std::nullopt;
    const std::string_view kind = std::string_view(part).substr(8, equals - 8);
    if (!kind.empty() && kind[0] != ':') continue;  // gres/gpuutil and the like
    const auto count = number(std::string_view(part).substr(equals + 1));
    if (!count || *count < 0) return std::nullopt;
    (kind.empty() ? total : typed) += *count;
  }
  return total > 0 ? total : typed;  // the total counts what the types count
}

/// Of what is no GPU by name but may be one: "gres/shard=4", "gres/npu=8"; "" where there is none.
std::string other_gres(std::string_view tres) {
  std::vector<std::string> parts;
  split_plain(tres, ',', parts);
  for (const std::string& part : parts)
    if (part.starts_with("gres/") && !part.starts_with("gres/gpu")) return part;
  return "";
}

constexpr std::string_view kUsed[] = {"jobid",     "jobidraw", "submit",     "eligible",  "start",
                                      "end",       "user",     "cluster",    "timelimit", "timelimitraw",
                                      "priority",  "nodelist", "state",      "alloctres", "reqtres",
                                      "allocgres", "elapsed",  "elapsedraw", "suspended"};

class Slurm : public JobFormat {
 public:
  explicit Slurm(JobSink& sink) : sink_(sink) {
    for (const auto& name : sink.options().machines) machines_.insert(name);
  }

  std::optional<std::string> line(std::uint32_t number, std::string_view text) override {
    if (!header_) {
      separator_ = slurm_separator(text);
      if (separator_ == '\0') return "this is not `sacct --parsable2`: its cells have no '|' between them";
    }
    const bool readable = split(text);
    if (!header_ && !names_jobs(cells_)) {
      auto columns = guess_slurm_columns(cells_);
      if (!columns) return std::move(columns.error());
      sink_.list().notes.push_back(
          fmt::format("no header line: by what the first line holds, the columns are taken for {}",
                      fmt::join(*columns, "|")));
      if (auto problem = read_header(*columns)) return problem;
      trailing_ = cells_.size() > header_->size();
    } else if (!header_) {
      return read_header(cells_);
    }
    ++sink_.list().quality.lines;
    if (!readable) {
      sink_.finding(Finding::kBroken, number, "a quote is not closed or stands inside an unquoted cell");
      return std::nullopt;
    }
    if (names_jobs(cells_)) {  // files that were put together; their columns may differ
      sink_.finding(Finding::kHeader, number, "", 0);
      return read_header(cells_);
    }
    if (trailing_ && cells_.size() == header_->size() + 1 && cells_.back().empty()) cells_.pop_back();
    if (sink_.complete(number, cells_.size(), header_->size())) record(number);
    return std::nullopt;
  }

  void finish() override { sink_.finish(false); }

 private:
  static bool names_jobs(const std::vector<std::string>& cells) {
    return !cells.empty() && (lower(cells[0]) == "jobid" || lower(cells[0]) == "jobidraw" ||
                              std::find(cells.begin(), cells.end(), "JobID") != cells.end() ||
                              std::find(cells.begin(), cells.end(), "JobIDRaw") != cells.end());
  }

  bool split(std::string_view text) {
    if (separator_ == ',') return csv_.split(text, cells_);
    split_plain(text, separator_, cells_);
    return true;
  }

  std::optional<std::string> read_header(std::vector<std::string> cells) {
    trailing_ = cells.back().empty();
    if (trailing_) cells.pop_back();
    header_.emplace(cells);
    near_names(cells);
    id_ = first_of({"jobid", "jobidraw"});
    if (id_ == std::string::npos || first_of({"submit"}) == std::string::npos ||
        first_of({"start"}) == std::string::npos || first_of({"end"}) == std::string::npos)
      return Header(std::move(cells)).missing("slurm", {"JobID", "Submit", "Start", "End"});
    submit_ = header_->find("submit");
    eligible_ = header_->find("eligible");
    start_ = header_->find("start");
    end_ = header_->find("end");
    tres_ = first_of({"alloctres", "reqtres", "allocgres"});
    asked_tres_ = header_->find("reqtres");
    if (asked_tres_ == tres_) asked_tres_ = std::string::npos;
    if (tres_ == std::string::npos)
      return "a slurm log needs the column AllocTRES or ReqTRES: without it the number of GPUs would be a "
             "guess. "
             "Ask for it: sacct --parsable2 "
             "--format=JobID,User,Submit,Start,End,Timelimit,AllocTRES,NodeList,State";
    elapsed_s_ = header_->find("elapsedraw");
    elapsed_ = header_->find("elapsed");
    suspended_ = header_->find("suspended");
    cluster_ = header_->find("cluster");
    user_ = header_->find("user");
    limit_ = header_->find("timelimit");
    limit_minutes_ = header_->find("timelimitraw");
    priority_ = header_->find("priority");
    nodes_ = header_->find("nodelist");
    state_ = header_->find("state");
    return std::nullopt;
  }

  /// "Timelimit (min)" is none of the columns that are read.
  void near_names(const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) {
      const std::string name = lower(cell);
      for (const std::string_view used : kUsed)
        if (name.size() > used.size() && name.starts_with(used) &&
            (name[used.size()] < 'a' || name[used.size()] > 'z') && header_->find(name) != std::string::npos)
          sink_.list().notes.push_back(
              fmt::format("the column '{}' is not read: its name is not that of sacct's {}", cell, used));
    }
  }

  std::size_t first_of(std::initializer_list<std::string_view> names) const {
    for (const auto name : names)
      if (const std::size_t at = header_->find(name); at != std::string::npos) return at;
    return std::string::npos;
  }

  const std::string& cell(std::size_t column) const {
    static const std::string none;
    return column == std::string::npos ? none : cells_[column];
  }

  void record(std::uint32_t number) {
    const auto broken = [&](std::string_view what, const std::string& found) {
      sink_.finding(Finding::kBroken, number, fmt::format("{}: '{}'", what, found.substr(0, 60)));
    };
    LoggedJob job;
    job.id = cell(id_);
    job.line = number;
    if (job.id.empty()) return broken("no JobID", "");
    if (job.id.find('.') != std::string::npos)
      return sink_.finding(Finding::kPart, number, fmt::format("step {}", job.id), 0);
    static const std::vector<std::string_view> used(std::begin(kUsed), std::end(kUsed));
    if (const auto name = header_->torn(cells_, used))
      return broken("two columns have this name, and differ", *name);
    if (!sink_.one_clock(number, {cell(submit_), cell(eligible_), cell(start_), cell(end_)})) return;
    const auto submit = timestamp(cell(submit_));
    if (!submit) return broken("Submit is no date", cell(submit_));
    job.submit = *submit;
    std::optional<base::SimTime> eligible, start, end;
    if (!blank(cell(eligible_)) && !(eligible = timestamp(cell(eligible_))))
      return broken("Eligible is no date", cell(eligible_));
    if (!blank(cell(start_)) && !(start = timestamp(cell(start_))))
      return broken("Start is no date", cell(start_));
    if (!blank(cell(end_)) && !(end = timestamp(cell(end_)))) return broken("End is no date", cell(end_));
    if (eligible) job.held_us = std::max<std::int64_t>(0, (*eligible - *submit).us);
    std::optional<std::int64_t> ran_us;
    std::int64_t suspended_us = 0;
    if (!running_time(ran_us, suspended_us))
      return broken("no running time", cell(elapsed_s_) + cell(elapsed_));
    const Fate said = fate(cell(state_));
    if (said == Fate::kNotEnded) end.reset();
    if (said == Fate::kNotRun) start.reset();
    if (never_started(start, end, ran_us)) start.reset();
    if (!limit(job)) return broken("no time limit", cell(limit_));
    if (const std::string& p = cell(priority_); !p.empty()) {
      const auto value = whole(p);
      if (!value) return broken("Priority is no number", p);
      job.priority = static_cast<std::int32_t>(std::clamp<std::int64_t>(*value, INT32_MIN, INT32_MAX));
    }
    job.account = sink_.account(cell(user_));
    job.cluster = sink_.cluster(cell(cluster_));
    // A job that never started holds nothing: its empty AllocTRES is no finding of its own.
    if (!start) return sink_.finding(Finding::kNotRun, number, fmt::format("job {}", job.id), 0);
    if (cell(tres_).ends_with('+')) return broken("cut off", cell(tres_));  // what is gone may have been GPUs
    const bool as_asked = cell(tres_).empty() && !cell(asked_tres_).empty();
    const std::string& tres = as_asked ? cell(asked_tres_) : cell(tres_);
    const auto gpus = gpus_of(tres);
    if (!gpus) return broken("no number of GPUs", tres);
    if (*gpus == 0)
      if (const std::string other = other_gres(tres); !other.empty())
        return sink_.finding(Finding::kNoUnits, number, fmt::format("job {} of {}", job.id, other), 0);
    if (as_asked && *gpus > 0)
      sink_.finding(Finding::kBound, number,
                    fmt::format("job {} has no AllocTRES: its size is what it asked for", job.id));
    if (const std::size_t plus = job.id.find('+'); plus != std::string::npos)
      job.gang = sink_.gang(fmt::format("{}/{}/{}", job.cluster, job.id.substr(0, plus), submit->us));
    if (!machines_.empty() && !known_machines(job, ran_us, start, end, *gpus)) return;
    if (sink_.set_units(job, *gpus)) sink_.add(std::move(job), start, end, ran_us, suspended_us);
  }

  /// Older accounting writes Start = End for what was cancelled in the queue; such a job has no nodes.
  bool never_started(std::optional<base::SimTime> start, std::optional<base::SimTime> end,
                     std::optional<std::int64_t> ran_us) const {
    if (!start || !end || *end != *start || ran_us.value_or(0) > 0) return false;
    const std::string& nodes = cell(nodes_);
    const bool none = nodes_ != std::string::npos && (blank(nodes) || nodes == "None assigned");
    return none || (nodes_ == std::string::npos && cell(state_).starts_with("CANCELLED"));
  }

  /// Elapsed counts what the accounting counts: not the time suspended, and not by a clock that was changed.
  bool running_time(std::optional<std::int64_t>& ran_us, std::int64_t& suspended_us) const {
    if (const std::string& text = cell(suspended_); !blank(text)) {
      const auto us = elapsed_us(text);
      if (!us) return false;
      suspended_us = *us;
    }
    if (const std::string& text = cell(elapsed_s_); !blank(text)) {
      const auto us = seconds_us(text);
      if (!us || *us < 0) return false;
      ran_us = *us;
    } else if (const std::string& words = cell(elapsed_); !blank(words)) {
      ran_us = elapsed_us(words);
      return ran_us.has_value();
    }
    return true;
  }

  bool limit(LoggedJob& job) const {
    const auto none = [](const std::string& text) {
      return blank(text) || text == "UNLIMITED" || text == "INFINITE" || text == "NOT_SET" ||
             text == "Partition_Limit" || text == "-1";
    };
    if (const std::string& minutes = cell(limit_minutes_); !none(minutes)) {
      const auto value = logs::number(minutes);
      if (value && *value >= 0 && *value < 1e9) job.estimate_us = static_cast<std::int64_t>(*value * 60e6);
      return value.has_value();
    }
    const std::string& text = cell(limit_);
    if (none(text)) return true;
    const auto us = slurm_duration_us(text);
    if (us) job.estimate_us = *us;
    return us.has_value();
  }

  bool known_machines(const LoggedJob& job, std::optional<std::int64_t> ran_us,
                      std::optional<base::SimTime> start, std::optional<base::SimTime> end, double gpus) {
    const std::string& list = cell(nodes_);
    if (blank(list) || list == "None assigned") return true;
    const auto names = expand_host_list(list);
    if (!names) {
      sink_.finding(Finding::kBroken, job.line, fmt::format("no list of nodes: '{}'", list.substr(0, 60)));
      return false;
    }
    for (const auto& name : *names) {
      if (machines_.contains(name)) continue;
      const double ran_s = ran_us ? static_cast<double>(*ran_us) * 1e-6
                           : end  ? (*end - *start).to_seconds()
                                  : std::numeric_limits<double>::quiet_NaN();
      sink_.finding(Finding::kMissingMachine, job.line, fmt::format("job {} on '{}'", job.id, name),
                    gpus * ran_s);
      return false;
    }
    return true;
  }

  JobSink& sink_;
  std::unordered_set<std::string> machines_;
  std::optional<Header> header_;
  char separator_ = '|';
  bool trailing_ = false;
  CsvCells csv_;
  std::vector<std::string> cells_;
  std::size_t id_ = 0, submit_ = 0, eligible_ = 0, start_ = 0, end_ = 0, tres_ = 0, user_ = 0, limit_ = 0,
              limit_minutes_ = 0, asked_tres_ = 0, priority_ = 0, nodes_ = 0, state_ = 0, elapsed_s_ = 0,
              elapsed_ = 0, suspended_ = 0, cluster_ = 0;
};

}  // namespace

std::unique_ptr<JobFormat> slurm_format(JobSink& sink) { return std::make_unique<Slurm>(sink); }

}  // namespace gigawatt::logs

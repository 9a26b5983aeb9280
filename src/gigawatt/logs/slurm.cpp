// sacct --parsable2 (or --parsable, with a '|' at the end of each line).
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

bool unknown(std::string_view text) {
  return text.empty() || text == "Unknown" || text == "None" || text == "N/A";
}

/// GPUs in "billing=8,cpu=64,gres/gpu:a100=8,gres/gpu=8,mem=500G,node=1"; nothing where a number is malformed.
std::optional<double> gpus_of(std::string_view tres) {
  double total = 0;
  double typed = 0;
  std::vector<std::string> parts;
  split_plain(tres, ',', parts);
  for (const std::string& part : parts) {
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

class Slurm : public JobFormat {
 public:
  explicit Slurm(JobSink& sink) : sink_(sink) {
    for (const auto& name : sink.options().machines) machines_.insert(name);
  }

  std::optional<std::string> line(std::uint32_t number, const std::string& text) override {
    split_plain(text, '|', cells_);
    if (!header_) return read_header();
    ++sink_.list().quality.lines;
    if (trailing_ && cells_.size() == header_->size() + 1 && cells_.back().empty()) cells_.pop_back();
    if (sink_.complete(number, cells_.size(), header_->size())) record(number);
    return std::nullopt;
  }

 private:
  std::optional<std::string> read_header() {
    trailing_ = cells_.back().empty();
    if (trailing_) cells_.pop_back();
    header_.emplace(cells_);
    if (auto problem = header_->missing("slurm", {"JobID", "Submit", "Start", "End"})) return problem;
    id_ = header_->find("JobID");
    submit_ = header_->find("Submit");
    start_ = header_->find("Start");
    end_ = header_->find("End");
    tres_ = header_->find("AllocTRES");
    if (tres_ == std::string::npos) tres_ = header_->find("ReqTRES");
    if (tres_ == std::string::npos)
      return "a slurm log needs the column AllocTRES or ReqTRES: without it the number of GPUs would be a "
             "guess. "
             "Ask for it: sacct --parsable2 "
             "--format=JobID,User,Submit,Start,End,Timelimit,AllocTRES,NodeList,State";
    user_ = header_->find("User");
    limit_ = header_->find("Timelimit");
    limit_minutes_ = header_->find("TimelimitRaw");
    priority_ = header_->find("Priority");
    nodes_ = header_->find("NodeList");
    state_ = header_->find("State");
    return std::nullopt;
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
      return sink_.finding(Finding::kPart, number, fmt::format("step {}", job.id));
    const auto submit = timestamp(cell(submit_));
    if (!submit) return broken("Submit is no date", cell(submit_));
    job.submit = *submit;
    std::optional<base::SimTime> start, end;
    if (!unknown(cell(start_)) && !(start = timestamp(cell(start_))))
      return broken("Start is no date", cell(start_));
    if (!unknown(cell(end_)) && !(end = timestamp(cell(end_)))) return broken("End is no date", cell(end_));
    if (cell(state_).starts_with("RUNNING")) end.reset();
    if (cell(state_).starts_with("PENDING")) start.reset();
    if (!limit(job)) return broken("no time limit", cell(limit_));
    if (const std::string& p = cell(priority_); !p.empty()) {
      const auto value = whole(p);
      if (!value) return broken("Priority is no number", p);
      job.priority = static_cast<std::int32_t>(std::clamp<std::int64_t>(*value, INT32_MIN, INT32_MAX));
    }
    job.account = sink_.account(cell(user_));
    // A job that never started holds nothing: its empty AllocTRES is no finding of its own.
    if (!start) return sink_.finding(Finding::kNotRun, number, fmt::format("job {}", job.id));
    const auto gpus = gpus_of(cell(tres_));
    if (!gpus) return broken("no number of GPUs", cell(tres_));
    if (!machines_.empty() && !known_machines(job)) return;
    if (sink_.set_units(job, *gpus)) sink_.add(std::move(job), start, end);
  }

  bool limit(LoggedJob& job) const {
    if (const std::string& minutes = cell(limit_minutes_); !minutes.empty()) {
      const auto value = logs::number(minutes);
      if (value && *value >= 0 && *value < 1e9) job.estimate_us = static_cast<std::int64_t>(*value * 60e6);
      return value.has_value() || minutes == "UNLIMITED" || minutes == "Partition_Limit";
    }
    const std::string& text = cell(limit_);
    if (unknown(text) || text == "UNLIMITED" || text == "Partition_Limit") return true;
    const auto us = slurm_duration_us(text);
    if (us) job.estimate_us = *us;
    return us.has_value();
  }

  bool known_machines(const LoggedJob& job) {
    const std::string& list = cell(nodes_);
    if (list.empty() || list == "None assigned") return true;
    const auto names = expand_host_list(list);
    if (!names) {
      sink_.finding(Finding::kBroken, job.line, fmt::format("no list of nodes: '{}'", list.substr(0, 60)));
      return false;
    }
    for (const auto& name : *names) {
      if (machines_.contains(name)) continue;
      sink_.finding(Finding::kMissingMachine, job.line, fmt::format("job {} on '{}'", job.id, name));
      return false;
    }
    return true;
  }

  JobSink& sink_;
  std::unordered_set<std::string> machines_;
  std::optional<Header> header_;
  bool trailing_ = false;
  std::vector<std::string> cells_;
  std::size_t id_ = 0, submit_ = 0, start_ = 0, end_ = 0, tres_ = 0, user_ = 0, limit_ = 0,
              limit_minutes_ = 0, priority_ = 0, nodes_ = 0, state_ = 0;
};

}  // namespace

std::optional<std::vector<std::string>> expand_host_list(std::string_view list, std::size_t most) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t end = list.find_first_of(",[");
    const std::string prefix(list.substr(0, end));
    if (end == std::string_view::npos || list[end] == ',') {
      if (prefix.empty()) return std::nullopt;
      names.push_back(prefix);
      list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
      if (end != std::string_view::npos && list.empty()) return std::nullopt;
      continue;
    }
    const std::size_t close = list.find(']', end);
    if (close == std::string_view::npos) return std::nullopt;
    std::vector<std::string> ranges;
    split_plain(list.substr(end + 1, close - end - 1), ',', ranges);
    list.remove_prefix(close + 1);
    const std::size_t comma = list.find(',');
    const std::string suffix(list.substr(0, comma));
    if (suffix.find_first_of("[]") != std::string::npos) return std::nullopt;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    for (const std::string& range : ranges) {
      const std::size_t dash = range.find('-');
      const std::string from = range.substr(0, dash);
      const std::string to = dash == std::string::npos ? from : range.substr(dash + 1);
      const auto first = whole(from);
      const auto last = whole(to);
      if (!first || !last || *first < 0 || *last < *first || static_cast<std::size_t>(*last - *first) >= most)
        return std::nullopt;
      for (std::int64_t i = *first; i <= *last; ++i)
        names.push_back(fmt::format("{}{:0{}}{}", prefix, i, from.size(), suffix));
      if (names.size() > most) return std::nullopt;
    }
  }
  return names;
}

std::unique_ptr<JobFormat> slurm_format(JobSink& sink) { return std::make_unique<Slurm>(sink); }

}  // namespace gigawatt::logs

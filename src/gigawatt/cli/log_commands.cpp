#include "gigawatt/cli/log_commands.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/interrupt.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/logs/read_jobs.h"
#include "gigawatt/report/replay.h"
#include "gigawatt/trace/trace.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::cli {
namespace {

constexpr std::int64_t kMostUnits = 1'000'000'000;
constexpr std::size_t kMostNodeBytes = 64u << 20;

std::string format_list() { return fmt::format("{}", fmt::join(logs::kJobFormats, ", ")); }

CLI::Validator known_format() {
  return CLI::IsMember(std::vector<std::string>(logs::kJobFormats.begin(), logs::kJobFormats.end()));
}

logs::JobList read(const std::string& file, logs::ReadOptions options) {
  auto list = logs::read_jobs(file, options);
  if (!list) throw InputError(list.error());
  return std::move(*list);
}

std::vector<std::string> read_nodes(const std::string& file) {
  const auto text = config::read_text_file(file, kMostNodeBytes);
  if (!text) throw InputError(base::Diagnostics{text.error()});
  std::vector<std::string> names;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const auto more = logs::expand_host_list(line);
    if (!more)
      throw InputError(
          fmt::format("{}: '{}' is no list of nodes such as n[01-99]", file, line.substr(0, 60)));
    names.insert(names.end(), more->begin(), more->end());
  }
  if (names.empty()) throw InputError(fmt::format("{}: names no nodes", file));
  return names;
}

std::vector<std::int64_t> read_levels(const std::string& text) {
  std::vector<std::int64_t> levels;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    std::int64_t size = 0;
    if (!CLI::detail::lexical_cast(part, size) || size <= 0 || size > kMostUnits)
      throw InputError(
          fmt::format("--topology {}: '{}' is no number of GPUs; such as 8,1024,8192", text, part));
    levels.push_back(size);
  }
  return levels;
}

/// A row of the schedule and a bar of the timeline for each stretch in which a job ran.
class Recorder {
 public:
  Recorder(const ReplayArguments& a, const logs::JobList& list,
           const std::vector<scheduling::ReplayJob>& jobs)
      : list_(list), jobs_(jobs), gangs_(engine::gangs(list)), single_(a.times == 1), ended_(jobs.size()) {
    if (!a.timeline.empty()) trace_.emplace(timeline_);
    rows_ = !a.out.empty();
    if (rows_) schedule_ = "job,start_s,end_s,units,wait_s\n";
  }

  void operator()(std::uint32_t job, base::SimTime start, base::SimTime end) {
    const scheduling::ReplayJob& j = jobs_[job];
    const logs::LoggedJob& logged = list_.jobs[j.tag];
    const base::SimTime could_start =
        j.after == scheduling::ReplayJob::kNone || ended_[j.after] == base::SimTime{}
            ? j.submit
            : std::max(j.submit, ended_[j.after] + base::Duration{j.think_us});
    ended_[job] = end;
    if (single_ && logged.gang != logs::LoggedJob::kNone) {
      for (const std::uint32_t member : gangs_.at(logged.gang)) {
        const logs::LoggedJob& part = list_.jobs[member];
        row(part.id, part.units, could_start, start, std::min(end, start + base::Duration{part.run_us}));
      }
      return;
    }
    row(single_ ? logged.id : fmt::format("{}", job), j.units, could_start, start, end);
  }

  const std::string& schedule() const { return schedule_; }
  std::string timeline() {
    trace_->close();
    return timeline_.str();
  }

 private:
  void row(const std::string& name, std::int64_t units, base::SimTime submit, base::SimTime start,
           base::SimTime end) {
    if (rows_)
      schedule_ += fmt::format("{},{:.6f},{:.6f},{},{:.6f}\n", config::csv_cell(name),
                               static_cast<double>(start.us) * 1e-6, static_cast<double>(end.us) * 1e-6,
                               units, (start - submit).to_seconds());
    if (!trace_) return;
    // The lowest lane that is free: bars of one lane must not overlap.
    std::int32_t lane = 0;
    while (static_cast<std::size_t>(lane) < lanes_.size() && lanes_[static_cast<std::size_t>(lane)] > start)
      ++lane;
    if (static_cast<std::size_t>(lane) == lanes_.size()) lanes_.push_back(end);
    lanes_[static_cast<std::size_t>(lane)] = end;
    const base::SimTime zero = jobs_.front().submit;
    trace_->span({0, lane}, fmt::format("{} ({})", name, units), "job", (start - zero).to_seconds(),
                 (end - zero).to_seconds());
  }

  const logs::JobList& list_;
  const std::vector<scheduling::ReplayJob>& jobs_;
  const std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> gangs_;
  const bool single_;                 // one copy of the log: its names are unique
  std::vector<base::SimTime> ended_;  // the last stretch of each job
  bool rows_ = false;
  std::string schedule_;
  std::ostringstream timeline_;
  std::optional<trace::ChromeTrace> trace_;
  std::vector<base::SimTime> lanes_;
};

}  // namespace

double quantity_option(const std::string& option, const std::string& text, const std::string& unit) {
  const auto wanted = units::parse_unit(unit);
  const auto parsed = units::parse_quantity(text);
  if (!parsed)
    throw InputError(fmt::format("{} {}: {}; such as \"12 {}\"", option, text, parsed.error(), unit));
  if (!(parsed->dimension == wanted->dimension) || !(parsed->si >= 0))
    throw InputError(fmt::format("{} {}: not a quantity in {}; such as \"12 {}\"", option, text, unit, unit));
  return parsed->si;
}

std::vector<std::string> log_formats() {
  std::vector<std::string> names;
  for (const auto name : logs::kJobFormats)
    if (name != "jobs") names.emplace_back(name);
  return names;
}

void import_log_options(CLI::App& sub, ImportLogArguments& a) {
  sub.add_option("--out", a.out, "logs: write the jobs as CSV; megatron: a model of its own as TOML");
  sub.add_option("--nodes", a.nodes,
                 "slurm: file with the cluster's node names; jobs on others are left out");
}

void replay_options(CLI::App& sub, ReplayArguments& a) {
  sub.add_option("trace", a.trace, "Job log: what `gigawatt import` writes, or a log that it reads")
      ->required();
  sub.add_option("--format", a.format, format_list() + "; default: by the first line")->check(known_format());
  sub.add_option("--gpus", a.gpus, "GPUs (SWF: processors) of the cluster; default: what the log says")
      ->check(CLI::Range(std::int64_t{1}, kMostUnits));
  std::vector<std::string_view> names;
  for (const auto& policy : scheduling::kPolicies) names.push_back(policy.name);
  sub.add_option("--policy", a.policy, fmt::format("{}", fmt::join(names, ", ")))->capture_default_str();
  sub.add_option("--times", a.times, "Copies of each job")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  sub.add_flag("--exact-estimates", a.exact_estimates,
               "The policy knows the run times, whatever users asked for");
  sub.add_option(
      "--topology", a.topology,
      "Sizes of nested units, such as 72,1152 (scale-up domain, pod): a gang stays in the smallest that "
      "can hold it");
  sub.add_option("--gpu-power", a.gpu_power,
                 "IT power of a GPU at work, with its share of the node, \"1.3 kW\"");
  sub.add_option("--idle-power", a.idle_power, "IT power of a free GPU; default 0");
  sub.add_option("--power-cap", a.power_cap, "IT power that starts must stay below, \"5 MW\"");
  sub.add_option("--signal", a.signal, "CSV (time,value) of a price or carbon intensity");
  sub.add_option("--defer", a.defer, "How long a job may be put off for a better signal, \"12 h\"");
  sub.add_option("--checkpoint-interval", a.checkpoint_interval,
                 "A preempted job keeps what its last checkpoint holds; default: everything");
  sub.add_option("--out", a.out, "Write the schedule as CSV");
  sub.add_option("--timeline", a.timeline, "Write the schedule as a Chrome (Perfetto) trace");
}

int import_log_command(const ImportLogArguments& a, const Common& common, Console& console) {
  if (a.out.empty()) throw InputError(fmt::format("import {} needs --out FILE for the jobs", a.format));
  logs::ReadOptions options{.format = a.format, .machines = {}, .cluster_units = a.gpus};
  if (!a.nodes.empty()) options.machines = read_nodes(a.nodes);
  OutputFile out(a.out);
  const auto list = read(a.file, options);
  std::string text = logs::jobs_csv_header();
  for (const auto& job : list.jobs) text += logs::jobs_csv_row(list, job);
  out.write(text);
  if (common.json) {
    auto document = report::quality_json(list);
    document["out"] = a.out;
    console.print(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  } else {
    console.print(report::quality_text(list));
    console.note(fmt::format("the jobs are in {}", a.out));
  }
  return list.jobs.empty() ? kNo : kDone;
}

int replay_command(const ReplayArguments& a, const Common& common, Console& console) {
  const Interrupt interrupt;
  engine::ReplayQuery query;
  query.units = a.gpus;
  query.policy = a.policy;
  query.times = a.times;
  query.seed = common.seed.value_or(1);
  query.levels = read_levels(a.topology);
  auto& o = query.options;
  o.exact_estimates = a.exact_estimates;
  if (!a.gpu_power.empty()) o.unit_it_w = quantity_option("--gpu-power", a.gpu_power, "W");
  if (!a.idle_power.empty()) o.idle_it_w = quantity_option("--idle-power", a.idle_power, "W");
  if (!a.power_cap.empty()) o.it_cap_w = quantity_option("--power-cap", a.power_cap, "MW");
  if (!a.power_cap.empty() && a.gpu_power.empty())
    throw InputError("--power-cap needs --gpu-power: what a GPU at work draws");
  if (o.idle_it_w > o.unit_it_w) throw InputError("--idle-power is above --gpu-power");
  if (!a.checkpoint_interval.empty())
    o.checkpoint_interval =
        base::Duration::seconds(quantity_option("--checkpoint-interval", a.checkpoint_interval, "min"));
  if (!a.defer.empty()) {
    if (a.signal.empty()) throw InputError("--defer needs --signal: what to wait for");
    o.may_defer = base::Duration::seconds(quantity_option("--defer", a.defer, "h"));
  }
  if (!a.signal.empty()) {
    auto signal = engine::read_signal(a.signal);
    if (!signal) throw InputError(signal.error());
    query.signal = std::move(*signal);
  }
  std::optional<OutputFile> schedule, timeline;
  if (!a.out.empty()) schedule.emplace(a.out);
  if (!a.timeline.empty()) timeline.emplace(a.timeline);

  const auto list = read(a.trace, {.format = a.format, .machines = {}, .cluster_units = 0});
  if (list.jobs.size() * static_cast<std::size_t>(a.times) > std::size_t{200'000'000})
    throw InputError(fmt::format("{} times {} jobs are more than 200 million", a.times, list.jobs.size()));
  const auto jobs = engine::replay_jobs(list, a.times, query.seed);
  Recorder recorder(a, list, jobs);
  if (schedule || timeline)
    o.span = [&](std::uint32_t job, base::SimTime start, base::SimTime end,
                 std::span<const scheduling::Share>) { recorder(job, start, end); };
  o.stop = interrupt.token();
  o.progress = [&console](double done) { console.progress("replay", done); };
  const auto answer = engine::replay_log(list, jobs, query);
  console.end_progress();
  if (!answer) throw InputError(answer.error());
  if (schedule) schedule->write(recorder.schedule());
  if (timeline) timeline->write(recorder.timeline());
  if (common.json)
    console.print(report::replay_json(list, query, *answer)
                      .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                  "\n");
  else
    console.print(report::replay_text(list, query, *answer, console.colour()));
  if (answer->result.stopped) return interrupt.exit_code();
  return answer->result.never_started > 0 || answer->result.jobs == 0 ? kNo : kDone;
}

}  // namespace gigawatt::cli

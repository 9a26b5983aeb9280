#include "gigawatt/ask/commands/replay.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/logs/read_jobs.h"
#include "gigawatt/report/replay.h"
#include "gigawatt/report/replay_schedule.h"

namespace gigawatt::ask {
namespace {

constexpr double kMostUnits = 1e9;
constexpr std::size_t kMostJobs = 200'000'000;

struct ReplayQuestion {
  config::InputText trace, signal;
  std::string format, policy = "easy";
  std::int64_t gpus = 0, times = 1;
  std::vector<std::int64_t> topology;
  bool exact_estimates = false;
  std::optional<double> gpu_power_w, power_cap_w, defer_s;
  double idle_power_w = 0, checkpoint_interval_s = 0;
  config::OutputFile out, timeline;
};

std::string policy_names() {
  std::vector<std::string_view> names;
  for (const auto& policy : scheduling::kPolicies) names.push_back(policy.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

void cluster_fields(config::FieldVisitor& v, ReplayQuestion& q) {
  static const std::string policies = policy_names() + ".";
  v(q.gpus, {.key = "gpus",
             .doc = "GPUs (SWF: processors) of the cluster; 0: what the log says.",
             .min = 0,
             .max = kMostUnits});
  v(q.policy, {.key = "policy", .doc = policies});
  v(q.times, {.key = "times", .doc = "Copies of each job.", .min = 1, .max = 10'000});
  v(q.exact_estimates,
    {.key = "exact_estimates", .doc = "The policy knows the run times, whatever users asked for."});
  v(q.topology,
    {.key = "topology",
     .doc =
         "Sizes of nested units, such as 72,1152 (scale-up domain, pod): a gang stays in the smallest that "
         "can hold it.",
     .min = 1,
     .max = kMostUnits});
}

void power_fields(config::FieldVisitor& v, ReplayQuestion& q) {
  v(q.gpu_power_w, {.key = "gpu_power",
                    .doc = "IT power of a GPU at work, with its share of the node.",
                    .unit = "kW",
                    .min = 0});
  v(q.idle_power_w, {.key = "idle_power", .doc = "IT power of a free GPU.", .unit = "W", .min = 0});
  v(q.power_cap_w,
    {.key = "power_cap", .doc = "IT power that starts must stay below.", .unit = "MW", .min = 0});
  v(q.signal, {.key = "signal", .doc = "CSV (time,value) of a price or carbon intensity."});
  v(q.defer_s,
    {.key = "defer", .doc = "How long a job may be put off for a better signal.", .unit = "h", .min = 0});
  v(q.checkpoint_interval_s, {.key = "checkpoint_interval",
                              .doc = "A preempted job keeps what its last checkpoint holds; 0: everything.",
                              .unit = "min",
                              .min = 0});
}

void fields(config::FieldVisitor& v, ReplayQuestion& q) {
  static const std::string formats =
      fmt::format("{}; default: by the first line.", fmt::join(logs::kJobFormats, ", "));
  v(q.trace, {.key = "trace",
              .doc = "Job log: what `gigawatt import` writes, or a log that it reads.",
              .required = true,
              .positional = true});
  v(q.format, {.key = "format", .doc = formats});
  cluster_fields(v, q);
  power_fields(v, q);
  v(q.out, {.key = "out", .doc = "Write the schedule as CSV."});
  v(q.timeline, {.key = "timeline", .doc = "Write the schedule as a Chrome (Perfetto) trace."});
}

/// What does not go together; a key on its own was judged when it was read.
base::Diagnostics replay_refusals(const ReplayQuestion& q) {
  base::Diagnostics out;
  const auto refuse = [&out](std::string message, std::string hint = {}) {
    out.push_back(base::error("not-together", std::move(message), std::move(hint)));
  };
  if (q.power_cap_w && !q.gpu_power_w) refuse("'power_cap' needs 'gpu_power': what a GPU at work draws");
  if (q.idle_power_w > q.gpu_power_w.value_or(0)) refuse("'idle_power' is above 'gpu_power'");
  if (q.defer_s && !q.signal.given()) refuse("'defer' needs 'signal': what to wait for");
  const std::vector<std::string> formats(logs::kJobFormats.begin(), logs::kJobFormats.end());
  if (!q.format.empty() && std::find(formats.begin(), formats.end(), q.format) == formats.end()) {
    const auto near = base::did_you_mean(q.format, formats);
    out.push_back(
        base::error("unknown-format", fmt::format("unknown format '{}' of job logs", q.format),
                    fmt::format("{}{}{}", fmt::join(formats, ", "), near.empty() ? "" : "; ", near)));
  }
  return out;
}

tl::expected<engine::ReplayQuery, base::Diagnostics> query_of(const ReplayQuestion& q,
                                                              const Context& context) {
  engine::ReplayQuery query;
  query.units = q.gpus;
  query.policy = q.policy;
  query.levels = q.topology;
  query.times = static_cast<int>(q.times);
  query.seed = context.seed.value_or(query.seed);
  auto& o = query.options;
  o.exact_estimates = q.exact_estimates;
  o.unit_it_w = q.gpu_power_w.value_or(0);
  o.idle_it_w = q.idle_power_w;
  o.it_cap_w = q.power_cap_w.value_or(o.it_cap_w);
  o.checkpoint_interval = base::Duration::seconds(q.checkpoint_interval_s);
  o.may_defer = base::Duration::seconds(q.defer_s.value_or(0));
  o.stop = context.stop;
  if (context.progress) o.progress = [&context](double done) { context.progress("replay", done); };
  if (!q.signal.given()) return query;
  auto signal = engine::parse_signal(q.signal.text, q.signal.name);
  if (!signal) return tl::unexpected(signal.error());
  query.signal = std::move(*signal);
  return query;
}

std::optional<No> no(const scheduling::ReplayResult& r) {
  if (r.jobs == 0) return No{"no job ran to its end", ""};
  if (r.never_started == 0) return std::nullopt;
  return No{fmt::format("{} jobs were never started by the policy", r.never_started), ""};
}

Answered answer_replay(const ReplayQuestion& q, const Context& context) {
  if (auto problems = replay_refusals(q); !problems.empty()) return tl::unexpected(std::move(problems));
  auto query = query_of(q, context);
  if (!query) return tl::unexpected(query.error());
  logs::ReadOptions how{.format = q.format, .machines = {}};
  auto read = logs::parse_jobs(q.trace.text, q.trace.name, how);
  if (read && read->cluster_units > 0 && q.gpus > read->cluster_units) {
    how.cluster_units =
        q.gpus;  // a larger cluster than the log's has room for jobs that were too large for that
    read = logs::parse_jobs(q.trace.text, q.trace.name, how);
  }
  if (!read) return tl::unexpected(read.error());
  const auto list = std::make_shared<const logs::JobList>(std::move(*read));
  if (list->jobs.size() * static_cast<std::size_t>(q.times) > kMostJobs)
    return tl::unexpected(base::Diagnostics{
        base::error("too-many", fmt::format("{} times {} jobs are more than {} million", q.times,
                                            list->jobs.size(), kMostJobs / 1'000'000))});
  const auto jobs = engine::replay_jobs(*list, query->times, query->seed);
  report::ReplaySchedule schedule(*list, jobs, query->times, {q.out.given(), q.timeline.given()});
  if (q.out.given() || q.timeline.given())
    query->options.span = [&schedule](std::uint32_t job, base::SimTime start, base::SimTime end,
                                      std::span<const scheduling::Share>) { schedule.ran(job, start, end); };
  const auto found = engine::replay_log(*list, jobs, *query);
  if (!found) return tl::unexpected(found.error());
  query->options.span = nullptr;
  query->options.progress = nullptr;
  Answer out;
  out.json = report::replay_json(*list, *query, *found);
  out.text = [list, query = *query, found = *found](bool color) {
    return report::replay_text(*list, query, found, color);
  };
  if (q.out.given()) out.files["out"] = schedule.take_rows();
  if (q.timeline.given()) out.files["timeline"] = schedule.timeline();
  if (const auto cut = schedule.not_drawn(); cut > 0)
    out.notes.push_back(fmt::format("the timeline is cut: the last {} stretches are not drawn", cut));
  out.interrupted = found->result.stopped;
  if (!out.interrupted) out.no = no(found->result);
  return out;
}

}  // namespace

Command replay() {
  return make_command<answer_replay>(
      {.name = "replay",
       .summary = "Run a job log on a cluster under a scheduling policy",
       .answer = "jobs, wait_s, utilization, energy, what was left out of the log",
       .draws = true,
       .constants = false});
}

}  // namespace gigawatt::ask

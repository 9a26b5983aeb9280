#include "gigawatt/engine/replay.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/random.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/logs/timestamp.h"

namespace gigawatt::engine {
namespace {

constexpr std::int64_t kCopyWithin_us = 3'600'000'000;

tl::unexpected<base::Diagnostics> no_replay(std::string message, std::string hint = {}) {
  return tl::unexpected(base::Diagnostics{base::error("bad-replay", std::move(message), std::move(hint))});
}

std::string policy_names() {
  std::vector<std::string_view> names;
  for (const auto& policy : scheduling::kPolicies) names.push_back(policy.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::optional<double> logged_wait_s(const logs::JobList& list) {
  double sum = 0;
  std::uint64_t known = 0;
  for (const auto& job : list.jobs)
    if (job.wait_us >= 0) {
      sum += static_cast<double>(job.wait_us) * 1e-6;
      ++known;
    }
  return known == 0 ? std::nullopt : std::optional(sum / static_cast<double>(known));
}

}  // namespace

std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> gangs(const logs::JobList& list) {
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> out;
  for (std::uint32_t i = 0; i < list.jobs.size(); ++i)
    if (list.jobs[i].gang != logs::LoggedJob::kNone) out[list.jobs[i].gang].push_back(i);
  return out;
}

namespace {

/// One copy of the log; `after` is the index of a logged job still. Components of a gang are one job.
std::vector<scheduling::ReplayJob> one_copy(const logs::JobList& list) {
  using logs::LoggedJob;
  using scheduling::ReplayJob;
  const bool limits =
      std::any_of(list.jobs.begin(), list.jobs.end(), [](const auto& j) { return j.estimate_us > 0; });
  std::vector<ReplayJob> jobs;
  jobs.reserve(list.jobs.size());
  std::unordered_map<std::uint32_t, std::size_t> leader;  // of a gang, in `jobs`
  for (std::uint32_t i = 0; i < list.jobs.size(); ++i) {
    const LoggedJob& job = list.jobs[i];
    const std::int64_t estimate_us =
        job.estimate_us > 0 ? job.estimate_us : (limits ? ReplayJob::kNoLimit_us : std::int64_t{0});
    if (job.gang != LoggedJob::kNone) {
      const auto [found, first] = leader.try_emplace(job.gang, jobs.size());
      if (!first) {
        ReplayJob& gang = jobs[found->second];
        gang.units += job.units;
        gang.run_us = std::max(gang.run_us, job.run_us);
        gang.estimate_us = std::max(gang.estimate_us, estimate_us);
        gang.submit = std::max(gang.submit, job.submit + base::Duration{job.held_us});
        continue;
      }
    }
    // What waits for another job is held for as long as that takes in the replay.
    const bool waits = job.after != LoggedJob::kNone;
    jobs.push_back({.submit = waits ? job.submit : job.submit + base::Duration{job.held_us},
                    .run_us = job.run_us,
                    .estimate_us = estimate_us,
                    .units = job.units,
                    .think_us = job.think_us,
                    .priority = job.priority,
                    .account = job.account,
                    .after = job.after,
                    .tag = i});
  }
  return jobs;
}

/// In the order of their submissions, `after` by index in that order; one that would come first is dropped.
std::vector<scheduling::ReplayJob> in_order(std::vector<scheduling::ReplayJob> jobs) {
  using scheduling::ReplayJob;
  std::vector<std::uint32_t> order(jobs.size()), place(jobs.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return jobs[a].submit < jobs[b].submit; });
  for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<ReplayJob> sorted;
  sorted.reserve(jobs.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    sorted.push_back(jobs[order[i]]);
    std::uint32_t& after = sorted.back().after;
    if (after == ReplayJob::kNone) continue;
    after = place[after];
    if (after >= i) after = ReplayJob::kNone;
  }
  return sorted;
}

}  // namespace

std::vector<scheduling::ReplayJob> replay_jobs(const logs::JobList& list, int times, std::uint64_t seed) {
  using scheduling::ReplayJob;
  const auto base = one_copy(list);
  std::vector<std::uint32_t> of_logged(list.jobs.size(), ReplayJob::kNone);
  for (std::uint32_t i = 0; i < base.size(); ++i) of_logged[base[i].tag] = i;
  std::vector<ReplayJob> jobs;
  jobs.reserve(base.size() * static_cast<std::size_t>(times));
  const auto accounts = static_cast<std::uint32_t>(list.accounts.size());
  for (int copy = 0; copy < times; ++copy) {
    random::Stream stream(seed, random::Domain::kArrival, static_cast<std::uint64_t>(copy));
    const auto first = static_cast<std::uint32_t>(jobs.size());
    for (ReplayJob job : base) {
      const auto shift_us = copy == 0 ? 0 : static_cast<std::int64_t>(stream.below(kCopyWithin_us));
      job.submit = job.submit + base::Duration{shift_us};
      job.account += static_cast<std::uint32_t>(copy) * accounts;
      if (job.after != ReplayJob::kNone) {
        const std::uint32_t before = of_logged[job.after];
        job.after = before == ReplayJob::kNone ? ReplayJob::kNone : first + before;
      }
      jobs.push_back(job);
    }
  }
  return in_order(std::move(jobs));
}

namespace {

void say_limits(const logs::JobList& list, const ReplayQuery& query, bool overtakes, ReplayAnswer& answer) {
  if (query.options.exact_estimates) return;
  const auto limited = static_cast<std::size_t>(
      std::count_if(list.jobs.begin(), list.jobs.end(), [](const auto& job) { return job.estimate_us > 0; }));
  if (limited == 0 && overtakes)
    answer.notes.emplace_back("the log has no time limits: the policy knows the run times");
  if (limited > 0 && limited < list.jobs.size())
    answer.notes.push_back(
        fmt::format("{} of {} jobs have no time limit: the policy takes them to run without end",
                    list.jobs.size() - limited, list.jobs.size()));
}

/// A signal is constant outside of its steps: what that decides has to be said.
std::optional<std::string> check_signal(const std::vector<scheduling::ReplayJob>& jobs,
                                        const scheduling::Signal& signal, const ReplayQuery& query,
                                        ReplayAnswer& answer) {
  std::uint64_t outside = 0;
  base::SimTime last = jobs.front().submit;
  for (const auto& job : jobs) {
    const base::SimTime end = job.submit + query.options.may_defer + base::Duration{job.run_us};
    last = std::max(last, job.submit + base::Duration{job.run_us});
    if (job.submit < signal.from() || end > signal.to()) ++outside;
  }
  const base::SimTime first = jobs.front().submit;
  const double span_s = std::max((last - first).to_seconds(), 1e-6);
  const double covered_s =
      std::max(0.0, (std::min(last, signal.to()) - std::max(first, signal.from())).to_seconds());
  answer.outside_signal = outside;
  answer.signal_share = covered_s / span_s;
  if (outside == 0) return std::nullopt;
  const std::string covers = fmt::format(
      "the signal covers {} to {}, the log {} to {}", base::to_iso_datetime(signal.from()),
      base::to_iso_datetime(signal.to()), base::to_iso_datetime(first), base::to_iso_datetime(last));
  if (signal.to() <= first || signal.from() >= last) return covers + ": they do not meet";
  answer.notes.push_back(
      fmt::format("{} ({:.1f} of {:.1f} days): {} of {} jobs may fall outside, where it is taken for "
                  "constant",
                  covers, covered_s / 86'400, span_s / 86'400, outside, jobs.size()));
  return std::nullopt;
}

void say_dependencies(const logs::JobList& list, ReplayAnswer& answer) {
  const auto waits = std::count_if(list.jobs.begin(), list.jobs.end(),
                                   [](const auto& job) { return job.after != logs::LoggedJob::kNone; });
  if (waits > 0) answer.notes.push_back(fmt::format("{} jobs wait for another to end", waits));
  if (const auto together = gangs(list); !together.empty()) {
    std::size_t components = 0;
    for (const auto& [gang, members] : together) components += members.size();
    answer.notes.push_back(
        fmt::format("{} components of {} heterogeneous jobs start together", components, together.size()));
  }
}

}  // namespace

tl::expected<ReplayAnswer, base::Diagnostics> replay_log(const logs::JobList& list,
                                                         const std::vector<scheduling::ReplayJob>& jobs,
                                                         const ReplayQuery& query) {
  const auto* policy = scheduling::find_policy(query.policy);
  if (policy == nullptr && query.own == nullptr) {
    std::vector<std::string> names;
    for (const auto& p : scheduling::kPolicies) names.emplace_back(p.name);
    const std::string near = base::did_you_mean(query.policy, names);
    return no_replay(fmt::format("there is no policy '{}'{}", query.policy, near.empty() ? "" : "; " + near),
                     "policies: " + policy_names());
  }
  ReplayAnswer answer;
  answer.units = query.units > 0 ? query.units : list.cluster_units;
  if (answer.units <= 0)
    return no_replay(fmt::format("the log does not say how many {}s the cluster has", list.unit),
                     "give --gpus N");
  if (list.jobs.empty()) return no_replay("the log holds no job that ran");
  const scheduling::PolicySpec spec = query.own == nullptr ? policy->spec : scheduling::PolicySpec{};
  const bool conservative = spec.overtaking == scheduling::Overtaking::kConservative;
  if (conservative && (!query.levels.empty() || query.signal || query.options.it_cap_w < 1e300))
    return no_replay(
        "conservative backfill plans on counts alone: not with a topology, a power cap or a signal",
        "use easy");
  for (std::size_t i = 0; i < query.levels.size(); ++i)
    if (query.levels[i] <= 0 ||
        (i > 0 && (query.levels[i] % query.levels[i - 1] != 0 || query.levels[i] == query.levels[i - 1])))
      return no_replay(fmt::format("a topology of {}: each unit must be a multiple of the one before",
                                   fmt::join(query.levels, ",")),
                       "such as 8,1024,8192");
  scheduling::ReplayOptions options = query.options;
  options.cluster = {.units = answer.units, .levels = query.levels};
  options.signal = query.signal ? &*query.signal : nullptr;
  const double idle_w = static_cast<double>(answer.units) * options.idle_it_w;
  if (idle_w + options.unit_it_w - options.idle_it_w > options.it_cap_w)
    return no_replay(fmt::format("the power cap of {:g} kW lets no job run: {} idle {}s draw {:g} kW",
                                 options.it_cap_w / 1e3, answer.units, list.unit, idle_w / 1e3));
  if (query.signal)
    if (auto problem = check_signal(jobs, *query.signal, query, answer))
      return no_replay(std::move(*problem), "give a signal over the time of the log");
  const auto chosen = scheduling::make_policy(spec);
  answer.result = scheduling::replay(jobs, query.own != nullptr ? *query.own : *chosen, options);
  for (std::uint32_t& job : answer.result.too_large_first) job = jobs[job].tag;
  for (std::uint32_t& job : answer.result.never_started_first) job = jobs[job].tag;
  answer.logged_wait_mean_s = logged_wait_s(list);
  say_limits(list, query, query.own != nullptr || spec.overtaking != scheduling::Overtaking::kNone, answer);
  say_dependencies(list, answer);
  return answer;
}

tl::expected<scheduling::Signal, base::Diagnostics> parse_signal(std::string_view text,
                                                                 const std::string& name) {
  const auto table = config::parse_csv(text, name);
  if (!table) return tl::unexpected(base::Diagnostics{table.error()});
  if (table->column("time") < 0 || table->column("value") < 0)
    return no_replay(fmt::format("{}: a signal has the columns time and value", name));
  std::vector<scheduling::SignalStep> steps;
  for (std::size_t i = 0; i < table->rows.size(); ++i) {
    const auto time = logs::timestamp(table->cell(i, "time"));
    const auto value = logs::number(table->cell(i, "value"));
    if (!time || !value)
      return no_replay(fmt::format("{}: record {}: '{}', '{}' are no time and value", name, i + 2,
                                   table->cell(i, "time"), table->cell(i, "value")));
    if (!steps.empty() && *time <= steps.back().from)
      return no_replay(fmt::format("{}: record {}: not after the one before", name, i + 2));
    steps.push_back({*time, *value});
  }
  if (steps.empty()) return no_replay(fmt::format("{}: no values", name));
  return scheduling::Signal(std::move(steps));
}

}  // namespace gigawatt::engine

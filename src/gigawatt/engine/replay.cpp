#include "gigawatt/engine/replay.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/random.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/logs/timestamp.h"

namespace gigawatt::engine {
namespace {

constexpr std::int64_t kCopyWithin_us = 3'600'000'000;

tl::unexpected<base::Diagnostics> fail(std::string message, std::string hint = {}) {
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

std::vector<scheduling::ReplayJob> replay_jobs(const logs::JobList& list, int times, std::uint64_t seed) {
  std::vector<scheduling::ReplayJob> jobs;
  jobs.reserve(list.jobs.size() * static_cast<std::size_t>(times));
  const auto accounts = static_cast<std::uint32_t>(list.accounts.size());
  for (int copy = 0; copy < times; ++copy) {
    random::Stream stream(seed, random::Domain::kArrival, static_cast<std::uint64_t>(copy));
    for (const auto& job : list.jobs) {
      const auto shift_us = copy == 0 ? 0 : static_cast<std::int64_t>(stream.below(kCopyWithin_us));
      jobs.push_back({.submit = job.submit + base::Duration{shift_us},
                      .run_us = job.run_us,
                      .estimate_us = job.estimate_us,
                      .units = job.units,
                      .priority = job.priority,
                      .account = job.account + static_cast<std::uint32_t>(copy) * accounts});
    }
  }
  if (times > 1)
    std::stable_sort(jobs.begin(), jobs.end(),
                     [](const auto& a, const auto& b) { return a.submit < b.submit; });
  return jobs;
}

tl::expected<ReplayAnswer, base::Diagnostics> replay_log(const logs::JobList& list,
                                                         const std::vector<scheduling::ReplayJob>& jobs,
                                                         const ReplayQuery& query) {
  const auto* policy = scheduling::find_policy(query.policy);
  if (policy == nullptr) {
    std::vector<std::string> names;
    for (const auto& p : scheduling::kPolicies) names.emplace_back(p.name);
    const std::string near = base::did_you_mean(query.policy, names);
    return fail(fmt::format("there is no policy '{}'{}", query.policy, near.empty() ? "" : "; " + near),
                "policies: " + policy_names());
  }
  ReplayAnswer answer;
  answer.units = query.units > 0 ? query.units : list.cluster_units;
  if (answer.units <= 0)
    return fail(fmt::format("the log does not say how many {}s the cluster has", list.unit), "give --gpus N");
  if (list.jobs.empty()) return fail("the log holds no job that ran");
  const bool conservative = policy->spec.overtaking == scheduling::Overtaking::kConservative;
  if (conservative && (!query.levels.empty() || query.signal || query.options.it_cap_w < 1e300))
    return fail("conservative backfill plans on counts alone: not with a topology, a power cap or a signal",
                "use easy");
  for (std::size_t i = 0; i < query.levels.size(); ++i)
    if (query.levels[i] <= 0 ||
        (i > 0 && (query.levels[i] % query.levels[i - 1] != 0 || query.levels[i] == query.levels[i - 1])))
      return fail(fmt::format("a topology of {}: each unit must be a multiple of the one before",
                              fmt::join(query.levels, ",")),
                  "such as 8,1024,8192");
  scheduling::ReplayOptions options = query.options;
  options.cluster = {.units = answer.units, .levels = query.levels};
  options.signal = query.signal ? &*query.signal : nullptr;
  const double idle_w = static_cast<double>(answer.units) * options.idle_it_w;
  if (idle_w + options.unit_it_w - options.idle_it_w > options.it_cap_w)
    return fail(fmt::format("the power cap of {:g} kW lets no job run: {} idle {}s draw {:g} kW",
                            options.it_cap_w / 1e3, answer.units, list.unit, idle_w / 1e3));
  const auto chosen = scheduling::make_policy(policy->spec);
  answer.result = scheduling::replay(jobs, *chosen, options);
  answer.logged_wait_mean_s = logged_wait_s(list);
  const auto estimates =
      std::count_if(list.jobs.begin(), list.jobs.end(), [](const auto& job) { return job.estimate_us > 0; });
  if (policy->spec.overtaking != scheduling::Overtaking::kNone && !options.exact_estimates && estimates == 0)
    answer.notes.emplace_back("the log has no time limits: the policy knows the run times");
  return answer;
}

tl::expected<scheduling::Signal, base::Diagnostics> read_signal(const std::string& file) {
  const auto table = config::read_csv(file);
  if (!table) return tl::unexpected(base::Diagnostics{table.error()});
  if (table->column("time") < 0 || table->column("value") < 0)
    return fail(fmt::format("{}: a signal has the columns time and value", file));
  std::vector<scheduling::SignalStep> steps;
  for (std::size_t i = 0; i < table->rows.size(); ++i) {
    const auto time = logs::timestamp(table->cell(i, "time"));
    const auto value = logs::number(table->cell(i, "value"));
    if (!time || !value)
      return fail(fmt::format("{}: record {}: '{}', '{}' are no time and value", file, i + 2,
                              table->cell(i, "time"), table->cell(i, "value")));
    if (!steps.empty() && *time <= steps.back().from)
      return fail(fmt::format("{}: record {}: not after the one before", file, i + 2));
    steps.push_back({*time, *value});
  }
  if (steps.empty()) return fail(fmt::format("{}: no values", file));
  return scheduling::Signal(std::move(steps));
}

}  // namespace gigawatt::engine

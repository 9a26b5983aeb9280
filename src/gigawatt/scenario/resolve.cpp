#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/scenario/resolver.h"

namespace gigawatt::scenario {

void Resolver::unknown(const std::string& path, std::string_view what, std::string_view name,
                       const std::vector<std::string>& known) {
  if (problems_.full()) return;
  std::string hint = base::did_you_mean(name, known);
  if (hint.empty()) {
    constexpr std::size_t kListed = 12;
    for (std::size_t i = 0; i < std::min(known.size(), kListed); ++i)
      hint += (i == 0 ? "known: " : ", ") + known[i];
    if (known.size() > kListed) hint += ", ...";
    if (known.empty()) hint = fmt::format("there is no {} to name", what);
  }
  problems_.error(path, "unknown-name", fmt::format("unknown {} '{}'", what, name.substr(0, 80)),
                  std::move(hint));
}

void Resolver::not_found(const std::string& path, const catalog::NotFound& missing) {
  std::string hint;
  for (const auto& name : missing.nearest) hint += (hint.empty() ? "did you mean '" : "' or '") + name;
  hint += hint.empty() ? "'gigawatt catalog list' names them all" : "'?";
  problems_.error(path, "unknown-name",
                  fmt::format("the catalogue has no {} '{}'", missing.kind, missing.name.substr(0, 80)),
                  std::move(hint));
}

SystemId Resolver::system(std::string& name, const std::string& path) {
  const auto found = catalog_.system(name);
  if (!found) {
    not_found(path, found.error());
    return {};
  }
  name = (*found)->name;
  const auto at = std::find(s_.systems.begin(), s_.systems.end(), name);
  if (at == s_.systems.end()) s_.systems.push_back(name);
  return SystemId(
      static_cast<std::uint32_t>(std::find(s_.systems.begin(), s_.systems.end(), name) - s_.systems.begin()));
}

ModelId Resolver::model(std::string& name, const std::string& path) {
  const auto found = catalog_.model(name);
  if (!found) {
    not_found(path, found.error());
    return {};
  }
  name = (*found)->name;
  const auto at = std::find(s_.models.begin(), s_.models.end(), name);
  if (at == s_.models.end()) s_.models.push_back(name);
  return ModelId(
      static_cast<std::uint32_t>(std::find(s_.models.begin(), s_.models.end(), name) - s_.models.begin()));
}

const catalog::System* Resolver::system_of(SystemId id) const {
  return id.valid() ? catalog_.system(s_.systems[id.index()]).value_or(nullptr) : nullptr;
}

std::vector<std::string> Resolver::site_names() const {
  std::vector<std::string> names;
  for (const auto& site : s_.sites) names.push_back(site.name);
  return names;
}

SiteId Resolver::site(const std::string& name, const std::string& path) {
  if (site_ids_.empty())
    for (std::size_t i = 0; i < s_.sites.size(); ++i)
      site_ids_.try_emplace(s_.sites[i].name, static_cast<std::uint32_t>(i));
  if (const auto known = site_ids_.find(name); known != site_ids_.end()) return known->second;
  if (!name.empty() && !problems_.full() && !(s_.sites.empty() && problems_.refused("site")))
    unknown(path, "site", name, site_names());
  return {};
}

void Resolver::once(std::set<std::string>& seen, const std::string& name, const std::string& path,
                    std::string_view what) {
  if (!name.empty() && !seen.insert(name).second)
    problems_.error(path, "duplicate-name", fmt::format("{} '{}'", what, name));
}

void Resolver::holds(SiteId site, SystemId system, std::int64_t accelerators) {
  if (site.valid() && system.valid()) capacity_[{site, system}] += accelerators;
}

void Resolver::source_and_reason(bool assumed, const std::string& reason, const std::string& path) {
  if (assumed && reason.empty())
    problems_.error(path + ".assumed", "no-reason", fmt::format("'{}' is assumed, but gives no reason", path),
                    "say in 'reason' why it is assumed so");
}

void Resolver::period_and_budget() {
  const bool bad_character =
      s_.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
      std::string::npos;
  if (bad_character)
    problems_.error(
        "name", "bad-name",
        fmt::format("the name '{}' has other characters than letters, digits, dashes, dots and underscores",
                    s_.name));
  if (s_.title.empty()) s_.title = s_.name;
  if (problems_.given("start") && problems_.given("end") && s_.end <= s_.start)
    problems_.error("end", "out-of-order",
                    fmt::format("the end ({}) is not after the start ({})", base::to_iso_date(s_.end),
                                base::to_iso_date(s_.start)));
  std::set<std::int64_t> years;
  for (std::size_t i = 0; i < s_.budget.size(); ++i) {
    const BudgetYear& b = s_.budget[i];
    const std::string path = fmt::format("budget[{}]", i);
    if (!years.insert(b.year).second)
      problems_.error(path + ".year", "duplicate-name", fmt::format("two budgets for {}", b.year));
    source_and_reason(b.assumed, b.reason, path);
    if (b.low && b.high && *b.high < *b.low)
      problems_.error(path + ".high", "out-of-order", fmt::format("'{}.high' is below 'low'", path));
    double sum = 0;
    const std::vector<std::string> categories = {"accelerators",  "servers", "network",   "shell",
                                                 "power_cooling", "land",    "generation"};
    for (const auto& [name, share] : b.shares) {
      sum += share;
      if (std::find(categories.begin(), categories.end(), name) == categories.end())
        unknown(fmt::format("{}.shares.{}", path, name), "category", name, categories);
    }
    if (sum > 1 + 1e-9)
      problems_.error(path + ".shares", "out-of-range",
                      fmt::format("the shares of {} sum to {:.4g}%", b.year, sum * 100), "at most 100%");
  }
  for (std::size_t i = 0; i < s_.other_capex.size(); ++i) {
    const OtherCapex& c = s_.other_capex[i];
    const std::string path = fmt::format("other_capex[{}]", i);
    source_and_reason(c.assumed, c.reason, path);
    if (c.low && *c.low > c.capex)
      problems_.error(path + ".low", "out-of-order", fmt::format("'{}.low' is above 'capex'", path));
    if (c.high && *c.high < c.capex)
      problems_.error(path + ".high", "out-of-order", fmt::format("'{}.high' is below 'capex'", path));
  }
}

void Resolver::settings() {
  if (s_.checkpoint.policy == IntervalPolicy::kFixed && s_.checkpoint.interval.si() <= 0)
    problems_.error("checkpoint", "missing-key", "'checkpoint' is fixed, but gives no interval",
                    "e.g. interval = \"30 min\"");
  FailureSettings& f = s_.failures;
  const auto profile = catalog_.failures(f.profile.empty() ? "default" : f.profile);
  if (!profile) {
    not_found("failures.profile", profile.error());
  } else {
    f.profile = (*profile)->name;
    std::vector<std::string> components;
    for (const auto& cause : (*profile)->causes)
      if (std::find(components.begin(), components.end(), cause.component) == components.end())
        components.push_back(cause.component);
    for (const auto& [name, time] : f.mttf)
      if (std::find(components.begin(), components.end(), name) == components.end())
        unknown("failures.mttf." + name, "component", name, components);
  }
  for (const auto& [name, price] : s_.prices.accelerator)
    if (const auto found = catalog_.system(name); !found)
      not_found("prices.accelerator." + name, found.error());
}

void Resolver::operations() {
  const Operations& o = s_.operations;
  constexpr std::size_t kHours = 24;
  if (!o.signal_by_hour.empty() && o.signal_by_hour.size() != kHours)
    problems_.error("operations.signal_by_hour", "wrong-length",
                    fmt::format("the signal has {} values, one for each hour of the day is wanted",
                                o.signal_by_hour.size()));
  // As a replay refuses it: its reservations count nodes and know no other condition on a start.
  if (o.scheduler == SchedulerPolicy::kConservative && (o.it_power_cap || !o.signal_by_hour.empty()))
    problems_.error("operations.scheduler", "contradiction",
                    "conservative backfill plans on counts alone: not with a power cap or a signal",
                    "take easy");
  std::vector<std::string> accounts;
  for (std::size_t i = 0; i < s_.jobs.size(); ++i) {
    const Job& job = s_.jobs[i];
    if (!job.account.empty()) accounts.push_back(job.account);
    if (job.may_defer.si() > 0 && o.signal_by_hour.empty())
      problems_.error(fmt::format("job[{}].may_defer", i), "needless-key",
                      fmt::format("job '{}' may be put off, but there is no signal to wait for", job.name),
                      "give operations.signal_by_hour, 24 values");
  }
  for (const auto& [account, share] : o.shares)
    if (std::find(accounts.begin(), accounts.end(), account) == accounts.end())
      unknown("operations.shares." + account, "account", account, accounts);
}

void Resolver::run() {
  period_and_budget();
  sites();
  fleet();
  deliveries();
  jobs();
  settings();
  operations();
  claims();
  expired_forecasts();
  plausible();
}

}  // namespace gigawatt::scenario

#pragma once
/// A job log on a cluster that need not be the one it was written on: another size, another policy, a multiple of
/// the load.
///
/// `times` copies of each job, each with an account of its own, make a larger cluster's load of the same kind: a copy
/// is submitted up to an hour after the original, drawn from the seed, so that the copies do not queue in lockstep.

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/logs/job_list.h"
#include "gigawatt/scheduling/policies.h"
#include "gigawatt/scheduling/replay.h"

namespace gigawatt::engine {

struct ReplayQuery {
  std::int64_t units = 0;             ///< of the cluster; 0: what the log says
  std::string policy = "easy";        ///< a name of scheduling::kPolicies; what answers call it
  scheduling::Policy* own = nullptr;  ///< the caller's own, instead of the named one
  std::vector<std::int64_t> levels;   ///< topology, as scheduling::PlaceShape
  int times = 1;
  std::uint64_t seed = 1;
  std::optional<scheduling::Signal> signal;
  scheduling::ReplayOptions options;  ///< `cluster` and `signal` are filled in
};

struct ReplayAnswer {
  scheduling::ReplayResult result;
  std::int64_t units = 0;
  /// Of the log itself, where it knows waits; else nothing.
  std::optional<double> logged_wait_mean_s;
  std::vector<std::string> notes;
  /// Jobs that the signal does not cover from their submission to their end, and the share of the log's span that it
  /// covers; nothing without a signal.
  std::optional<std::uint64_t> outside_signal;
  std::optional<double> signal_share;
};

/// Indices of a gang's components in the list, by its number.
std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> gangs(const logs::JobList& list);

/// Copies and all, in the order in which they may start: a job's `tag` is its index in the list (of a heterogeneous job
/// the first component's; the components are one gang). Where some jobs have time limits, those without one count as
/// endless for the policy: it never sees run times.
std::vector<scheduling::ReplayJob> replay_jobs(const logs::JobList& list, int times, std::uint64_t seed);

tl::expected<ReplayAnswer, base::Diagnostics> replay_log(const logs::JobList& list,
                                                         const std::vector<scheduling::ReplayJob>& jobs,
                                                         const ReplayQuery& query);

/// A signal from a CSV with the columns `time` (dates, or seconds on the log's clock) and `value`; messages call it
/// `name`.
tl::expected<scheduling::Signal, base::Diagnostics> parse_signal(std::string_view text,
                                                                 const std::string& name);

}  // namespace gigawatt::engine

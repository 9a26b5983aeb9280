// Jobs of `sacct --json` (Slurm 21 to 25, its data parsers v0.0.37 to v0.0.43) and of slurmrestd's /slurmdb/.../jobs.
//
// {"jobs": [{job_id, cluster, user, nodes, array: {job_id, task_id}, het: {job_id, job_offset}, state: {current},
//   time: {submission, eligible, start, end, elapsed, suspended, limit}, priority, tres: {allocated: [{type, name,
//   count}]}, steps: [...]}, ...]}. Instants are seconds since 1970, 0 where there is none, a limit minutes. Numbers are
// plain or, since v0.0.40, {set, infinite, number}. Each job becomes the line that `sacct --parsable2` prints of it.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/logs/job_format.h"

namespace gigawatt::logs {
namespace {

using Json = nlohmann::json;

const Json& at(const Json& object, const char* key) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

/// A plain number, or that of {set, infinite, number}; nothing where none is set, where it is infinite or no number.
std::optional<std::int64_t> number_of(const Json& value) {
  if (value.is_object()) {
    const Json& set = at(value, "set");
    const Json& infinite = at(value, "infinite");
    if ((set.is_boolean() && !set.get<bool>()) || (infinite.is_boolean() && infinite.get<bool>()))
      return std::nullopt;
    return number_of(at(value, "number"));
  }
  if (!value.is_number()) return std::nullopt;
  const double x = value.get<double>();
  if (!(x >= 0 && x < 1e15)) return std::nullopt;
  return static_cast<std::int64_t>(x);
}

std::string cell_of(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : "";
  std::replace(text.begin(), text.end(), '|', '/');
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// An instant; 0 is none.
std::string instant(const Json& value) {
  const auto seconds = number_of(value);
  return seconds && *seconds > 0 ? fmt::format("{}", *seconds) : "Unknown";
}

/// 17, 17_3 of an array, 17+1 of a heterogeneous job.
std::string id_of(const Json& job) {
  const auto own = number_of(at(job, "job_id"));
  if (!own) return "";
  const Json& array = at(job, "array");
  const auto head = number_of(at(array, "job_id"));
  const auto task = number_of(at(array, "task_id"));
  if (head && *head > 0 && task) return fmt::format("{}_{}", *head, *task);
  const Json& het = at(job, "het");
  const auto whole = number_of(at(het, "job_id"));
  const auto part = number_of(at(het, "job_offset"));
  if (whole && *whole > 0 && part) return fmt::format("{}+{}", *whole, *part);
  return fmt::format("{}", *own);
}

/// "COMPLETED", or ["COMPLETED", "REQUEUED"]: the first says what became of the job.
std::string state_of(const Json& job) {
  const Json& current = at(at(job, "state"), "current");
  if (current.is_array()) return current.empty() ? "" : cell_of(current.front());
  return cell_of(current);
}

std::string tres_of(const Json& job) {
  const Json& tres = at(job, "tres");
  const Json& allocated = at(tres, "allocated");
  const Json& list = allocated.is_array() && !allocated.empty() ? allocated : at(tres, "requested");
  std::string out;
  if (!list.is_array()) return out;
  for (const Json& item : list) {
    const auto count = number_of(at(item, "count"));
    const std::string type = cell_of(at(item, "type"));
    const std::string name = cell_of(at(item, "name"));
    if (!count || type.empty()) continue;
    out += fmt::format("{}{}{}={}", out.empty() ? "" : ",", type, name.empty() ? "" : "/" + name, *count);
  }
  return out;
}

}  // namespace

std::string_view slurm_json_header() {
  return "JobID|Cluster|User|Submit|Eligible|Start|End|ElapsedRaw|Suspended|TimelimitRaw|Priority|NodeList|"
         "State|AllocTRES";
}

std::optional<std::string> slurm_json_line(std::string_view element) {
  const Json job = Json::parse(element, nullptr, false);
  const Json& time = at(job, "time");
  if (!at(job, "job_id").is_number() || !at(time, "submission").is_number()) return std::nullopt;
  const auto text = [](std::optional<std::int64_t> value) { return value ? fmt::format("{}", *value) : ""; };
  const auto suspended = number_of(at(time, "suspended")).value_or(0);
  const bool started = number_of(at(time, "start")).value_or(0) > 0;
  return fmt::format(
      "{}|{}|{}|{}|{}|{}|{}|{}|{}:{:02}:{:02}|{}|{}|{}|{}|{}", id_of(job), cell_of(at(job, "cluster")),
      cell_of(at(job, "user")).empty() ? cell_of(at(at(job, "association"), "user"))
                                       : cell_of(at(job, "user")),
      instant(at(time, "submission")), instant(at(time, "eligible")), instant(at(time, "start")),
      instant(at(time, "end")), started ? text(number_of(at(time, "elapsed"))) : "", suspended / 3600,
      suspended / 60 % 60, suspended % 60, text(number_of(at(time, "limit"))),
      text(number_of(at(job, "priority"))), cell_of(at(job, "nodes")), state_of(job), tres_of(job));
}

}  // namespace gigawatt::logs

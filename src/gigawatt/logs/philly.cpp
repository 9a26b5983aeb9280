// Philly's cluster_job_log: a list of jobs in JSON, each with its attempts (Jeon et al., USENIX ATC 2019).
//
// {status, vc, jobid, attempts: [{start_time, end_time, detail: [{ip, gpus: [...]}]}], submitted_time, user}. Each
// attempt is a stretch of work of its own: the first is submitted when the job is, each later one when the one before
// it ended.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::size_t attempt_gpus(const Json& attempt) {
  std::size_t gpus = 0;
  const auto detail = attempt.find("detail");
  if (detail == attempt.end() || !detail->is_array()) return 0;
  for (const Json& machine : *detail)
    if (machine.is_object() && machine.contains("gpus") && machine["gpus"].is_array())
      gpus += machine["gpus"].size();
  return gpus;
}

}  // namespace

void philly_job(JobSink& sink, std::uint32_t line, std::string_view text) {
  auto& lines = sink.list().quality.lines;
  const Json object = Json::parse(text, nullptr, false);
  const auto whole_job = [&](Finding finding, std::string what, double unit_s) {
    ++lines;
    sink.finding(finding, line, std::move(what), unit_s);
  };
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  if (!object.is_object() || text_of(object, "jobid").empty())
    return whole_job(Finding::kBroken, "no job: an object with a jobid", kUnknown);
  const std::string id = text_of(object, "jobid");
  auto submit = timestamp(text_of(object, "submitted_time"));
  if (!submit)
    return whole_job(Finding::kBroken,
                     fmt::format("submitted_time: '{}'", text_of(object, "submitted_time").substr(0, 60)),
                     kUnknown);
  const auto attempts = object.find("attempts");
  if (attempts == object.end() || !attempts->is_array() || attempts->empty())
    return whole_job(Finding::kNotRun, "job " + id, 0);
  const bool running = text_of(object, "status") == "Running";
  for (std::size_t i = 0; i < attempts->size(); ++i) {
    ++lines;
    const Json& attempt = (*attempts)[i];
    LoggedJob job;
    job.id = id;
    job.line = line;
    job.submit = *submit;
    job.account = sink.account(text_of(object, "user"));
    const std::string began = attempt.is_object() ? text_of(attempt, "start_time") : "";
    const std::string ended = attempt.is_object() ? text_of(attempt, "end_time") : "";
    const auto start = timestamp(began);
    auto end = timestamp(ended);
    if (!attempt.is_object() || (!blank(began) && !start) || (!blank(ended) && !end)) {
      sink.finding(Finding::kBroken, line,
                   fmt::format("attempt {} of job {}: '{}', '{}'", i + 1, id, began, ended));
      continue;
    }
    if (running && i + 1 == attempts->size()) end.reset();
    if (!start) {
      sink.finding(Finding::kNotRun, line, "job " + id, 0);
      continue;
    }
    if (!sink.set_units(job, static_cast<double>(attempt_gpus(attempt)))) continue;
    sink.add(std::move(job), start, end);
    if (end) submit = end;
  }
}

}  // namespace gigawatt::logs

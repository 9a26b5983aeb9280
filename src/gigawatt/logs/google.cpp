// Google's cluster traces: events of tasks, of which those between SCHEDULE and the next end make a stretch of work.
//
// 2011 (task_events, no header): time, missing info, job, index, machine, event, user, class, priority, CPU, ...
// 2019 (instance_events): the columns time, type, collection_id, instance_index, priority and
// resource_request.cpus, as CSV or as one JSON object a line; user is that of collection_events and not here.
// Times are microseconds since 600 s before the trace; 0 is before it. CPU is a share of the largest machine: units
// are thousandths of that. Instances of alloc sets (collection_type 1) are reservations that tasks run in: the tasks
// count, they do not.
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

constexpr double kThousandths = 1000;
constexpr double kAfterTheTrace_us = 9e18;  // 2^63 - 1

enum class Event { kSubmit, kQueue, kEnable, kSchedule, kEnd, kUpdate, kUnknown };

Event event_of(std::string_view text, bool of_2011) {
  constexpr std::string_view kNames2019[] = {"SUBMIT", "QUEUE",          "ENABLE",        "SCHEDULE",
                                             "EVICT",  "FAIL",           "FINISH",        "KILL",
                                             "LOST",   "UPDATE_PENDING", "UPDATE_RUNNING"};
  constexpr std::string_view kNames2011[] = {
      "SUBMIT", "SCHEDULE", "EVICT", "FAIL", "FINISH", "KILL", "LOST", "UPDATE_PENDING", "UPDATE_RUNNING"};
  std::string_view name = text;
  if (const auto code = whole(text)) {
    const auto size = static_cast<std::int64_t>(of_2011 ? std::size(kNames2011) : std::size(kNames2019));
    if (*code < 0 || *code >= size) return Event::kUnknown;
    name = of_2011 ? kNames2011[*code] : kNames2019[*code];
  }
  if (name == "SUBMIT") return Event::kSubmit;
  if (name == "QUEUE") return Event::kQueue;
  if (name == "ENABLE") return Event::kEnable;
  if (name == "SCHEDULE") return Event::kSchedule;
  if (name.starts_with("UPDATE")) return Event::kUpdate;
  for (const std::string_view end : {"EVICT", "FAIL", "FINISH", "KILL", "LOST"})
    if (name == end) return Event::kEnd;
  return Event::kUnknown;
}

class Google : public JobFormat {
 public:
  explicit Google(JobSink& sink) : sink_(sink) { sink_.list().unit = "thousandth of a machine"; }

  std::optional<std::string> line(std::uint32_t number, std::string_view text) override {
    json_ = text[0] == '{';
    if (!json_ && !csv_.split(text, cells_)) {
      ++sink_.list().quality.lines;
      sink_.finding(Finding::kBroken, number, "a quote is not closed or stands inside an unquoted cell");
      return std::nullopt;
    }
    if (!json_ && !header_) {
      of_2011_ = cells_.size() == k2011.size() && logs::number(cells_[0]);
      header_.emplace(of_2011_ ? k2011 : cells_);
      if (auto problem = header_->missing("google", {"time", "type", "collection_id", "instance_index"}))
        return problem;
      if (!of_2011_) return std::nullopt;
    }
    ++sink_.list().quality.lines;
    if (json_) {
      object_ = nlohmann::json::parse(text, nullptr, false);
      if (!object_.is_object()) {
        sink_.finding(Finding::kBroken, number, "no JSON object");
        return std::nullopt;
      }
    } else if (!sink_.complete(number, cells_.size(), header_->size())) {
      return std::nullopt;
    }
    event(number);
    return std::nullopt;
  }

  void finish() override {
    // Open stretches are named by the line of their last event, which is counted here and not there.
    for (const auto& [name, task] : tasks_) {
      LoggedJob job = task.job;
      if (task.start)
        sink_.unfinished(job, *task.start);
      else if (task.waiting)
        sink_.finding(Finding::kNotRun, job.line, "job " + job.id, 0);
    }
    sink_.finish(false);
  }

 private:
  struct Task {
    LoggedJob job;
    std::optional<base::SimTime> start;
    bool waiting = false;  ///< submitted, not started
  };
  static inline const std::vector<std::string> k2011 = {"time",
                                                        "missing",
                                                        "collection_id",
                                                        "instance_index",
                                                        "machine_id",
                                                        "type",
                                                        "user",
                                                        "class",
                                                        "priority",
                                                        "resource_request.cpus",
                                                        "resource_request.memory",
                                                        "disk",
                                                        "constraint"};

  std::string value(std::string_view name) const {
    if (!json_) {
      std::size_t at = header_->find(name);
      if (at == std::string::npos) {  // as some exports flatten it
        std::string flat(name);
        for (char& c : flat)
          if (c == '.') c = '_';
        at = header_->find(flat);
      }
      return at == std::string::npos ? "" : cells_[at];
    }
    const nlohmann::json* node = &object_;
    while (!name.empty()) {
      const std::size_t dot = name.find('.');
      const auto found = node->find(std::string(name.substr(0, dot)));
      if (found == node->end()) return "";
      node = &*found;
      name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
      if (!name.empty() && !node->is_object()) return "";
    }
    if (node->is_string()) return node->get<std::string>();
    return node->is_number() ? node->dump() : "";
  }

  void event(std::uint32_t number) {
    const std::string time = value("time"), type = value("type");
    const auto at = logs::number(time);
    const Event kind = event_of(type, of_2011_);
    const std::string id = value("collection_id") + "/" + value("instance_index");
    if (!at || *at < 0 || kind == Event::kUnknown || id.size() < 3)
      return sink_.finding(Finding::kBroken, number,
                           fmt::format("time '{}', event '{}' of '{}'", time.substr(0, 30),
                                       type.substr(0, 30), id.substr(0, 40)));
    if (const std::string collection = value("collection_type");
        collection == "1" || collection == "ALLOC_SET")
      return sink_.finding(Finding::kPart, number, "a reservation of alloc set " + id, 0);
    Task& task = tasks_[id];
    task.job.id = id;
    task.job.line = number;
    if (const auto cpus = logs::number(value("resource_request.cpus")); cpus && *cpus > 0)
      task.job.units = std::max<std::int64_t>(1, std::llround(*cpus * kThousandths));
    if (const auto p = whole(value("priority")); p && std::abs(*p) < 1'000'000)
      task.job.priority = static_cast<std::int32_t>(*p);
    const bool open = task.start || task.waiting;
    const base::SimTime now{static_cast<std::int64_t>(std::min(*at, kAfterTheTrace_us))};
    switch (kind) {
      case Event::kSubmit:
        task.job.submit = now;
        task.job.account = sink_.account(value("user"));
        task.waiting = true;
        break;
      case Event::kSchedule:
        if (!task.waiting) task.job.submit = now;
        task.waiting = false;
        task.start = now;
        break;
      case Event::kEnd: return ended(task, now, *at);
      default: break;
    }
    // The event that opened a stretch stands for it; those that follow are parts of it.
    const bool opened = !open && (task.start || task.waiting);
    if (!opened) sink_.finding(Finding::kPart, number, "event of " + id, 0);
  }

  void ended(Task& task, base::SimTime now, double at) {
    LoggedJob job = task.job;
    const auto start = task.start;
    const bool waiting = task.waiting;
    task.start.reset();
    task.waiting = false;
    // This event is a line of its own: the stretch is counted by the event that opened it.
    if (start || waiting) sink_.finding(Finding::kPart, job.line, "event of " + job.id, 0);
    if (!start)
      return waiting ? sink_.finding(Finding::kNotRun, job.line, "job " + job.id, 0)
                     : sink_.finding(Finding::kBroken, job.line,
                                     fmt::format("{} ends and had not begun", job.id));
    if (start->us == 0) return sink_.finding(Finding::kBefore, job.line, "job " + job.id);
    if (at >= kAfterTheTrace_us) return sink_.unfinished(job, *start);
    if (job.units == 0) return sink_.finding(Finding::kNoUnits, job.line, "job " + job.id, 0);
    sink_.add(std::move(job), start, now);
  }

  JobSink& sink_;
  bool json_ = false;
  bool of_2011_ = false;
  CsvCells csv_;
  std::vector<std::string> cells_;
  std::optional<Header> header_;
  nlohmann::json object_;
  std::unordered_map<std::string, Task> tasks_;
};

}  // namespace

std::unique_ptr<JobFormat> google_format(JobSink& sink) { return std::make_unique<Google>(sink); }

}  // namespace gigawatt::logs

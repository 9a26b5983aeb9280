#include "gigawatt/server/run_record.h"

#include <array>
#include <chrono>

#include <fmt/format.h>

namespace gigawatt::server {
namespace {

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

std::string sse(std::string_view event, const Json& data) {
  return fmt::format("event: {}\ndata: {}\n\n", event,
                     data.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

std::string_view to_string(RunState state) {
  constexpr std::array<std::string_view, 6> kNames = {"queued", "running",   "done",
                                                      "failed", "cancelled", "interrupted"};
  return kNames[static_cast<std::size_t>(state)];
}

Json to_json(const RunInfo& run) {
  Json j = {{"id", run.id},
            {"scenario", run.scenario},
            {"title", run.title},
            {"hash", run.hash},
            // As text: JavaScript's numbers end at 2^53.
            {"seed", std::to_string(run.seed)},
            {"futures", run.futures},
            {"status", to_string(run.state)},
            {"fraction", run.fraction},
            {"start", base::to_iso_date(run.start)},
            {"end", base::to_iso_date(run.end)},
            {"created", run.created}};
  const auto text = [&j](const char* key, const std::string& value) {
    if (!value.empty()) j[key] = value;
  };
  text("name", run.name);
  text("note", run.note);
  if (!is_over(run.state)) text("what", run.what);
  if (run.simulated_until) j["simulated_until"] = base::to_iso_date(*run.simulated_until);
  if (run.events > 0) j["events"] = run.events;
  if (run.events_per_s > 0 && !is_over(run.state)) j["events_per_s"] = run.events_per_s;
  text("started", run.started);
  text("finished", run.finished);
  text("error", run.error);
  return j;
}

class RunRecord::Events final : public EventSource {
 public:
  explicit Events(std::shared_ptr<RunRecord> record) : record_(std::move(record)) {}

  Chunk next() override {
    RunInfo info;
    {
      const std::lock_guard lock(record_->mutex_);
      if (record_->version_ == seen_) return {};
      seen_ = record_->version_;
      info = record_->info_;
    }
    const Json run = to_json(info);
    if (is_over(info.state)) return {sse("end", run), true};
    Json progress = {{"status", run["status"]}, {"fraction", run["fraction"]}};
    if (!info.what.empty()) progress["what"] = info.what;
    if (info.simulated_until) progress["date"] = run["simulated_until"];
    for (const char* key : {"events", "events_per_s"})
      if (run.contains(key)) progress[key] = run[key];
    return {sse("progress", progress), false};
  }

  void on_news(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }

  void wake() {
    const std::lock_guard lock(mutex_);
    if (wake_) wake_();
  }

 private:
  std::shared_ptr<RunRecord> record_;
  std::uint64_t seen_ = 0;
  std::mutex mutex_;
  std::function<void()> wake_;
};

RunInfo RunRecord::info() const {
  const std::lock_guard lock(mutex_);
  return info_;
}

void RunRecord::change(const std::function<void(RunInfo&)>& change, int patience_ms) {
  std::vector<std::shared_ptr<Events>> awake;
  {
    const std::lock_guard lock(mutex_);
    change(info_);
    ++version_;
    const std::int64_t now = now_ms();
    if (now - woken_ms_ < patience_ms) return;
    woken_ms_ = now;
    std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
    for (const auto& listener : listeners_)
      if (auto live = listener.lock()) awake.push_back(std::move(live));
  }
  for (const auto& listener : awake) listener->wake();
}

std::shared_ptr<EventSource> RunRecord::listen(const std::shared_ptr<RunRecord>& self) {
  auto events = std::make_shared<Events>(self);
  const std::lock_guard lock(mutex_);
  listeners_.push_back(events);
  return events;
}

}  // namespace gigawatt::server

#include "gigawatt/server/run_queue.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "gigawatt/engine/record.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/report/json.h"
#include "gigawatt/scenario/load.h"

namespace gigawatt::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPatienceMs = 100;  ///< between two notes of progress

std::string utc_now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

RunState state_of(std::string_view stored) {
  if (stored == results::to_string(results::RunStatus::kComplete)) return RunState::kDone;
  if (stored == results::to_string(results::RunStatus::kQueued)) return RunState::kQueued;
  if (stored == results::to_string(results::RunStatus::kFailed)) return RunState::kFailed;
  if (stored == results::to_string(results::RunStatus::kCancelled)) return RunState::kCancelled;
  return RunState::kInterrupted;
}

/// Stops a run whose time is over.
class Deadline {
 public:
  Deadline(RunRecord& record, std::chrono::seconds time)
      : thread_([this, &record, time](const std::stop_token& over) {
          std::unique_lock lock(mutex_);
          if (changed_.wait_for(lock, over, time, [] { return false; }) || over.stop_requested()) return;
          record.out_of_time = true;
          record.stop.request_stop();
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;  // the last: ends first
};

engine::RunOptions options_of(const RunOrder& order, RunRecord& record, double most_bytes) {
  engine::RunOptions options;
  options.most_bytes = most_bytes;
  options.seed = order.seed;
  options.until = order.until;
  options.futures = order.futures;
  options.stop = record.stop.get_token();
  // The first simulated month starts the clock: steps are timed before it.
  options.progress = [&record, begin = std::optional<Clock::time_point>(),
                      before = std::uint64_t{0}](const engine::Progress& p) mutable {
    if (!begin && p.events > 0) {
      begin = Clock::now();
      before = p.events;
    }
    const double elapsed_s = begin ? std::chrono::duration<double>(Clock::now() - *begin).count() : 0;
    const double rate = elapsed_s > 0 ? static_cast<double>(p.events - before) / elapsed_s : 0;
    record.change(
        [&p, rate](RunInfo& run) {
          run.what = p.what;
          run.fraction = p.overall;
          run.events = p.events;
          run.events_per_s = std::round(rate);
          if (p.date) run.simulated_until = p.date;
        },
        kPatienceMs);
  };
  return options;
}

}  // namespace

RunQueue::RunQueue(const engine::Knowledge& knowledge, std::filesystem::path store, std::string program,
                   std::filesystem::path data, StoreQuota quota, RunLimits limits)
    : knowledge_(knowledge),
      store_path_(store.empty() ? ":memory:" : std::move(store)),
      data_(std::move(data)),
      program_(std::move(program)),
      quota_(quota),
      limits_(limits),
      store_(results::open_store(store_path_)) {
  for (const auto& row : store_->runs()) adopt(row);
  worker_ = std::thread([this] { work(); });
}

RunQueue::~RunQueue() {
  stop();
  worker_.join();
}

void RunQueue::adopt(const results::RunRow& row) {
  RunInfo info;
  info.id = row.id;
  info.scenario = row.scenario;
  info.title = row.title;
  info.hash = row.hash;
  info.seed = row.seed;
  info.futures = row.futures;
  info.state = state_of(row.status);
  info.fraction = info.state == RunState::kDone ? 1 : 0;
  info.start = row.start;
  info.end = row.end;
  info.created = row.created;
  info.started = row.started;
  info.finished = row.finished;
  info.error = row.error;
  info.name = store_->attachment(row.id, results::Attachment::kName).value_or("");
  info.note = store_->attachment(row.id, results::Attachment::kNote).value_or("");
  auto record = std::make_shared<RunRecord>(std::move(info));
  if (record->info().state == RunState::kQueued) waiting_.push_back({record, std::nullopt});
  records_.emplace(row.id, std::move(record));
}

std::vector<RunInfo> RunQueue::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<RunInfo> out;
  for (auto it = records_.rbegin(); it != records_.rend(); ++it) out.push_back(it->second->info());
  return out;
}

std::shared_ptr<RunRecord> RunQueue::find(std::int64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto it = records_.find(id);
  return it == records_.end() ? nullptr : it->second;
}

/// The first few that are over, for their removal. Under the lock.
std::string RunQueue::oldest_runs() const {
  constexpr int kNamed = 3;
  std::string out;
  int named = 0;
  for (const auto& [id, record] : records_) {
    const RunInfo run = record->info();
    if (!is_over(run.state)) continue;
    out += fmt::format("{}DELETE /api/runs/{} ({}, {})", named > 0 ? ", " : "", id,
                       run.name.empty() ? run.scenario : run.name, run.created);
    if (++named == kNamed) break;
  }
  return out.empty() ? "wait until runs are over, and remove some" : "remove what is not needed: " + out;
}

std::optional<SubmitRefusal> RunQueue::refusal() {
  using Why = SubmitRefusal::Why;
  std::string oldest;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= kMostWaiting)
      return SubmitRefusal{Why::kQueueFull, fmt::format("{} runs are waiting already", kMostWaiting),
                           "try again when one of them is done, or cancel one"};
    oldest = oldest_runs();
    if (records_.size() >= quota_.runs)
      return SubmitRefusal{
          Why::kStoreFull,
          fmt::format("{} runs are stored, as many as this server keeps (--max-runs)", records_.size()),
          oldest};
  }
  const auto used = with_store([](results::Store& store) { return store.used_bytes(); });
  if (static_cast<double>(used) < quota_.bytes) return std::nullopt;
  return SubmitRefusal{
      Why::kStoreFull,
      fmt::format("the stored runs take {:.3g} GB, as much as this server keeps (--max-store)",
                  static_cast<double>(used) / 1e9),
      oldest};
}

tl::expected<std::int64_t, SubmitRefusal> RunQueue::submit(RunOrder order) {
  if (auto why_not = refusal()) return tl::unexpected(std::move(*why_not));
  const auto& s = order.scenario;
  RunInfo info;
  info.scenario = s.name;
  info.title = s.title;
  info.name = order.name;
  info.note = order.note;
  info.hash = fmt::format("{:016x}", s.hash);
  info.seed = order.seed.value_or(s.seed);
  info.futures = order.futures;
  info.start = s.start;
  info.end = order.until.value_or(s.end);
  info.created = utc_now();
  results::RunHeader header;
  header.created = info.created;
  header.scenario = info.scenario;
  header.title = info.title;
  header.hash = info.hash;
  header.canonical = s.canonical;
  header.program = program_;
  header.seed = info.seed;
  header.futures = info.futures;
  header.start = info.start;
  header.end = info.end;
  results::Store::Attachments texts = {{results::Attachment::kScenario, order.toml}};
  if (!order.name.empty()) texts.emplace_back(results::Attachment::kName, order.name);
  if (!order.note.empty()) texts.emplace_back(results::Attachment::kNote, order.note);
  info.id = with_store([&](results::Store& store) { return store.enqueue(header, texts); });

  const std::int64_t id = info.id;
  auto record = std::make_shared<RunRecord>(std::move(info));
  const std::lock_guard lock(mutex_);
  records_.emplace(id, record);
  waiting_.push_back({std::move(record), std::move(order)});
  changed_.notify_all();
  return id;
}

RunQueue::Ended RunQueue::end(std::int64_t id) {
  std::shared_ptr<RunRecord> record;
  bool waited = false;
  {
    const std::lock_guard lock(mutex_);
    const auto it = records_.find(id);
    if (it == records_.end()) return Ended::kUnknown;
    record = it->second;
    waited = std::erase_if(waiting_, [&](const Waiting& w) { return w.record == record; }) > 0;
    if (!waited && !is_over(record->info().state)) {
      record->cancelled_by_user = true;
      record->stop.request_stop();
      return Ended::kCancelled;
    }
  }
  if (waited) {
    with_store([&](results::Store& store) { store.set_status(id, results::RunStatus::kCancelled); });
    record->change([](RunInfo& run) {
      run.state = RunState::kCancelled;
      run.finished = utc_now();
    });
    return Ended::kCancelled;
  }
  with_store([&](results::Store& store) { store.remove(id); });
  const std::lock_guard lock(mutex_);
  records_.erase(id);
  return Ended::kRemoved;
}

bool RunQueue::describe(std::int64_t id, const ask::RunTexts& texts) {
  const auto record = find(id);
  if (!record) return false;
  const auto kept = ask::attachments(texts);
  with_store([&](results::Store& store) { store.replace(id, kept); });
  if (!find(id)) {  // removed meanwhile: nothing is to be left of it
    with_store([&](results::Store& store) { store.remove(id); });
    return false;
  }
  record->change([&](RunInfo& run) {
    for (const auto& [kind, text] : kept) (kind == results::Attachment::kName ? run.name : run.note) = text;
  });
  return true;
}

void RunQueue::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& [id, record] : records_) record->stop.request_stop();
  changed_.notify_all();
}

void RunQueue::mend() {
  // While a run is written its writer holds the file open; what is only in memory cannot be opened again.
  if (!store_failed_ || writing_ || store_path_ == ":memory:") return;
  const std::unique_lock lock(store_mutex_);
  if (!store_failed_ || writing_) return;
  store_.reset();
  store_ = results::open_store(store_path_);
  store_failed_ = false;
}

void RunQueue::work() {
  // The simulation has all the time in the world; a person waits for the answers.
  ::setpriority(PRIO_PROCESS, 0, 10);
  for (;;) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    simulate(std::move(next));
  }
}

bool RunQueue::was_cancelled(const RunRecord& record) const {
  const std::lock_guard lock(mutex_);
  return record.cancelled_by_user;
}

void RunQueue::simulate(Waiting next) {
  RunRecord& record = *next.record;
  const auto finish = [&](RunState state, std::string error) {
    record.change([&](RunInfo& run) {
      run.state = state;
      run.error = std::move(error);
      run.finished = utc_now();
      if (state == RunState::kDone) run.fraction = 1;
    });
  };
  std::string error;
  try {
    const RunOrder order = next.order ? std::move(*next.order) : stored_order(record.info());
    {
      const Deadline deadline(record, limits_.time);
      perform(record, order);
    }
    if (!record.stop.stop_requested()) return finish(RunState::kDone, "");
    if (record.out_of_time) {
      error = fmt::format("the run was not over after {} s, as long as a run may take here (--run-time)",
                          limits_.time.count());
      with_store([&](results::Store& store) {
        store.set_status(record.info().id, results::RunStatus::kInterrupted, error);
      });
    }
    if (!was_cancelled(record)) return finish(RunState::kInterrupted, error);
    with_store(
        [&](results::Store& store) { store.set_status(record.info().id, results::RunStatus::kCancelled); });
    return finish(RunState::kCancelled, "");
  } catch (const std::exception& failure) {
    error = failure.what();
  }
  try {
    with_store([&](results::Store& store) {
      store.set_status(record.info().id, results::RunStatus::kFailed, error);
    });
  } catch (const results::StoreError&) {
    // Nothing can be written now; the next to open the store finds the run interrupted.
  }
  finish(RunState::kFailed, error);
}

void RunQueue::perform(RunRecord& record, const RunOrder& order) {
  auto hourly = engine::prepare_hourly_sites(order.scenario, knowledge_.catalog, data_, nullptr);
  if (!hourly) throw std::runtime_error(base::render(hourly.error()));
  const engine::Inputs inputs{knowledge_, order.scenario, std::move(*hourly)};
  const auto options = options_of(order, record, limits_.bytes);
  const std::int64_t id = record.info().id;
  const struct Writing {
    std::atomic<bool>& flag;
    ~Writing() { flag = false; }
  } writing{writing_};
  std::unique_ptr<results::RunWriter> writer;
  with_store([&](results::Store& store) {
    writing_ = true;
    writer = store.begin_queued(id);
    engine::record_inputs(inputs, *writer);
  });
  // Said only now that it is stored: a run that was seen running does not wait again after a crash.
  record.change([](RunInfo& run) {
    run.state = RunState::kRunning;
    run.started = utc_now();
  });
  const auto output = engine::run(inputs, options);
  record.change([&](RunInfo& run) { run.events = std::max(run.events, output.nominal.events); });
  with_store([&](results::Store&) {
    writer->attach(results::Attachment::kDocument, report::run_document(inputs, output, program_).dump());
    engine::record_output(inputs, output, *writer);
  });
}

RunOrder RunQueue::stored_order(const RunInfo& info) {
  if (info.futures < 1 || info.futures > engine::kMostFutures)
    throw std::runtime_error(fmt::format("the store asks for {} futures", info.futures));
  RunOrder order;
  order.toml = with_store([&](results::Store& store) {
    return store.attachment(info.id, results::Attachment::kScenario).value_or(store.canonical(info.id));
  });
  auto scenario = scenario::load_text(order.toml, info.scenario + ".toml", knowledge_.catalog, {},
                                      engine::software_names(knowledge_.software));
  if (!scenario) throw std::runtime_error(base::render(scenario.error()));
  order.scenario = std::move(*scenario);
  order.name = info.name;
  order.seed = info.seed;
  order.futures = info.futures;
  if (info.end < order.scenario.end) order.until = info.end;
  return order;
}

}  // namespace gigawatt::server

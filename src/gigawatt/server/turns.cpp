#include "gigawatt/server/turns.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "gigawatt/base/stop.h"
#include "gigawatt/server/posix.h"

namespace gigawatt::server {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);
constexpr int kNice = 10;  ///< a person waits for the light answers

}  // namespace

Turns::Turns(const TurnLimits& limits) : limits_(limits) {
  for (std::size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { serve(); });
  clock_ = std::thread([this] { watch(); });
}

void Turns::end() {
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    ending_ = true;
    waiting_.clear();
    for (const auto& work : at_work_) work->stop.request_stop();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  clock_.join();
}

bool Turns::take(std::string client, std::stop_source stop, std::function<void(const Turn&)> run) {
  auto work = std::make_shared<Work>();
  work->client = std::move(client);
  work->stop = std::move(stop);
  work->run = std::move(run);
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || waiting_.size() >= limits_.waiting) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_all();
  return true;
}

std::shared_ptr<Turns::Work> Turns::next() {
  const auto rank = [this](const std::shared_ptr<Work>& work) {
    const auto known = clients_.find(work->client);
    return known == clients_.end() ? std::pair<std::size_t, std::uint64_t>()
                                   : std::pair(known->second.at_work, known->second.served);
  };
  // The first of equals: the one that came first.
  const auto best = std::min_element(waiting_.begin(), waiting_.end(),
                                     [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  auto work = *best;
  waiting_.erase(best);
  return work;
}

void Turns::serve() {
  ::setpriority(PRIO_PROCESS, 0, kNice);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(
        lock, [this] { return ending_ || (!waiting_.empty() && (!short_of_memory_ || at_work_.empty())); });
    if (ending_) return;
    const auto work = next();
    Client& client = clients_[work->client];
    ++client.at_work;
    client.served = ++served_;
    work->begun = Clock::now();
    at_work_.push_back(work);
    changed_.notify_all();
    lock.unlock();
    {
      const base::StopScope scope(work->stop.get_token());
      work->run(Turn{work->stop.get_token(), &work->end});
    }
    lock.lock();
    std::erase(at_work_, work);
    --clients_[work->client].at_work;
    // Who has nothing here any more is forgotten: the next time it is as new.
    if (at_work_.empty() && waiting_.empty()) clients_.clear();
    changed_.notify_all();
  }
}

std::chrono::milliseconds Turns::bound() const {
  if (waiting_.empty()) return limits_.longest;
  const auto share = limits_.round / static_cast<int>(1 + waiting_.size());
  return std::min(limits_.longest, std::max(limits_.shortest, share));
}

void Turns::end_turn(Work& work, bool memory) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - work.begun);
  work.end.memory = memory;
  work.end.after_s = static_cast<int>(std::max<std::int64_t>(1, age.count()));
  work.stop.request_stop();
}

void Turns::watch_memory() {
  const bool before = std::exchange(short_of_memory_, resident_bytes() > limits_.memory_bytes);
  if (before && !short_of_memory_) changed_.notify_all();
  if (!short_of_memory_) return;
  // One at a time: what the last one had is given back first.
  const bool ending = std::any_of(at_work_.begin(), at_work_.end(),
                                  [](const auto& work) { return work->stop.stop_requested(); });
  if (!ending && !at_work_.empty()) end_turn(*at_work_.back(), true);
  if (at_work_.empty()) ::malloc_trim(0);
}

void Turns::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (at_work_.empty() && !short_of_memory_)
      changed_.wait(lock, [this] { return ending_ || !at_work_.empty(); });
    changed_.wait_for(lock, kTick, [this] { return ending_; });
    const auto most = bound();
    for (const auto& work : at_work_) {
      const auto age = Clock::now() - work->begun;
      if (age > most && !work->stop.stop_requested()) end_turn(*work, false);
    }
    watch_memory();
  }
}

}  // namespace gigawatt::server

#include "gigawatt/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

// Debian's libtbb is not instrumented: ThreadSanitizer does not see that it orders what its tasks do, and reports all of
// it. Under that sanitizer loops run on threads of the standard library, so that what is reported is ours.
#if defined(__SANITIZE_THREAD__)
#define GW_PLAIN_THREADS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GW_PLAIN_THREADS 1
#endif
#endif

#include "gigawatt/base/stop.h"

#ifndef GW_PLAIN_THREADS
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#endif

namespace gigawatt::base {

#ifdef GW_PLAIN_THREADS

namespace {

std::atomic<int> most_threads = 0;  // 0: as many as there are processors

template <typename One>
void run_each(std::size_t count, const One& one) {
  const auto threads = std::min<std::size_t>(count, static_cast<std::size_t>(available_threads()));
  if (threads <= 1) {
    for (std::size_t i = 0; i < count; ++i) one(i);
    return;
  }
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> workers;
  for (std::size_t t = 0; t < threads; ++t)
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < count; i = next++) one(i);
    });
}

}  // namespace

ThreadLimit::ThreadLimit(int threads)
    : control_(threads > 0 ? new int(most_threads.exchange(threads)) : nullptr) {}

ThreadLimit::~ThreadLimit() {
  if (control_ == nullptr) return;
  const auto* before = static_cast<int*>(control_);
  most_threads = *before;
  delete before;
}

int available_threads() {
  const int limit = most_threads;
  return limit > 0 ? limit : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

#else

namespace {

template <typename One>
void run_each(std::size_t count, const One& one) {
  // Bodies are few and long: each is its own piece, so that no thread waits beside another's last few.
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, count),
      [&](const auto& range) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) one(i);
      },
      tbb::simple_partitioner());
}

}  // namespace

ThreadLimit::ThreadLimit(int threads)
    : control_(threads > 0 ? new tbb::global_control(tbb::global_control::max_allowed_parallelism,
                                                     static_cast<std::size_t>(threads))
                           : nullptr) {}

ThreadLimit::~ThreadLimit() { delete static_cast<tbb::global_control*>(control_); }

int available_threads() { return tbb::info::default_concurrency(); }

#endif

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  std::vector<std::exception_ptr> failures(count);
  const StopScope* callers = StopScope::innermost();
  const std::stop_token stop = current_stop();
  const bool patient = callers != nullptr && callers->patient();
  const auto one = [&](std::size_t i) {
    try {
      const StopScope scope(stop, patient);
      body(i);
    } catch (...) {
      failures[i] = std::current_exception();
    }
  };
  run_each(count, one);
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace gigawatt::base

#pragma once
/// Work without the interpreter's lock, ended by Ctrl-C.

#include <Python.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "values.h"

namespace gigawatt::python {

/// The interpreter's lock is given up for its lifetime.
class Unlocked {
 public:
  Unlocked() : state_(PyEval_SaveThread()) {}
  ~Unlocked() { PyEval_RestoreThread(state_); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_;
};

/// Milliseconds of work, on this thread.
template <typename Work>
auto run_short(Work work) {
  const Unlocked unlocked;
  return work(std::stop_token{});
}

/// Work on a thread of its own, while this one looks for signals. Ctrl-C sets the stop token; when the work has ended,
/// KeyboardInterrupt is raised (as PythonError).
template <typename Work>
auto run_long(Work work) {
  using Result = decltype(work(std::stop_token{}));
  std::optional<Result> result;
  std::exception_ptr failure;
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  bool interrupted = false;
  {
    std::jthread worker([&](std::stop_token stop) {
      try {
        result.emplace(work(stop));
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      done = true;
      ended.notify_one();
    });
    for (;;) {
      {
        const Unlocked unlocked;
        std::unique_lock lock(mutex);
        ended.wait_for(lock, std::chrono::milliseconds(50), [&] { return done; });
        if (done) break;
      }
      if (!interrupted && PyErr_CheckSignals() != 0) {
        interrupted = true;
        worker.request_stop();
      }
    }
    const Unlocked unlocked;
    worker.join();
  }
  if (interrupted) throw PythonError{};
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

}  // namespace gigawatt::python

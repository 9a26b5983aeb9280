#pragma once
/// Parallel loops whose result never depends on the thread count: each index writes its own slot, reductions
/// run in index order. Built on oneTBB.

#include <cstddef>
#include <functional>

namespace gigawatt::base {

/// Limits the threads used by parallel loops for its lifetime (0: all).
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  void* control_;
};

/// Runs body(i) for i in [0, count); the first exception by index is rethrown after all have run. Bodies are in the
/// caller's StopScope (stop.h).
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

int available_threads();

}  // namespace gigawatt::base

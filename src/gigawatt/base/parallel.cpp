#include "gigawatt/base/parallel.h"

#include <exception>
#include <vector>

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>

namespace gigawatt::base {

ThreadLimit::ThreadLimit(int threads)
    : control_(threads > 0 ? new tbb::global_control(tbb::global_control::max_allowed_parallelism,
                                                     static_cast<std::size_t>(threads))
                           : nullptr) {}

ThreadLimit::~ThreadLimit() { delete static_cast<tbb::global_control*>(control_); }

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  std::vector<std::exception_ptr> failures(count);
  const auto one = [&](std::size_t i) {
    try {
      body(i);
    } catch (...) {
      failures[i] = std::current_exception();
    }
  };
  // Bodies are few and long: each is its own piece, so that no thread waits beside another's last few.
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, count),
      [&](const auto& range) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) one(i);
      },
      tbb::simple_partitioner());
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

int available_threads() { return tbb::info::default_concurrency(); }

}  // namespace gigawatt::base

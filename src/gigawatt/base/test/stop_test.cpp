#include "gigawatt/base/stop.h"

#include <atomic>

#include <gtest/gtest.h>

#include "gigawatt/base/parallel.h"

namespace gigawatt::base {
namespace {

TEST(Stop, WithoutAScopeNothingStops) {
  EXPECT_NO_THROW(heed_stop());
  EXPECT_FALSE(current_stop().stop_requested());
}

TEST(Stop, TheInnermostScopeCounts) {
  std::stop_source outer, inner;
  const StopScope one(outer.get_token());
  outer.request_stop();
  EXPECT_THROW(heed_stop(), Stopped);
  {
    const StopScope two(inner.get_token());
    EXPECT_NO_THROW(heed_stop());
    inner.request_stop();
    EXPECT_THROW(heed_stop(), Stopped);
  }
  const StopScope patient(outer.get_token(), true);
  EXPECT_NO_THROW(heed_stop());
  EXPECT_TRUE(current_stop().stop_requested());
}

TEST(Stop, ParallelLoopsAreInTheirCallersScope) {
  std::stop_source source;
  source.request_stop();
  {
    const StopScope scope(source.get_token());
    EXPECT_THROW(parallel_for(100, [](std::size_t) { heed_stop(); }), Stopped);
  }
  std::atomic<int> told = 0;
  {
    const StopScope patient(source.get_token(), true);
    parallel_for(100, [&](std::size_t) {
      heed_stop();
      told += current_stop().stop_requested() ? 1 : 0;
    });
  }
  EXPECT_EQ(told, 100);
  EXPECT_NO_THROW(heed_stop());
}

}  // namespace
}  // namespace gigawatt::base

// Who works when, and for how long.
#include "gigawatt/server/turns.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "gigawatt/base/stop.h"

namespace gigawatt::server {
namespace {

using std::chrono::milliseconds;

/// Works until it is told to end.
void until_told(const Turn& turn) {
  while (!turn.stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
}

TurnLimits one_thread() {
  TurnLimits limits;
  limits.threads = 1;
  limits.waiting = 4;
  limits.longest = milliseconds(60'000);
  limits.round = milliseconds(100);
  limits.shortest = milliseconds(10);
  return limits;
}

TEST(Turns, WhoWaitsHasATurnAndTheOneBeforeIsTold) {
  Turns turns(one_thread());
  std::promise<int> ended;
  std::promise<void> served;
  ASSERT_TRUE(turns.take("a", std::stop_source(), [&](const Turn& turn) {
    until_told(turn);
    ended.set_value(turn.ended_after_s());
  }));
  ASSERT_TRUE(turns.take("b", std::stop_source(), [&](const Turn& turn) {
    EXPECT_EQ(turn.ended_after_s(), 0);
    served.set_value();
  }));
  EXPECT_GE(ended.get_future().get(), 1);
  served.get_future().wait();
}

TEST(Turns, TheClientThatWasServedLeastComesFirst) {
  Turns turns(one_thread());
  std::vector<std::string> order;
  std::promise<void> begun, go, all;
  const auto said = [&](std::string who, bool last = false) {
    return [&order, &all, who, last](const Turn&) {
      order.push_back(who);
      if (last) all.set_value();
    };
  };
  ASSERT_TRUE(turns.take("greedy", std::stop_source(), [&](const Turn&) {
    begun.set_value();
    go.get_future().wait();
  }));
  begun.get_future().wait();
  ASSERT_TRUE(turns.take("greedy", std::stop_source(), said("greedy")));
  ASSERT_TRUE(turns.take("greedy", std::stop_source(), said("greedy", true)));
  ASSERT_TRUE(turns.take("modest", std::stop_source(), said("modest")));
  go.set_value();
  all.get_future().wait();
  EXPECT_EQ(order, (std::vector<std::string>{"modest", "greedy", "greedy"}));
}

TEST(Turns, MoreThanMayWaitAreRefusedAndTheEndStopsAll) {
  std::stop_source working;
  std::promise<void> begun;
  {
    TurnLimits limits = one_thread();
    limits.round = milliseconds(1'000'000);  // nobody is told to make room
    Turns turns(limits);
    ASSERT_TRUE(turns.take("a", working, [&](const Turn& turn) {
      begun.set_value();
      until_told(turn);
    }));
    begun.get_future().wait();
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(turns.take("a", std::stop_source(), [](const Turn&) {}));
    EXPECT_FALSE(turns.take("a", std::stop_source(), [](const Turn&) {}));
  }
  EXPECT_TRUE(working.stop_requested());
}

TEST(Turns, WorkThatHasNothingToShowUnwinds) {
  TurnLimits limits = one_thread();
  limits.longest = milliseconds(50);
  Turns turns(limits);
  std::promise<bool> stopped;
  ASSERT_TRUE(turns.take("a", std::stop_source(), [&](const Turn&) {
    try {
      for (;;) base::heed_stop();
    } catch (const base::Stopped&) {
      stopped.set_value(true);
    }
  }));
  EXPECT_TRUE(stopped.get_future().get());
}

TEST(Turns, WhoTakesTheLastMemoryIsEnded) {
  TurnLimits limits = one_thread();
  limits.threads = 2;
  limits.memory_bytes = 1;  // this process has more
  Turns turns(limits);
  std::promise<bool> memory;
  ASSERT_TRUE(turns.take("a", std::stop_source(), [&](const Turn& turn) {
    until_told(turn);
    memory.set_value(turn.ended_for_memory());
  }));
  EXPECT_TRUE(memory.get_future().get());
}

}  // namespace
}  // namespace gigawatt::server

#include "gigawatt/events/event_queue.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "gigawatt/base/check.h"
#include "gigawatt/base/random.h"

namespace gigawatt::events {
namespace {

using base::SimTime;

TEST(EventQueue, OrdersByTimeThenPriorityThenSequence) {
  EventQueue queue;
  queue.schedule({.time = {20}, .entity = 1});
  queue.schedule({.time = {10}, .priority = 5, .entity = 2});
  queue.schedule({.time = {10}, .priority = 1, .entity = 3});
  queue.schedule({.time = {10}, .priority = 5, .entity = 4});
  std::vector<std::uint32_t> order;
  while (const auto event = queue.pop()) order.push_back(event->entity);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{3, 2, 4, 1}));
  EXPECT_EQ(queue.now(), SimTime{20});
  EXPECT_EQ(queue.popped(), 4u);
}

TEST(EventQueue, CancelledEventsNeverHappen) {
  EventQueue queue;
  const Handle a = queue.schedule({.time = {1}, .entity = 1});
  queue.schedule({.time = {2}, .entity = 2});
  EXPECT_TRUE(queue.cancel(a));
  EXPECT_FALSE(queue.cancel(a));
  EXPECT_EQ(queue.next_time(), SimTime{2});
  EXPECT_EQ(queue.pop()->entity, 2u);
  EXPECT_FALSE(queue.pop().has_value());
}

TEST(EventQueue, AHandleDoesNotReachALaterEventInTheSameSlot) {
  EventQueue queue;
  const Handle old = queue.schedule({.time = {1}});
  queue.pop();
  const Handle fresh = queue.schedule({.time = {2}});
  EXPECT_EQ(fresh.slot, old.slot);
  EXPECT_FALSE(queue.cancel(old));
  EXPECT_TRUE(queue.pending(fresh));
}

TEST(EventQueue, RefusesThePast) {
  EventQueue queue(SimTime{100});
  EXPECT_THROW(queue.schedule({.time = {99}}), base::InternalError);
  queue.schedule({.time = {100}});
  EXPECT_EQ(queue.pop()->time, SimTime{100});
}

TEST(EventQueue, ManyCancellationsDoNotGrowTheHeap) {
  EventQueue queue;
  for (int i = 0; i < 100000; ++i) queue.cancel(queue.schedule({.time = {i + 1}}));
  const Handle last = queue.schedule({.time = {5}});
  EXPECT_LT(last.slot, 200u);  // slots are reused
  EXPECT_EQ(queue.size(), 1u);
}

/// Random schedules, cancellations and pops against a sorted reference.
TEST(EventQueueProperty, AgreesWithASortedReference) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    random::Stream random(seed, random::Domain::kTest, 1);
    EventQueue queue;
    using Key = std::tuple<std::int64_t, int, std::uint64_t>;
    std::map<Key, std::uint32_t> reference;
    std::vector<std::pair<Handle, Key>> handles;
    std::uint64_t sequence = 0;
    for (int step = 0; step < 3000; ++step) {
      const auto action = random.below(10);
      if (action < 5) {
        const Event event{.time = {queue.now().us + static_cast<std::int64_t>(random.below(20))},
                          .priority = static_cast<std::uint8_t>(random.below(3)),
                          .entity = static_cast<std::uint32_t>(step)};
        const Key key{event.time.us, event.priority, sequence++};
        handles.emplace_back(queue.schedule(event), key);
        reference[key] = event.entity;
      } else if (action < 7 && !handles.empty()) {
        const auto& [handle, key] = handles[random.below(handles.size())];
        EXPECT_EQ(queue.cancel(handle), reference.erase(key) == 1);
      } else {
        const auto event = queue.pop();
        ASSERT_EQ(event.has_value(), !reference.empty());
        if (event) {
          ASSERT_EQ(event->entity, reference.begin()->second);
          reference.erase(reference.begin());
        }
      }
      ASSERT_EQ(queue.size(), reference.size());
    }
  }
}

TEST(EventQueue, ACopyContinuesIdentically) {
  random::Stream random(3, random::Domain::kTest, 2);
  EventQueue queue;
  for (int i = 0; i < 500; ++i)
    queue.schedule(
        {.time = {static_cast<std::int64_t>(random.below(100))}, .entity = static_cast<std::uint32_t>(i)});
  for (int i = 0; i < 200; ++i) queue.pop();
  EventQueue copy = queue;
  EXPECT_EQ(copy.upcoming(), queue.upcoming());
  const auto upcoming = queue.upcoming();
  std::size_t i = 0;
  while (const auto event = queue.pop()) {
    EXPECT_EQ(event, copy.pop());
    EXPECT_EQ(*event, upcoming[i++]);
  }
  EXPECT_EQ(i, upcoming.size());
}

}  // namespace
}  // namespace gigawatt::events

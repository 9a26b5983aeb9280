// Cost of a pop and a push on a queue of a given size, and with a share of cancelled events.
#include <benchmark/benchmark.h>

#include "gigawatt/base/random.h"
#include "gigawatt/events/event_queue.h"

namespace gigawatt {
namespace {

void fill(events::EventQueue& queue, random::Stream& random, std::int64_t size) {
  for (std::int64_t i = 0; i < size; ++i)
    queue.schedule({.time = {static_cast<std::int64_t>(random.below(1'000'000'000))},
                    .entity = static_cast<std::uint32_t>(i)});
}

void hold(benchmark::State& state) {
  random::Stream random(1, random::Domain::kTest, 0);
  events::EventQueue queue;
  fill(queue, random, state.range(0));
  for (auto _ : state) {
    auto event = *queue.pop();
    event.time.us += 1 + static_cast<std::int64_t>(random.below(1'000'000'000));
    queue.schedule(event);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold)->RangeMultiplier(10)->Range(10, 1'000'000);

void hold_with_cancellations(benchmark::State& state) {
  random::Stream random(1, random::Domain::kTest, 0);
  events::EventQueue queue;
  fill(queue, random, state.range(0));
  for (auto _ : state) {
    auto event = *queue.pop();
    event.time.us += 1 + static_cast<std::int64_t>(random.below(1'000'000'000));
    queue.cancel(queue.schedule(event));
    queue.schedule(event);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold_with_cancellations)->RangeMultiplier(100)->Range(100, 1'000'000);

}  // namespace
}  // namespace gigawatt

// Jobs of batches as they come: the order of their arrival, where they are kept, and what is asked of their waits.
#include "gigawatt/fleet/arrivals.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "gigawatt/base/random.h"
#include "gigawatt/fleet/batch_ledger.h"
#include "gigawatt/fleet/by_job.h"

namespace gigawatt::fleet {
namespace {

FleetModel two_batches(std::uint32_t count) {
  FleetModel model;
  model.seed = 7;
  model.jobs.resize(2);
  for (std::uint32_t row = 0; row < 2; ++row) {
    BatchModel batch;
    batch.row = row;
    batch.first = 2 + row * count;
    batch.count = count;
    batch.begin = base::SimTime{1'000'000};
    batch.span_s = row == 0 ? 0.01 : 5;  // many at one microsecond
    batch.median_s = 3600;
    batch.sigma = 0.5;
    batch.up_to = {0.5, 1};
    batch.by_size.resize(2);
    model.batches.push_back(std::move(batch));
  }
  return model;
}

std::vector<Arrival> all_of(const FleetModel& model, std::size_t held, const std::stop_token& stop = {}) {
  Arrivals arrivals(model, held);
  std::vector<Arrival> out;
  while (const auto next = arrivals.next(stop)) out.push_back(*next);
  return out;
}

TEST(Arrivals, ComeInOrderWhateverIsHeld) {
  const FleetModel model = two_batches(20'000);
  std::vector<Arrival> sorted;
  for (const BatchModel& batch : model.batches)
    for (std::uint32_t i = 0; i < batch.count; ++i)
      sorted.push_back({batch.arrival(model.seed, i), batch.first + i});
  std::sort(sorted.begin(), sorted.end());
  ASSERT_TRUE(std::adjacent_find(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
                return a.time == b.time;
              }) != sorted.end());
  for (const std::size_t held : {std::size_t{1}, std::size_t{5'000}, Arrivals::kHeld}) {
    const auto drawn = all_of(model, held);
    EXPECT_EQ(drawn, sorted) << held;
  }
}

TEST(Arrivals, EndWhenAskedToStop) {
  const FleetModel model = two_batches(1000);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(all_of(model, Arrivals::kHeld, stop.get_token()).empty());
}

TEST(Arrivals, AJobIsFoundByItsNumberAndDrawnTheSameAtAnyTime) {
  const FleetModel model = two_batches(1000);
  EXPECT_EQ(model.batch_of(2), 0u);
  EXPECT_EQ(model.batch_of(1001), 0u);
  EXPECT_EQ(model.batch_of(1002), 1u);
  for (std::uint32_t i = 0; i < 100; ++i) {
    const Member one = model.batches[1].draw(model.seed, 1, i);
    EXPECT_EQ(one.arrival, model.batches[1].arrival(model.seed, i));
    EXPECT_LT(one.size, 2u);
    EXPECT_NEAR(one.stretch, base::Duration{one.useful_us}.to_seconds() / 3600, 1e-6);
  }
}

TEST(ByJob, HoldsWhatAMapHolds) {
  random::Stream random(3, random::Domain::kTest, 1);
  ByJob<std::uint32_t> values;
  values.reset(10);
  std::map<std::uint32_t, std::uint32_t> wanted;
  for (std::uint32_t step = 0; step < 200'000; ++step) {
    // Numbers of all sizes: below the bound, close together, far apart.
    auto number = static_cast<std::uint32_t>(random.below(step % 3 == 0 ? 20 : 3000));
    if (step % 7 == 0) number *= 1'000'003;
    if (const auto at = wanted.find(number); at != wanted.end()) {
      ASSERT_TRUE(values.has(number));
      ASSERT_EQ(values[number], at->second);
      values.remove(number);
      wanted.erase(at);
    } else {
      ASSERT_FALSE(values.has(number));
      ASSERT_EQ(values.find(number), nullptr);
      values.add(number, step);
      wanted[number] = step;
    }
    ASSERT_EQ(values.size(), wanted.size());
  }
  std::vector<std::uint32_t> sparse, beyond;
  values.for_each_sparse([&](std::uint32_t number) { sparse.push_back(number); });
  std::sort(sparse.begin(), sparse.end());
  for (const auto& [number, value] : wanted)
    if (number >= 10) beyond.push_back(number);
  EXPECT_EQ(sparse, beyond);
}

TEST(Waits, AreExactWhileFewAndCloseWhenMany) {
  random::Stream random(3, random::Domain::kTest, 2);
  Waits exact, classed(100);
  for (int i = 0; i < 20'000; ++i) {
    const double wait_s = i % 5 == 0 ? 0 : random.lognormal(600, 2);
    exact.add(wait_s);
    classed.add(wait_s);
  }
  EXPECT_EQ(exact.mean(), classed.mean());
  EXPECT_EQ(exact.quantile(0.1), 0);
  EXPECT_EQ(classed.quantile(0.1), 0);
  for (const double share : {0.3, 0.5, 0.95, 0.999})
    EXPECT_NEAR(classed.quantile(share) / exact.quantile(share), 1, 0.006) << share;
}

}  // namespace
}  // namespace gigawatt::fleet

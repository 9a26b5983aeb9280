#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/series_levels.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

namespace fs = std::filesystem;

constexpr SeriesView kView{"load_mw_it", "fleet", "", ""};

TEST(SeriesLevels, RowsSummarizeEightEach) {
  SeriesLevels levels;
  const int points = 8 * 8 * 2 + 12;
  for (int i = 0; i < points; ++i) levels.add(kView, LevelRow::of(base::SimTime{i}, i, i - 1, i + 1));
  const auto taken = levels.take();
  ASSERT_EQ(taken.size(), 1u);
  const auto& extent = taken.begin()->second;
  EXPECT_EQ(extent.points, points);
  EXPECT_EQ(extent.last.us, points - 1);
  const auto& first = extent.levels[0];
  ASSERT_EQ(first.size(), 8u * 2 + 2);
  EXPECT_EQ(first[1].first.us, 8);
  EXPECT_EQ(first[1].min, 8);
  EXPECT_EQ(first[1].max, 15);
  EXPECT_EQ(first[1].sum, (8 + 15) * 4);
  EXPECT_EQ(first[1].low, 7);
  EXPECT_EQ(first.back().count, 12 - 8);
  ASSERT_EQ(extent.levels[1].size(), 3u);
  EXPECT_EQ(extent.levels[1][0].count, 8 * 8);
  EXPECT_EQ(extent.levels[1][2].count, 12);
  for (const auto& level : extent.levels) {
    std::int64_t count = 0;
    double sum = 0;
    for (const auto& row : level) count += row.count, sum += row.sum;
    EXPECT_EQ(count, points);
    EXPECT_EQ(sum, points * (points - 1.0) / 2);
  }
}

TEST(SeriesLevels, ShortSeriesHaveNoneAndGapsAreLeftOut) {
  SeriesLevels levels;
  for (int i = 0; i < 7; ++i) levels.add(kView, LevelRow::of(base::SimTime{i}, i, i, i));
  EXPECT_TRUE(levels.take().begin()->second.levels[0].empty());
  for (int i = 0; i < 16; ++i)
    levels.add(kView, LevelRow::of(base::SimTime{i}, i % 2 ? std::nan("") : i, i, i));
  const auto taken = levels.take();
  const auto& extent = taken.begin()->second;
  EXPECT_EQ(extent.points, 16);
  ASSERT_EQ(extent.levels[0].size(), 1u);
  EXPECT_EQ(extent.levels[0][0].count, 8);
  EXPECT_EQ(extent.levels[0][0].max, 14);
}

class SeriesInStore : public ::testing::Test {
 protected:
  static constexpr int kPoints = 400'000;
  static constexpr std::int64_t kEvery = 60'000'000;  // one a minute

  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("gigawatt_series_" + std::to_string(getpid()));
    fs::create_directories(folder_);
    store_ = open_store(folder_ / "runs.db");
    auto run = store_->begin_run({});
    std::mt19937 random(1);
    for (int i = 0; i < kPoints; ++i) {
      values_.push_back(std::sin(i * 1e-4) * 100 + static_cast<double>(random() % 1000) / 100);
      run->point(Series::kItLoad, {}, "", time(i), values_.back());
      if (i == kPoints / 2) run->commit();
    }
    run->finish(RunStatus::kComplete);
  }
  static void TearDownTestSuite() {
    store_.reset();
    fs::remove_all(folder_);
  }
  static base::SimTime time(std::int64_t i) {
    return base::SimTime::from_date(2025, 1, 1) + base::Duration{i * kEvery};
  }

  /// The extremes over [first, end) by brute force must be within those of the answer, which has at most `points` rows
  /// and nothing from outside the range and `slack` points on each side (what a row of the level read stands for).
  static void check(std::int64_t first, std::int64_t end, std::int64_t points, std::int64_t slack) {
    const auto data = store_->series(1, {"load_mw_it", "fleet", "", "", time(first), time(end), points});
    const auto clamp = [](std::int64_t i) { return std::clamp<std::int64_t>(i, 0, kPoints); };
    ASSERT_FALSE(data.mean.empty());
    EXPECT_LE(static_cast<std::int64_t>(data.mean.size()), points + 1);
    EXPECT_GE(static_cast<std::int64_t>(data.mean.size()), std::min(points, clamp(end) - clamp(first)) / 2);
    EXPECT_TRUE(std::is_sorted(data.epoch_ms.begin(), data.epoch_ms.end()));
    EXPECT_GE(data.epoch_ms.front(), static_cast<double>(time(clamp(first)).us / 1000));
    const auto extremes = [&](std::int64_t from, std::int64_t to) {
      return std::minmax_element(values_.begin() + clamp(from), values_.begin() + clamp(to));
    };
    const auto [low, high] = extremes(first, end);
    const auto [lowest, highest] = extremes(first - slack, end + slack);
    const double least = *std::min_element(data.min.begin(), data.min.end());
    const double most = *std::max_element(data.max.begin(), data.max.end());
    EXPECT_LE(least, *low);
    EXPECT_GE(most, *high);
    EXPECT_GE(least, *lowest);
    EXPECT_LE(most, *highest);
    for (std::size_t i = 0; i < data.mean.size(); ++i) {
      EXPECT_LE(data.min[i], data.mean[i] + 1e-9);
      EXPECT_GE(data.max[i], data.mean[i] - 1e-9);
    }
  }

  static fs::path folder_;
  static std::unique_ptr<Store> store_;
  static std::vector<double> values_;
};
fs::path SeriesInStore::folder_;
std::unique_ptr<Store> SeriesInStore::store_;
std::vector<double> SeriesInStore::values_;

TEST_F(SeriesInStore, ExtremesSurviveAtEveryZoom) {
  check(0, kPoints, 1000, 0);
  check(-10, kPoints + 10, 500, 0);
  check(1000, 1500, 1000, 0);  // fewer points than asked for: as they are
  check(7777, 15'000, 800, 0);
  check(7777, 99'999, 800, 8);
  check(123'456, 345'678, 300, 64);
  check(100, 101, 10, 0);
}

/// Whoever wrote a store before levels came in steps of 8 finds the same rows in it as if it were written now.
TEST_F(SeriesInStore, LevelsOfAnOlderStoreAreMadeAnew) {
  const auto file = folder_ / "old.db";
  const auto rows = [&] {
    return Session(file).query(
        "SELECT level, time, points, min, max, round(mean, 9), low, high FROM series_level ORDER BY ALL");
  };
  {
    const auto store = open_store(file);
    auto run = store->begin_run({});
    for (int i = 0; i < 5000; ++i)
      run->point(Series::kItLoad, {}, "", time(i), values_[static_cast<std::size_t>(i)]);
    for (int i = 0; i < 7; ++i) run->point(Series::kFacilityLoad, {}, "", time(i), 1);
    run->finish(RunStatus::kComplete);
  }
  const auto before = rows();
  ASSERT_EQ(before.size(), 625u + 79 + 10 + 2 + 1 + 1);
  {
    Session session(file);
    session.execute("DELETE FROM series_level WHERE level <> 2");
    for (const char* table : {"metric", "series", "claim"})
      session.execute(std::string("ALTER TABLE ") + table + " DROP COLUMN nominal");
    session.execute("ALTER TABLE claim DROP COLUMN claimed_upper");
    session.execute("UPDATE gigawatt_store SET schema_version = 2");
  }
  open_store(file).reset();
  EXPECT_EQ(rows(), before);
}

TEST_F(SeriesInStore, FewPointsComeAsTheyAre) {
  const auto data = store_->series(1, {"load_mw_it", "fleet", "", "", time(50), time(60), 100});
  ASSERT_EQ(data.mean.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(data.mean[i], values_[50 + i]);
    EXPECT_EQ(data.min[i], values_[50 + i]);
    EXPECT_EQ(data.epoch_ms[i], static_cast<double>(time(50 + static_cast<std::int64_t>(i)).us / 1000));
  }
}

TEST_F(SeriesInStore, WhatIsNotThereIsEmpty) {
  EXPECT_TRUE(store_->series(1, {"load_mw_it", "fleet", "", "x", time(0), time(10), 10}).mean.empty());
  EXPECT_TRUE(store_->series(1, {"load_mw_it", "fleet", "", "", time(-100), time(-10), 10}).mean.empty());
  EXPECT_TRUE(store_->series(1, {"load_mw_it", "fleet", "", "", time(10), time(5), 10}).mean.empty());
  EXPECT_TRUE(store_->series(2, {"load_mw_it", "fleet", "", "", time(0), time(10), 10}).mean.empty());
}

TEST_F(SeriesInStore, TheIndexCountsPoints) {
  const auto index = store_->series_of(1);
  ASSERT_EQ(index.size(), 1u);
  EXPECT_EQ(index[0].points, kPoints);
  EXPECT_EQ(index[0].last, time(kPoints - 1));
}

}  // namespace
}  // namespace gigawatt::results

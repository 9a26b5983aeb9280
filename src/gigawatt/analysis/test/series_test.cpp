#include "gigawatt/analysis/series.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::analysis {
namespace {

RunRow series_run(std::int64_t gpus, std::int64_t batch, std::int32_t tp) {
  RunRow r;
  r.source = "lab";
  r.model.name = "m";
  r.seq_len = 2048;
  r.accelerator = "A100-80GB";
  r.gpus = gpus;
  r.global_batch = batch;
  r.plan.tp = tp;
  r.micro_batch = 1;
  return r;
}

TEST(Spearman, ComparesOrdersNotValues) {
  EXPECT_DOUBLE_EQ(spearman({1, 2, 3, 4}, {10, 200, 3000, 40000}), 1);
  EXPECT_DOUBLE_EQ(spearman({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
  EXPECT_DOUBLE_EQ(spearman({1, 2, 3, 4}, {1, 3, 2, 4}), 0.8);  // 1 - 6 * 2 / (4 * 15)
  EXPECT_DOUBLE_EQ(spearman({1, 2, 3}, {5, 5, 5}), 0);
}

TEST(Spearman, TiesGetMeanRanks) {
  // Ranks 0.5, 0.5, 2, 3 against 0, 1, 2, 3: sums of products 4.5, of squares 4.5 and 5.
  EXPECT_NEAR(spearman({1, 1, 2, 3}, {1, 2, 3, 4}), 4.5 / std::sqrt(4.5 * 5), 1e-12);
}

TEST(Ranking, RegretIsWhatTheChosenPlanCosts) {
  std::vector<RunRow> plans;
  for (const std::int32_t tp : {1, 2, 4, 8}) plans.push_back(series_run(64, 512, tp));
  const double measured[] = {10, 8, 9, 12};
  const double predicted[] = {9, 8.5, 8, 11};  // chooses tp 4, measured 9: 12.5% slower than 8
  std::vector<TimedRow> rows;
  for (std::size_t i = 0; i < plans.size(); ++i) rows.push_back({&plans[i], measured[i], predicted[i]});
  const auto r = ranking(rows);
  ASSERT_EQ(r.size(), 1U);
  EXPECT_EQ(r[0].groups, 1U);
  EXPECT_EQ(r[0].plans, 4U);
  EXPECT_DOUBLE_EQ(r[0].worst_regret_pct, 12.5);
  EXPECT_DOUBLE_EQ(r[0].chosen_within_3_pct, 0);
  rows.pop_back();
  EXPECT_TRUE(ranking(rows).empty()) << "three plans are too few to rank";
}

TEST(Scaling, ComparesRatiosInsideASeries) {
  const std::vector<RunRow> weak = {series_run(8, 64, 1), series_run(16, 128, 1), series_run(32, 256, 1)};
  const std::vector<RunRow> strong = {series_run(64, 512, 2), series_run(128, 512, 2)};
  const std::vector<TimedRow> rows = {
      {&weak[0], 1, 2}, {&weak[1], 1.1, 2.2}, {&weak[2], 1.2, 3}, {&strong[0], 4, 4}, {&strong[1], 2, 2.5}};
  const auto s = scaling(rows);
  ASSERT_EQ(s.size(), 2U);
  EXPECT_EQ(s[0].kind, "strong");
  EXPECT_EQ(s[0].pairs, 1U);
  EXPECT_NEAR(s[0].median_abs_pct, 25, 1e-9);  // (2.5 / 4) / (2 / 4) - 1
  EXPECT_EQ(s[1].kind, "weak");
  EXPECT_EQ(s[1].pairs, 2U);
  EXPECT_NEAR(s[1].median_abs_pct, 12.5, 1e-9);  // 0% and 1.5 / 1.2 - 1 = 25%
}

}  // namespace
}  // namespace gigawatt::analysis

#include "gigawatt/finance/statement.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::finance {
namespace {

TEST(Statement, ReturnOfABondIsItsCoupon) {
  // 100 paid at the middle of year 1, 8 a year, 108 in year 5: the flows of a bond at par, half a year late each.
  const std::vector<double> flows = {-100, 8, 8, 8, 108};
  const auto rate = rate_of_return(flows, 0, 1);
  ASSERT_TRUE(rate);
  EXPECT_NEAR(*rate, 0.08, 1e-12);
  EXPECT_NEAR(present_value(flows, 0, 0.08, 1), 0, 1e-9);
}

TEST(Statement, FlowsOfOneSignHaveNoReturn) {
  EXPECT_FALSE(rate_of_return(std::vector<double>{-1, -2}, 0, 1));
  EXPECT_FALSE(rate_of_return(std::vector<double>{1, 2}, 3, 1));
}

TEST(Statement, DebtAndTaxByHand) {
  // 100 of capital in year 1, half borrowed at 10% over 2 years, written off over years 2 and 3; revenue 90, costs 10.
  const CashFlows flows{{0, 90, 90}, {0, 10, 10}, {100, 0, 0}, {0, 50, 50}, 0};
  const auto s = statement(flows, {.period_years = 1,
                                   .discount_rate = 0.1,
                                   .debt_share = 0.5,
                                   .debt_rate = 0.1,
                                   .debt_years = 2,
                                   .tax_rate = 0.2});
  ASSERT_EQ(s.rows.size(), 3u);
  EXPECT_DOUBLE_EQ(s.rows[0].cash, -50);
  EXPECT_DOUBLE_EQ(s.rows[1].interest, 5);  // 10% of 50
  EXPECT_DOUBLE_EQ(s.rows[1].tax, 5);       // 20% of 90 - 10 - 50 - 5 = 25
  EXPECT_DOUBLE_EQ(s.rows[1].repaid, 25);
  EXPECT_DOUBLE_EQ(s.rows[1].cash, 45);  // 80 - 5 - 5 - 25
  EXPECT_DOUBLE_EQ(s.rows[2].interest, 2.5);
  EXPECT_DOUBLE_EQ(s.rows[2].tax, 5.5);  // 20% of 27.5
  EXPECT_DOUBLE_EQ(s.rows[2].cash, 47);  // 80 - 2.5 - 5.5 - 25
  EXPECT_DOUBLE_EQ(s.rows[2].debt_end, 0);
  EXPECT_NEAR(s.npv, -50 / std::pow(1.1, 0.5) + 45 / std::pow(1.1, 1.5) + 47 / std::pow(1.1, 2.5), 1e-12);
  EXPECT_NEAR(s.npv_before_debt,
              -100 / std::pow(1.1, 0.5) + 80 / std::pow(1.1, 1.5) + 80 / std::pow(1.1, 2.5), 1e-12);
}

TEST(Statement, LossesAreCarriedForward) {
  const CashFlows flows{{0, 30, 100}, {0, 0, 0}, {0, 0, 0}, {40, 0, 0}, 0};
  const auto s = statement(flows, {.period_years = 1, .tax_rate = 0.25});
  EXPECT_DOUBLE_EQ(s.rows[1].tax, 0);     // 30 against a loss of 40
  EXPECT_DOUBLE_EQ(s.rows[2].tax, 22.5);  // 25% of 100 - 10
}

TEST(Statement, WhatIsOwedAtTheEndIsTakenFromTheBookValue) {
  const CashFlows flows{{0}, {0}, {100}, {0}, 100};
  const auto s = statement(
      flows, {.period_years = 1, .discount_rate = 0, .debt_share = 0.8, .debt_rate = 0, .debt_years = 4});
  EXPECT_DOUBLE_EQ(s.terminal, 20);
  EXPECT_DOUBLE_EQ(s.npv, 0);
}

}  // namespace
}  // namespace gigawatt::finance

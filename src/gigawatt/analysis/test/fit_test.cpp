#include "gigawatt/analysis/fit.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::analysis {
namespace {

/// y = a + b x as residuals log(model / measured), with a relative disturbance per row.
FitProblem straight_line(double a, double b, std::size_t rows, double disturbance) {
  FitProblem p;
  p.parameters = {{"a", 1, 0.1, 10, "s", "offset"}, {"b", 1, 0.1, 10, "s", "slope"}};
  p.rows = rows;
  p.residuals = [=](std::span<const double> x, std::span<double> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto at = static_cast<double>(i);
      const double measured = (a + b * at) * (1 + disturbance * (i % 2 ? 1 : -1));
      out[i] = std::log((x[0] + x[1] * at) / measured);
    }
  };
  return p;
}

TEST(Fit, FindsTheConstantsOfExactRows) {
  const FitResult r = fit(straight_line(2, 0.5, 20, 0));
  EXPECT_NEAR(r.parameters[0].value, 2, 1e-3);
  EXPECT_NEAR(r.parameters[1].value, 0.5, 1e-3);
  EXPECT_LT(r.after.median_pct, 0.1);
  EXPECT_GT(r.before.median_pct, 20);
}

TEST(Fit, StandardErrorCoversTheDisturbance) {
  const FitResult r = fit(straight_line(2, 0.5, 40, 0.05));
  EXPECT_GT(r.parameters[1].standard_error, 0.001);
  EXPECT_LT(r.parameters[1].standard_error, 0.05);
  EXPECT_NEAR(r.parameters[1].value, 0.5, 4 * r.parameters[1].standard_error);
}

TEST(Fit, OneWrongRowDoesNotBendIt) {
  FitProblem p = straight_line(2, 0.5, 20, 0);
  const auto clean = p.residuals;
  p.residuals = [clean](std::span<const double> x, std::span<double> out) {
    clean(x, out);
    out[7] -= std::log(5.0);  // a row that is five times too slow
  };
  const FitResult r = fit(p);
  EXPECT_NEAR(r.parameters[1].value, 0.5, 0.02);
}

TEST(Fit, KeepsTheStartOfWhatNoRowDependsOn) {
  FitProblem p = straight_line(2, 0.5, 20, 0.01);
  p.parameters.push_back({"unused", 3, 1, 5, "1", "nothing"});
  const FitResult r = fit(p);
  EXPECT_FALSE(r.parameters[2].determined);
  EXPECT_EQ(r.parameters[2].why, "no row depends on it");
  EXPECT_DOUBLE_EQ(r.parameters[2].value, 3);
  EXPECT_TRUE(r.parameters[0].determined);
}

TEST(Fit, TwoRowsFreeOneParameter) {
  const FitResult r = fit(straight_line(2, 0.5, 2, 0));
  EXPECT_EQ(r.parameters[0].determined + r.parameters[1].determined, 1);
  EXPECT_TRUE(r.parameters[0].why == "too few rows" || r.parameters[1].why == "too few rows");
}

TEST(Fit, NoRowsKeepEveryStart) {
  const FitResult r = fit(straight_line(2, 0.5, 0, 0));
  for (const auto& p : r.parameters) {
    EXPECT_FALSE(p.determined);
    EXPECT_DOUBLE_EQ(p.value, 1);
  }
}

TEST(Fit, ValueAtABoundSaysSo) {
  FitProblem p = straight_line(2, 0.5, 20, 0);
  p.parameters[0].high = 1.5;
  const FitResult r = fit(p);
  EXPECT_NEAR(r.parameters[0].value, 1.5, 0.01);
  EXPECT_EQ(r.parameters[0].why, "at its bound");
}

TEST(Fit, FixedParameterStays) {
  FitProblem p = straight_line(2, 0.5, 20, 0);
  p.parameters[1].fixed = true;
  const FitResult r = fit(p);
  EXPECT_DOUBLE_EQ(r.parameters[1].value, 1);
  EXPECT_EQ(r.parameters[1].why, "fixed");
}

TEST(Fit, IsRepeatable) {
  const FitResult a = fit(straight_line(2, 0.5, 20, 0.03));
  const FitResult b = fit(straight_line(2, 0.5, 20, 0.03));
  EXPECT_EQ(a.values(), b.values());
}

TEST(Fit, RejectsSizesThatDisagree) {
  FitProblem p = straight_line(2, 0.5, 20, 0);
  p.weights = {1, 2};
  EXPECT_THROW(fit(p), std::invalid_argument);
  p = straight_line(2, 0.5, 20, 0);
  p.parameters[0].start = 11;
  EXPECT_THROW(fit(p), std::invalid_argument);
}

TEST(CrossValidate, ALineThatHoldsEverywhereIsPredictedFromTheOtherGroups) {
  FitProblem p = straight_line(2, 0.5, 30, 0.02);
  for (std::size_t i = 0; i < p.rows; ++i) p.groups.push_back("source " + std::to_string(i % 3));
  const auto residuals = cross_validate(p);
  EXPECT_LT(summarize(residuals).median_pct, 4);
}

TEST(CrossValidate, AGroupOfItsOwnIsNotLearnedFromItself) {
  FitProblem p = straight_line(2, 0.5, 30, 0);
  p.parameters = {{"a", 1, 0.1, 10, "s", "offset"},
                  {"b", 1, 0.1, 10, "s", "slope"},
                  {"c", 0, -2, 2, "1", "of one group"}};
  const auto base = p.residuals;
  p.residuals = [base](std::span<const double> x, std::span<double> out) {
    base(x, out);
    for (std::size_t i = 20; i < out.size(); ++i) out[i] += x[2] - 1;  // group "late" needs c = 1
  };
  for (std::size_t i = 0; i < p.rows; ++i) p.groups.push_back(i < 10 ? "a" : i < 20 ? "b" : "late");
  const auto residuals = cross_validate(p);
  EXPECT_NEAR(residuals[25], -1, 0.1);
  EXPECT_NEAR(fit(p).residuals[25], 0, 0.05);
}

TEST(Summarize, MedianMeanAndNinetiethPercentile) {
  const std::vector<double> r = {std::log(1.1), std::log(0.9), std::log(1.3)};
  const ErrorSummary s = summarize(r);
  EXPECT_NEAR(s.median_pct, 10, 1e-9);
  EXPECT_NEAR(s.mean_pct, 50.0 / 3, 1e-9);
  EXPECT_NEAR(s.p90_pct, 26, 1e-9);
  EXPECT_NEAR(s.bias_pct, 10, 1e-9);
}

}  // namespace
}  // namespace gigawatt::analysis

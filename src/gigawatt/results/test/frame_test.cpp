#include "gigawatt/results/frame.h"

#include <cmath>

#include <gtest/gtest.h>

namespace gigawatt::results {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// One site with a metric, a date, a figure with a band of its own, and a series of two months.
Frame frame(double mw, double end = 5e6) {
  Frame f({base::SimTime{0}, base::SimTime{1}});
  f.begin(SubjectKind::kSite, "a");
  f.metric(Metric::kEnergizedItPower, mw * 1e6, {.scale = 1e6});
  f.metric(Metric::kFirstPower, end, {.scale = 1e6, .form = Form::kDate});
  f.metric(Metric::kStepTime, 6, {}, std::pair{5.0, 8.0});
  const double values[] = {mw, 2 * mw};
  f.series(Series::kAccelerators, "", values, {});
  return f;
}

const Record& first(const Frame& f, Metric metric) { return *f.find(f.subject(SubjectKind::kSite), metric); }

TEST(Frame, OneRunHasNoIntervalsButThoseThatPhysicsState) {
  const Frame f = frame(10);
  const Interval power = f.interval(first(f, Metric::kEnergizedItPower));
  EXPECT_EQ(power.value, 10);
  EXPECT_EQ(power.nominal, 10);
  EXPECT_TRUE(std::isnan(power.low) && std::isnan(power.high));
  const Interval step = f.interval(first(f, Metric::kStepTime));
  EXPECT_EQ(step.low, 5);
  EXPECT_EQ(step.high, 8);
  EXPECT_EQ(f.futures(), 0u);
}

TEST(Frame, QuantilesAreTakenFigureByFigure) {
  Frame f = frame(100);
  std::vector<std::vector<double>> futures;
  for (int i = 0; i <= 10; ++i) futures.push_back(frame(i).values());
  f.summarize(futures);
  const Interval power = f.interval(first(f, Metric::kEnergizedItPower));
  EXPECT_DOUBLE_EQ(power.low, 1);
  EXPECT_DOUBLE_EQ(power.value, 5);
  EXPECT_DOUBLE_EQ(power.high, 9);
  EXPECT_DOUBLE_EQ(power.nominal, 100);
  const Record& series = *f.find(f.subject(SubjectKind::kSite), Series::kAccelerators);
  EXPECT_DOUBLE_EQ(f.interval(series, 1).high, 18);
  EXPECT_EQ(f.interval(first(f, Metric::kStepTime)).high, 8);  // the physics' own band stays
}

TEST(Frame, AWidthOfZeroMeansThatAllFuturesAgree) {
  Frame f = frame(1);
  std::vector<std::vector<double>> futures(30, frame(7).values());
  f.summarize(futures);
  EXPECT_EQ(f.interval(first(f, Metric::kEnergizedItPower)).low, 7);
  EXPECT_EQ(f.interval(first(f, Metric::kEnergizedItPower)).high, 7);
  futures[3] = frame(8).values();  // one of thirty moves no percentile, but they do not agree
  f.summarize(futures);
  EXPECT_EQ(f.interval(first(f, Metric::kEnergizedItPower)).value, 7);
  EXPECT_EQ(f.interval(first(f, Metric::kEnergizedItPower)).low, 7);
  EXPECT_EQ(f.interval(first(f, Metric::kEnergizedItPower)).high, 8);
}

TEST(Frame, ADateThatFewFuturesReachIsNoUpperEnd) {
  Frame f = frame(1);
  const std::vector<std::vector<double>> futures = {frame(1, 2e6).values(), frame(1, 2e6).values(),
                                                    frame(1, kInfinite).values()};
  f.summarize(futures);
  const Interval date = f.interval(first(f, Metric::kFirstPower));
  EXPECT_DOUBLE_EQ(date.low, 2);
  EXPECT_DOUBLE_EQ(date.value, 2);
  EXPECT_TRUE(std::isnan(date.high));
}

TEST(Frame, AFigureThatAFutureLacksIsLeftOut) {
  Frame f = frame(1);
  const double none = std::nan("");
  f.summarize(std::vector<std::vector<double>>{frame(none).values(), frame(4).values(), frame(6).values()});
  EXPECT_DOUBLE_EQ(f.interval(first(f, Metric::kEnergizedItPower)).value, 5);
  f.summarize(std::vector<std::vector<double>>{frame(none).values(), frame(4).values()});
  EXPECT_DOUBLE_EQ(f.interval(first(f, Metric::kEnergizedItPower)).value, 4);
  EXPECT_TRUE(std::isnan(f.interval(first(f, Metric::kEnergizedItPower)).low));
}

}  // namespace
}  // namespace gigawatt::results

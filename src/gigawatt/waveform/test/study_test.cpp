#include "gigawatt/waveform/study.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "fixture.h"

namespace gigawatt::waveform {
namespace {

const std::vector<Limit>& limits() {
  static const std::vector<Limit> kLimits = *load_limits(std::string(GW_SOURCE_DIR) + "/data");
  return kLimits;
}

step::StepRequest llama405b(std::int64_t dp = 256) {
  step::StepRequest r = test::request("llama3.1-405b", "h100-sxm", 8 * 16 * dp);
  r.seq_len = 8192;
  r.plan.tp = 8;
  r.plan.pp = 16;
  r.plan.vpp = 1;
  r.plan.dp = static_cast<std::int32_t>(dp);
  r.plan.sequence_parallel = true;
  r.global_batch = 16 * dp;
  return r;
}

Study minute(const StudyInput& asked, const step::StepRequest& r) {
  const auto& w = test::world();
  StudyInput in = asked;
  in.accelerators = static_cast<double>(r.gpus) / static_cast<double>(in.jobs);
  in.accelerators_of_a_rack = 32;
  if (in.chain == nullptr) in.chain = w.power.chains.chain("ups");
  in.pue = 1.2;
  return study(in, test::profile(r), power::node_law(*r.system, *r.accelerator), w.power, limits());
}

TEST(Study, AMinuteOfACampusConserves) {
  const auto r = llama405b();
  const Study s = minute({}, r);
  EXPECT_EQ(s.load.facility.watts.size(), 60000u);
  EXPECT_NEAR(s.it_mean_w / s.step_it_w, 1, 1e-3);
  EXPECT_GT(s.mean_w, s.it_mean_w);
  EXPECT_LT(s.facility.most, s.capacity_facility_w);
  // The largest line is that of the step or one of its multiples.
  const double period = test::profile(r).period_s;
  const auto best = *std::max_element(s.spectrum.begin(), s.spectrum.end(),
                                      [](const Line& a, const Line& b) { return a.w < b.w; });
  EXPECT_NEAR(best.hz * period, std::round(best.hz * period), 0.02);
}

/// A PUE is that of the usual chain: a chain that loses less draws less at the meter, by what its stages save.
TEST(Study, AChainThatLosesLessDrawsLess) {
  const auto& chains = test::world().power.chains;
  StudyInput in;
  in.window_s = 10;
  in.dt_s = 0.01;
  in.pue_chain = chains.chain("ups");
  const Study usual = minute(in, llama405b());
  in.chain = chains.chain("eco");
  const Study eco = minute(in, llama405b());
  const auto lost = [](const Study& s) {
    double all = 0;
    for (const auto& stage : s.load.losses) all += stage.loss_w;
    return all;
  };
  EXPECT_LT(lost(eco), 0.8 * lost(usual));
  EXPECT_NEAR(usual.load.cooling_mean_w, eco.load.cooling_mean_w, 1e-6 * usual.load.cooling_mean_w);
  EXPECT_NEAR(usual.mean_w - eco.mean_w, lost(usual) - lost(eco), 1e-2 * (lost(usual) - lost(eco)));
}

TEST(Study, AllStepsOfAWindowAreAlikeToItsEnds) {
  const Study s = minute({}, llama405b());
  const Extremes whole = extremes(s.after_series.watts);
  EXPECT_NEAR(s.facility.most, whole.most, 1e-3 * whole.most);
  EXPECT_NEAR(s.facility.least, whole.least, 1e-3 * whole.least);
}

TEST(Study, EveryLimitThatBoundsPowerIsEvaluatedAndTheWorstChosen) {
  const Study s = minute({}, llama405b(512));
  EXPECT_GE(s.limits.size(), 8u);
  for (const LimitResult& l : s.limits)
    if (l.verdict.applies) {
      EXPECT_LE(l.verdict.worst()->ratio(), s.limits[s.chosen].verdict.worst()->ratio());
    }
}

TEST(Study, MitigationsAskedForActOneAfterTheOther) {
  const auto& l = limits();
  StudyInput in;
  in.limit = &*std::find_if(l.begin(), l.end(), [](const Limit& x) { return x.name == "lipa"; });
  in.mitigations = {{Means::kFloor, 0.5}, {Means::kBattery, -1}};
  const Study s = minute(in, llama405b());
  EXPECT_TRUE(s.after.holds());
  EXPECT_FALSE(s.limits[s.chosen].verdict.holds());
  ASSERT_EQ(s.mitigated.size(), 2u);
  in.mitigations = {{Means::kBattery, -1}};
  // A floor below it leaves less to the battery.
  EXPECT_LT(s.mitigated[1].storage.energy_j, minute(in, llama405b()).mitigated[0].storage.energy_j);
}

TEST(Study, LargerBatteriesLeaveLessUntilTheLimitHolds) {
  const auto& l = limits();
  StudyInput in;
  in.limit = &*std::find_if(l.begin(), l.end(), [](const Limit& x) { return x.name == "lipa"; });
  in.batteries = 7;
  const Study s = minute(in, llama405b());
  ASSERT_EQ(s.batteries.size(), 7u);
  EXPECT_EQ(s.batteries.front().energy_j, 0);
  EXPECT_NEAR(s.batteries.front().worst, s.limits[s.chosen].verdict.worst()->ratio(), 1e-9);
  EXPECT_GT(s.batteries.front().worst, 1);
  for (std::size_t i = 1; i < s.batteries.size(); ++i) {
    EXPECT_GT(s.batteries[i].energy_j, s.batteries[i - 1].energy_j);
    EXPECT_LE(s.batteries[i].worst, s.batteries[i - 1].worst + 1e-9);
    EXPECT_LE(s.batteries[i].swing_w, s.batteries[i - 1].swing_w + 1);
  }
  // The smallest that meets the limit is at two thirds of the curve.
  EXPECT_GT(s.batteries[3].worst, 1);
  EXPECT_LE(s.batteries[5].worst, 1);
}

TEST(Study, ChecksOfBandsSayWhichAndNoLineLiesAboveHalfOfTheSamples) {
  StudyInput in;
  in.dt_s = 0.1;
  const Study s = minute(in, llama405b());
  for (const Line& line : s.spectrum) EXPECT_LE(line.hz, 5 * (1 + 1e-9));
  bool banded = false;
  for (const LimitResult& l : s.limits)
    for (const Check& c : l.verdict.checks) {
      banded = banded || c.high_hz > 0;
      EXPECT_EQ(c.high_hz > 0, c.what.find("Hz") != std::string::npos) << c.what;
    }
  EXPECT_TRUE(banded);
}

TEST(Study, StaggeredJobsSwingLessThanJobsInStep) {
  StudyInput in;
  in.jobs = 4;
  in.mitigations = {{Means::kStagger, -1}};
  const auto r = llama405b(64);
  const Study s = minute(in, r);
  EXPECT_LT(s.mitigated[0].swing_w(), 0.6 * (s.facility.most - s.facility.least));
  EXPECT_NEAR(s.mitigated[0].mean_w, s.mean_w, 2e-3 * s.mean_w);
}

TEST(Study, ARackSwingsMoreThanItsShareOfTheCampus) {
  const auto r = llama405b();
  StudyInput in;
  in.level = Level::kRack;
  const Study rack = minute(in, r);
  EXPECT_EQ(rack.accelerators, 32);
  EXPECT_EQ(rack.load.cooling_mean_w, 0);
  in.level = Level::kHall;
  const Study hall = minute(in, r);
  EXPECT_LT(hall.mean_w, minute({}, r).mean_w);
}

TEST(Study, AFailureTakesTheLoadAwayAndItIsNoLongerPeriodic) {
  StudyInput in;
  in.pattern.failure_s = 20;
  in.pattern.detection_s = 5;
  in.pattern.restart_s = 20;
  const Study s = minute(in, llama405b());
  EXPECT_EQ(s.window_s, 0);
  EXPECT_LT(s.facility.least, 0.6 * s.facility.most);
}

}  // namespace
}  // namespace gigawatt::waveform

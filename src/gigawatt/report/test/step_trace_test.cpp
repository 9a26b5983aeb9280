#include "gigawatt/report/step_trace.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gigawatt::report {
namespace {

using nlohmann::json;

constexpr engine::AcceleratorPower kPower = {1000, 600};

/// Two ranks of unequal stages, three micro-batches, every kind of exposed communication.
step::PricedSchedule two_ranks() {
  step::PricedSchedule s;
  step::LayerCost c;
  c.forward_products = 0.010;
  c.backward_products = 0.020;
  c.recompute = 0.004;
  c.launch_forward = 0.0005;
  c.launch_backward = 0.0006;
  c.tp_forward = c.tp_backward = 0.002;
  c.cp_forward = 0.001;
  c.cp_backward = 0.0015;
  c.ep_forward = 0.003;
  c.ep_backward = 0.0035;
  s.send_busy_s = 0.00025;
  s.input.ranks = 2;
  s.input.micro_batches = 3;
  s.input.send_s = 0.0001;
  for (int stage = 0; stage < 2; ++stage) {
    s.input.stages.push_back({c.forward() + s.send_busy_s, c.backward() + s.send_busy_s, 0});
    s.stages.push_back(c);
    c.forward_products *= 1.5;  // the head
  }
  return s;
}

step::StepResult result() {
  step::StepResult r;
  r.time[step::TimeTerm::kDpComm] = 0.007;
  r.time[step::TimeTerm::kOptimizer] = 0.005;
  r.time[step::TimeTerm::kHost] = 0.001;
  r.time[step::TimeTerm::kJitter] = 0.002;
  r.memory[step::MemoryPart::kWeights] = 30e9;
  r.memory[step::MemoryPart::kActivations] = 20e9;
  r.memory.allocated_bytes = 50e9;
  return r;
}

std::vector<json> events(const step::PricedSchedule& schedule, std::string_view phase, int rank) {
  std::vector<json> out;
  const json document = json::parse(step_trace(schedule, result(), kPower));
  for (const json& e : document.at("traceEvents"))
    if (e.at("ph") == phase && e.at("pid") == rank + 1) out.push_back(e);
  return out;
}

std::map<std::string, double> milliseconds(const step::PricedSchedule& schedule, int rank) {
  std::map<std::string, double> sum;
  for (const json& e : events(schedule, "X", rank)) {
    const std::string category = e.at("cat");
    if (!e.at("name").get<std::string>().starts_with("hidden"))
      sum[category] += e.at("dur").get<double>() / 1e3;
  }
  return sum;
}

TEST(StepTrace, HoldsEachTermOnce) {
  const auto schedule = two_ranks();
  const double total = (step::simulate_schedule(schedule.input).makespan_s + 0.015) * 1e3;
  for (const int rank : {0, 1}) {
    auto sum = milliseconds(schedule, rank);
    EXPECT_NEAR(sum["forward"], 3 * (rank == 0 ? 10 : 15), 1e-3);
    EXPECT_NEAR(sum["backward"], 3 * 20, 1e-3);
    EXPECT_NEAR(sum["recompute"], 3 * 4, 1e-3);
    EXPECT_NEAR(sum["launch"], 3 * 1.1, 1e-3);
    EXPECT_NEAR(sum["tp comm"], 3 * 4, 1e-3);
    EXPECT_NEAR(sum["cp comm"], 3 * 2.5, 1e-3);
    EXPECT_NEAR(sum["ep comm"], 3 * 6.5, 1e-3);
    EXPECT_NEAR(sum["pp comm"], 3 * 0.5, 1e-3);
    EXPECT_NEAR(sum["dp comm"], 7, 1e-3);
    EXPECT_NEAR(sum["optimizer"], 5, 1e-3);
    double all = 0;
    for (const auto& [category, ms] : sum) all += ms;
    EXPECT_NEAR(all, total, 1e-2);  // with the waits, the rank's whole step
  }
}

TEST(StepTrace, SpansOfAStreamDoNotOverlap) {
  std::map<int, double> end;
  for (const json& e : events(two_ranks(), "X", 0)) {
    const double begin = e.at("ts");
    EXPECT_GE(begin, end[e.at("tid")] - 1e-6);
    end[e.at("tid")] = begin + e.at("dur").get<double>();
  }
  EXPECT_EQ(end.size(), 8U);
}

/// The counter's integral is the energy of computing and waiting for as long as the spans say.
TEST(StepTrace, PowerIsThatOfTheSpans) {
  const auto schedule = two_ranks();
  auto sum = milliseconds(schedule, 1);
  const double computing = (sum["forward"] + sum["backward"] + sum["recompute"] + sum["optimizer"]) / 1e3;
  const double end = step::simulate_schedule(schedule.input).makespan_s + 0.015;
  double joules = 0, at = 0, level = 0;
  const auto until = [&](double s) { joules += level * (s - at), at = s; };
  for (const json& e : events(schedule, "C", 1)) {
    if (e.at("name") != "IT power") continue;
    until(e.at("ts").get<double>() / 1e6);
    level = e.at("args").at("W");
  }
  until(end);
  EXPECT_NEAR(joules, kPower.wait_it_w * end + (kPower.compute_it_w - kPower.wait_it_w) * computing, 1e-3);
}

TEST(StepTrace, MemoryReachesThePeakAndComesBack) {
  std::vector<double> gb;
  for (const json& e : events(two_ranks(), "C", 0))
    if (e.at("name") == "memory") gb.push_back(e.at("args").at("GB"));
  EXPECT_DOUBLE_EQ(gb.front(), 30);
  EXPECT_DOUBLE_EQ(gb.back(), 30);
  EXPECT_DOUBLE_EQ(*std::max_element(gb.begin(), gb.end()), 50);
}

TEST(StepTrace, StreamsWithNothingOnThemAreLeftOut) {
  step::PricedSchedule schedule = two_ranks();
  for (step::LayerCost& c : schedule.stages) c.ep_forward = c.ep_backward = 0;
  std::set<std::string> named;
  for (const json& e : events(schedule, "M", 0))
    if (e.at("name") == "thread_name") named.insert(e.at("args").at("name"));
  EXPECT_TRUE(named.contains("tensor parallel"));
  EXPECT_FALSE(named.contains("expert parallel"));
}

TEST(StepTrace, OfADeepPipelineIsSmallEnoughToOpen) {
  step::PricedSchedule schedule = two_ranks();
  schedule.input.ranks = 16;
  schedule.input.micro_batches = 128;
  schedule.input.stages.resize(16, schedule.input.stages.front());
  schedule.stages.resize(16, schedule.stages.front());
  const std::string text = step_trace(schedule, result(), kPower);
  EXPECT_LT(text.size(), 20'000'000U);
  EXPECT_GT(text.size(), 2U * 16 * 128 * 7 * 40);  // a span each of seven kinds for every piece of work
}

TEST(StepTrace, OnlyTheRanksAskedFor) {
  const std::vector<std::int32_t> ranks = {1};
  const json document = json::parse(step_trace(two_ranks(), result(), kPower, ranks));
  for (const json& e : document.at("traceEvents")) EXPECT_EQ(e.at("pid"), 2);
}

TEST(StepTrace, OfMoreWorkThanItsBoundTheBeginningAndTheEndAreDrawnAndTheRestIsSaid) {
  step::PricedSchedule schedule = two_ranks();
  schedule.input.micro_batches = 1000;
  EXPECT_EQ(StepTrace(schedule, result(), kPower).left_out(), "");
  const StepTrace cut(schedule, result(), kPower, {}, 100);
  EXPECT_TRUE(cut.left_out().starts_with("100 of 4,000 pieces of work are drawn")) << cut.left_out();
  std::ostringstream text;
  cut.write(text);
  const json document = json::parse(text.str());
  std::map<int, double> end_us, last_us;
  int work = 0, gaps = 0;
  for (const json& e : document.at("traceEvents")) {
    if (e.at("ph") != "X") continue;
    const std::string category = e.at("cat");
    work += category == "forward" || category == "backward" ? 1 : 0;
    gaps += category == "left out" ? 1 : 0;
    if (e.at("name").get<std::string>().starts_with("hidden")) continue;
    // What keeps a rank busy follows without a hole, over the part that is not drawn too.
    double& end = end_us[e.at("pid")];
    EXPECT_NEAR(e.at("ts").get<double>(), end, 0.01);
    end = e.at("ts").get<double>() + e.at("dur").get<double>();
  }
  EXPECT_EQ(work, 100);
  EXPECT_EQ(gaps, 2);
  // All memory of activations has been given back.
  for (const json& e : document.at("traceEvents"))
    if (e.at("ph") == "C" && e.at("name") == "memory") last_us[e.at("pid")] = e.at("args").at("GB");
  EXPECT_DOUBLE_EQ(last_us[1], 30);
}

}  // namespace
}  // namespace gigawatt::report

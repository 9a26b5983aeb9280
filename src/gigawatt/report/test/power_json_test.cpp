#include "gigawatt/report/power_json.h"

#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "gigawatt/engine/step_query.h"
#include "gigawatt/engine/test/shipped.h"

namespace gigawatt::report {
namespace {

using engine::test::shipped;

step::StepRequest plan(std::int64_t dp) {
  step::StepRequest r;
  r.model = *shipped().catalog.model("llama3.1-405b");
  r.system = *shipped().catalog.system("h100-sxm");
  r.accelerator = &shipped().catalog.accelerator_of(*r.system);
  r.software = &shipped().software.default_profile();
  r.seq_len = 8192;
  r.plan.tp = 8;
  r.plan.pp = 16;
  r.plan.dp = static_cast<std::int32_t>(dp);
  r.plan.sequence_parallel = true;
  r.gpus = 128 * dp;
  r.global_batch = 16 * dp;
  return r;
}

tl::expected<engine::PowerAnswer, base::Diagnostics> powered(const engine::PowerOptions& o,
                                                             std::int64_t dp = 128) {
  const auto r = plan(dp);
  return engine::power_study(shipped(), engine::test::kDataFolder, r,
                             *step::evaluate(r, shipped().calibration), o);
}

TEST(PowerJson, HoldsTheKeysOfTheContract) {
  const auto a = powered({});
  ASSERT_TRUE(a) << base::render(a.error());
  const auto json = power_json(*a);
  for (const char* key : {"mean_mw", "peak_mw", "min_mw", "swing_mw", "ramp_mw_per_s", "step_period_s",
                          "samples", "spectrum", "mitigation", "limit", "verdict"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json["samples"], 60000);
  EXPECT_NEAR(json["swing_mw"].get<double>(), json["peak_mw"].get<double>() - json["min_mw"].get<double>(),
              1e-9);
  for (const char* key : {"name", "peak_mw", "swing_mw", "energy_overhead_pct", "battery_mwh"})
    EXPECT_TRUE(json["mitigation"][0].contains(key)) << key;
  for (const char* key : {"name", "holds", "worst"}) EXPECT_TRUE(json["limit"].contains(key)) << key;
  EXPECT_TRUE(json["spectrum"][0].contains("hz"));
  EXPECT_GE(json["spectrum"].front()["hz"].get<double>(), 0.05 * 0.99);
  EXPECT_LE(json["spectrum"].back()["hz"].get<double>(), 20 * 1.01);
  // Nothing is lost on the way: the meter is IT, losses and cooling.
  double sum = json["it_mean_mw"].get<double>();
  for (const auto& [name, loss] : json["facility_losses_mw"].items()) sum += loss.get<double>();
  EXPECT_NEAR(json["mean_mw"].get<double>(), sum, 0.002 * sum);
}

TEST(PowerJson, TheTableOfSamplesHasTheMeansOfTheDocument) {
  engine::PowerOptions o;
  o.seconds_s = 20;
  o.dt_s = 0.01;
  o.mitigate = "floor=0.5";
  const auto a = powered(o);
  ASSERT_TRUE(a) << base::render(a.error());
  std::istringstream lines(power_csv(*a));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "time_s,facility_mw,it_mw,mitigated_mw");
  double sum = 0, raised = 0;
  int n = 0;
  while (std::getline(lines, line)) {
    double t = 0, facility = 0, it = 0, mitigated = 0;
    char comma = 0;
    std::istringstream(line) >> t >> comma >> facility >> comma >> it >> comma >> mitigated;
    sum += facility;
    raised += mitigated;
    ++n;
  }
  EXPECT_EQ(n, 2000);
  EXPECT_NEAR(sum / n, power_json(*a)["window_mean_mw"].get<double>(), 1e-6);
  EXPECT_GT(raised, sum);
}

TEST(PowerJson, ALimitIsMetByTheSmallestStorageThatIsFound) {
  engine::PowerOptions o;
  o.limit = "lipa";
  o.mitigate = "battery";
  const auto a = powered(o);
  ASSERT_TRUE(a) << base::render(a.error());
  const auto json = power_json(*a);
  EXPECT_EQ(json["limit"]["name"], "lipa");
  EXPECT_TRUE(json["limit"]["holds"].get<bool>());
  EXPECT_FALSE(json["limit"]["holds_without_mitigation"].get<bool>());
  EXPECT_EQ(json["verdict"], "holds with mitigation");
  EXPECT_GT(json["mitigation"][0]["battery_mwh"].get<double>(), 0);
}

TEST(PowerJson, EveryMistakeOfTheOptionsIsNamedAtOnce) {
  engine::PowerOptions o;
  o.limit = "ercot-power-variatoin";
  o.chain = "upss";
  o.mitigate = "battry,floor=2,ramp=5 MW,battery=0 MWh";
  o.dips = "half:1";
  o.level = "galaxy";
  o.modes = "0.3:1.5";
  const auto a = powered(o);
  ASSERT_FALSE(a);
  EXPECT_EQ(a.error().size(), 9u) << base::render(a.error());
  EXPECT_NE(a.error()[0].hint.find("ercot-power-variation"), std::string::npos);
}

TEST(PowerJson, ALimitOfOnesOwnWithOverlappingBandsIsRefused) {
  engine::PowerOptions o;
  o.limit = "own.toml";
  o.limit_text =
      "name = \"own\"\ntitle = \"Own\"\ndate = \"2026-11-30\"\nsource = \"me\"\n"
      "band = [{ low = \"0.1 Hz\", high = \"5 Hz\", power = \"10 MW\" }, { low = \"4 Hz\", high = \"9 Hz\", "
      "power = \"1 MW\" }]\n";
  const auto a = powered(o);
  ASSERT_FALSE(a);
  EXPECT_EQ(a.error()[0].code, "bands-overlap");
}

TEST(PowerJson, AnswersOnDipsModesAndBreakers) {
  engine::PowerOptions o;
  o.dips = "0.5:0.1@10,0.5:0.1@50,0.5:0.1@60";
  o.modes = "0.25:0.05";
  o.short_circuit_ratio = 5;
  o.breaker_w = 6e6;
  const auto a = powered(o);
  ASSERT_TRUE(a) << base::render(a.error());
  const auto json = power_json(*a);
  EXPECT_EQ(json["ride_through"]["dips"].size(), 3u);
  EXPECT_TRUE(json["ride_through"]["dips"][0]["transfers_to_battery"].get<bool>());
  EXPECT_GT(json["oscillation"]["bus_change_pct"].get<double>(), 0);
  EXPECT_TRUE(json["breaker"]["trips_at_s"].is_number());
}

TEST(PowerJson, AMinuteOfACampusOf32768Accelerators) {
  const auto a = powered({}, 256);
  ASSERT_TRUE(a);
  EXPECT_EQ(power_json(*a)["accelerators"], 32768);
}

}  // namespace
}  // namespace gigawatt::report

#include "gigawatt/engine/record.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "gigawatt/engine/run.h"

namespace gigawatt::engine {
namespace {

using results::Interval;

/// Keeps what is written to it.
class Kept final : public results::RunWriter {
 public:
  std::map<std::string, Interval> metrics;  ///< by "kind name metric"
  std::map<std::string, std::size_t> points;
  std::map<std::string, double> ledgers;
  std::size_t events = 0;
  std::vector<Interval> claims;

  std::int64_t id() const override { return 1; }
  void metric(results::Metric m, results::Subject s, Interval v) override {
    const bool fresh = metrics.emplace(key(s, info(m).name), v).second;
    EXPECT_TRUE(fresh) << key(s, info(m).name) << " is written twice";
  }
  void point(results::Series series, results::Subject s, std::string_view, base::SimTime, Interval) override {
    ++points[key(s, info(series).name)];
  }
  void event(results::Event, results::Subject, base::SimTime, std::string_view, double) override { ++events; }
  void ledger(results::Ledger l, results::Subject s, std::string_view account, double v) override {
    ledgers[key(s, std::string(info(l).name) + " " + std::string(account))] = v;
  }
  void input(const results::InputRow&) override {}
  void citation(const results::CitationRow&) override {}
  void claim(const results::ClaimRow& row) override { claims.push_back(row.computed); }
  void attach(results::Attachment, std::string_view) override {}
  void commit() override {}
  void finish(results::RunStatus, std::string_view) override {}

 private:
  static std::string key(const results::Subject& s, std::string_view what) {
    return std::string(s.kind) + " " + std::string(s.name) + " " + std::string(what);
  }
};

Kept recorded(const std::string& scenario, int futures) {
  const std::string root = GW_SOURCE_DIR;
  const auto inputs = load_inputs(root + "/scenarios/" + scenario + ".toml", root + "/data");
  EXPECT_TRUE(inputs) << base::render(inputs.error());
  RunOptions options;
  options.futures = futures;
  Kept kept;
  record_output(*inputs, run(*inputs, options), kept);
  return kept;
}

TEST(Record, EveryIntervalOfSeveralFuturesHasAWidthOrTheyAgree) {
  const Kept kept = recorded("research-cluster", 8);
  // Queues are what chance moves most: seeds give waits of 2 to 15 hours.
  for (const char* job : {"vision", "speech"}) {
    const auto it = kept.metrics.find("job " + std::string(job) + " wait_hours_mean");
    if (it == kept.metrics.end()) continue;
    EXPECT_LT(it->second.low, it->second.value) << job;
    EXPECT_LT(it->second.value, it->second.high) << job;
  }
  ASSERT_TRUE(kept.metrics.contains("job vision wait_hours_mean"));
  for (const auto& [name, v] : kept.metrics) {
    if (name.ends_with("step_time_s") || std::isnan(v.low) || std::isnan(v.high)) continue;
    EXPECT_LE(v.low, v.value) << name;
    EXPECT_LE(v.value, v.high) << name;
  }
}

TEST(Record, ASingleRunStatesNoIntervalButThatOfTheStep) {
  const Kept kept = recorded("llama3-405b", 1);
  for (const auto& [name, v] : kept.metrics) {
    EXPECT_EQ(v.value, v.nominal) << name;
    EXPECT_EQ(std::isnan(v.low), !name.ends_with("step_time_s")) << name;
  }
  EXPECT_TRUE(kept.metrics.contains("job llama3.1-405b start"));
  EXPECT_TRUE(kept.metrics.contains("run  events"));
  EXPECT_GT(kept.points.at("fleet  energized_mw_it"), 0u);
  EXPECT_GT(kept.events, 0u);
  EXPECT_FALSE(kept.claims.empty());
  double hours = 0;
  for (const auto& [name, v] : kept.ledgers)
    if (name.starts_with("job llama3.1-405b accelerator_hours")) hours += v;
  EXPECT_GT(hours, 16384 * 24 * 50);
}

}  // namespace
}  // namespace gigawatt::engine

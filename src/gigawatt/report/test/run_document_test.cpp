#include <set>

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "gigawatt/engine/run.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/text.h"

namespace gigawatt::report {
namespace {

struct Simulated {
  engine::Inputs inputs;
  engine::RunOutput output;
  nlohmann::ordered_json document() const { return run_document(inputs, output, "test"); }
};

Simulated document_run(const std::string& scenario, const std::vector<std::string>& overrides = {},
                       int futures = 1) {
  const std::string root = GW_SOURCE_DIR;
  auto inputs = engine::load_inputs(root + "/scenarios/" + scenario + ".toml", root + "/data", overrides);
  EXPECT_TRUE(inputs) << base::render(inputs.error());
  engine::RunOptions options;
  options.futures = futures;
  auto output = engine::run(*inputs, options);
  return {std::move(*inputs), std::move(output)};
}

TEST(RunDocument, AJobThatFailuresStoppedIsNotSaidToWait) {
  const Simulated run = document_run("llama3-405b", {"failures.rate_scale=300"});
  EXPECT_EQ(run.document()["jobs"][0]["status"], "stopped");
  EXPECT_EQ(summary_json(run.inputs, run.output)["jobs"][0]["status"], "stopped");
}

TEST(RunDocument, EveryInputKeepsItsOrigin) {
  const Simulated run = document_run("llama3-405b");
  const auto document = run.document();
  ASSERT_EQ(document["inputs"].size(), run.inputs.scenario.inputs.size());
  std::set<std::string> origins;
  for (std::size_t i = 0; i < document["inputs"].size(); ++i) {
    const auto& leaf = run.inputs.scenario.inputs[i];
    EXPECT_EQ(document["inputs"][i]["origin"], scenario::kOriginNames[static_cast<std::size_t>(leaf.origin)]);
    origins.insert(document["inputs"][i]["origin"]);
  }
  EXPECT_TRUE(origins.contains("derived"));
}

TEST(RunDocument, ABalanceHasThePartsThatItAddsUpAndNotThoseOfAnEqualOne) {
  Simulated run = document_run("single-rack");
  auto& balances = run.output.nominal.balances;
  ASSERT_GE(balances.size(), 2u);
  for (auto& b : balances) b.left = b.right = balances.front().left;  // as two totals may be by chance
  const auto document = run.document();
  EXPECT_EQ(document["balances"][0]["parts"].size(), fleet::kHourUses);
  for (std::size_t i = 1; i < balances.size(); ++i) EXPECT_FALSE(document["balances"][i].contains("parts"));
}

TEST(RunDocument, OfSeveralFuturesTheHeadlineIsTheMedianWithinItsRange) {
  const Simulated run = document_run("meta-superclusters", {}, 6);
  const auto document = run.document();
  std::size_t ranged = 0;
  for (const auto& head : document["summary"]["headline"]) {
    if (!head.contains("low") || head["low"].is_null()) continue;
    EXPECT_LE(head["low"].get<double>(), head["value"].get<double>()) << head;
    EXPECT_LE(head["value"].get<double>(), head["high"].get<double>()) << head;
    EXPECT_NE(head["note"].get<std::string>().find("without delays"), std::string::npos);
    ++ranged;
  }
  EXPECT_GE(ranged, 6u);
  const auto summary = summary_json(run.inputs, run.output);
  for (const auto& site : summary["sites"]) {
    EXPECT_LE(site["energized_mw_facility_low"], site["energized_mw_facility"]) << site;
    EXPECT_LE(site["energized_mw_facility"], site["energized_mw_facility_high"]) << site;
    EXPECT_TRUE(site["nominal"].contains("energized_mw_facility"));
  }
  for (const auto& row : summary["fleet"]) EXPECT_LE(row["facility_mw_low"], row["facility_mw"]) << row;
  for (const auto& claim : summary["claims"]) {
    EXPECT_TRUE(claim.contains("nominal")) << claim;
    if (!claim["low"].is_null()) {
      EXPECT_LE(claim["low"], claim["value"]) << claim;
    }
  }
  EXPECT_EQ(summary["futures"]["count"], 6);
  const std::string text = summary_text(run.inputs, run.output, false);
  for (const char* word : {"p10", "p90", "no delays", "Median of 6 futures"})
    EXPECT_NE(text.find(word), std::string::npos) << text;
}

TEST(RunDocument, ASingleRunHasNoKeysOfFutures) {
  const Simulated run = document_run("single-rack");
  for (const std::string& text : {run.document().dump(), summary_json(run.inputs, run.output).dump()})
    for (const char* key : {"energized_mw_it_low", "\"nominal\"", "\"futures\""})
      EXPECT_EQ(text.find(key), std::string::npos) << key;
  EXPECT_EQ(summary_text(run.inputs, run.output, false).find("p10"), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::report

#include "gigawatt/analysis/validate.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gigawatt/analysis/test/shipped.h"
#include "gigawatt/analysis/validation_text.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/step/load_calibration.h"

namespace gigawatt::analysis {
namespace {

using test::shipped;

/// The errors of a file of rows that ships with the program.
Validation validated(const char* file) {
  return validate(read_runs(std::string(GW_SOURCE_DIR "/data/validation/") + file).value(),
                  shipped().knowledge());
}

TEST(ErrorStatistics, WeighSourcesAlikeInTheMacroMedian) {
  const std::vector<SourcedError> errors = {{"a", 1},  {"a", 3},  {"a", 5}, {"a", 7},
                                            {"b", 10}, {"b", 20}, {"c", 30}};
  const ErrorStatistics s = error_statistics(errors);
  EXPECT_EQ(s.rows, 7U);
  EXPECT_DOUBLE_EQ(s.macro_median_abs_pct, (4 + 20) / 2.0) << "b and c have few rows and count as one source";
  EXPECT_DOUBLE_EQ(s.median_abs_pct, 7);
  EXPECT_DOUBLE_EQ(s.p90_abs_pct, 20 + 0.4 * 10);
  EXPECT_DOUBLE_EQ(s.within_10_pct, 100 * 5 / 7.0);
  EXPECT_EQ(error_statistics({}).macro_median_abs_pct, 0);
}

TEST(Validate, PublishedRunsArePredictedWithinTheBar) {
  const Validation v = validated("runs.csv");
  EXPECT_GT(v.predictions.size(), 900u);
  EXPECT_LT(v.skipped.size(), 5u);
  EXPECT_LT(v.level_a.macro_median_abs_pct, 4.5);
  EXPECT_LT(v.level_a.p90_abs_pct, 13);
  EXPECT_GT(v.level_a.within_10_pct, 75);
  EXPECT_GT(v.memory.fit_recall, 0.95);
  EXPECT_LT(v.memory.median_abs_pct, 8);
  // Who chooses a layout asks for their order: Aleph Alpha's six groups of layouts (arXiv 2311.05610).
  const auto layouts =
      std::find_if(v.ranking.begin(), v.ranking.end(), [](const auto& r) { return r.source == "aa"; });
  ASSERT_NE(layouts, v.ranking.end());
  EXPECT_EQ(layouts->groups, 6u);
  EXPECT_GE(layouts->plans, 263u);
  EXPECT_GE(layouts->chosen_within_3_pct, 90);
  for (const auto& g : v.groups) {
    EXPECT_GT(g.rows, 0u);
    EXPECT_GE(g.p90_abs_pct, g.median_abs_pct) << g.value;
  }
}

TEST(Validate, OutOfMemoryRunsAreCaught) {
  const Validation v = validated("runs_out_of_memory.csv");
  EXPECT_GT(v.memory.oom_rows, 300u);
  EXPECT_GT(v.memory.oom_recall, 0.93);
}

TEST(Validate, UnknownAcceleratorsAreSkippedNeverGuessed) {
  RunTable table = read_runs(GW_SOURCE_DIR "/data/validation/runs.csv").value();
  table.rows.resize(1);
  table.rows[0].accelerator = "Quantum-9000";
  const Validation v = validate(table, shipped().knowledge());
  ASSERT_EQ(v.skipped.size(), 1u);
  EXPECT_NE(v.skipped[0].why.find("Quantum-9000"), std::string::npos);
  EXPECT_EQ(v.overall.rows, 0u);
}

TEST(Validate, HybridShardingTakesAsManyNodesAsTheStateNeeds) {
  // 5 billion parameters have room in a node, 175 billion (at 16 bytes) do not: 2.8 TB are 35 accelerators' memory.
  const auto& s = shipped();
  std::map<std::string, std::int64_t> nodes;
  for (const auto& row : s.table.rows) {
    if (!row.shard_hybrid) continue;
    const auto run = resolve(row, s.knowledge());
    ASSERT_TRUE(run) << run.error();
    const auto group = run->plans.front().shard_group;
    EXPECT_EQ(group % row.gpus_per_node, 0);
    nodes[row.model.name] = std::max<std::int64_t>(nodes[row.model.name], group / row.gpus_per_node);
  }
  EXPECT_EQ(nodes["gpt3-5b"], 1);
  EXPECT_GE(nodes["gpt3-175b"], 4);
}

TEST(Validate, JsonKeepsItsContract) {
  RunTable table = read_runs(GW_SOURCE_DIR "/data/validation/runs.csv").value();
  table.rows.resize(40);
  const auto j = to_json(validate(table, shipped().knowledge()));
  for (const char* key : {"rows", "predicted", "skipped", "overall", "groups", "memory", "rows_out"})
    EXPECT_TRUE(j.contains(key)) << key;
  for (const char* key :
       {"macro_median_abs_pct", "median_abs_pct", "p90_abs_pct", "within_10_pct", "interval_coverage_80"})
    EXPECT_TRUE(j["overall"].contains(key)) << key;
  for (const char* key : {"id", "measured_s", "predicted_s", "error_pct", "low_s", "high_s"})
    EXPECT_TRUE(j["rows_out"][0].contains(key)) << key;
  const std::string csv = to_csv(validate(table, shipped().knowledge()));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), static_cast<std::ptrdiff_t>(j["rows_out"].size()) + 1);
}

TEST(Validate, EveryCatalogueChipCanBePredicted) {
  const auto& s = shipped();
  const catalog::Model* model = s.catalog.model("llama3.1-8b").value();
  for (const auto& system : s.catalog.systems()) {
    const auto& accelerator = s.catalog.accelerator_of(system);
    step::StepRequest r;
    r.model = model;
    r.accelerator = &accelerator;
    r.system = &system;
    r.software = &s.software.default_profile();
    r.gpus = 64;
    r.seq_len = 4096;
    r.global_batch = 64;
    r.plan.dp = 64;
    const auto result = step::evaluate(r, s.calibration);
    if (accelerator.peak(catalog::Precision::kBf16) + accelerator.peak(catalog::Precision::kFp16) <= 0) {
      EXPECT_FALSE(result) << system.name;
      continue;
    }
    ASSERT_TRUE(result) << system.name;
    EXPECT_GT(result->mfu, 0.02) << system.name;
    EXPECT_LT(result->mfu, 0.9) << system.name;
  }
}

TEST(Validate, RowByRowAndWithRunsThatComeAgainSaysTheSame) {
  // The header, 40 rows under two ids each, and a row that cannot be read.
  std::ifstream file(GW_SOURCE_DIR "/data/validation/runs.csv");
  std::string header, line, text;
  std::getline(file, header);
  text = header + "\n";
  std::vector<std::string> rows;
  while (rows.size() < 40 && std::getline(file, line))
    if (line.find('"') == std::string::npos) rows.push_back(line);
  for (const std::string& row : rows)
    text += row + "\n" + row.substr(0, row.find(',')) + "x" + row.substr(row.find(',')) + "\n";
  text += "bad-1\n";
  const auto whole =
      validate(parse_runs(config::parse_csv(text, "runs.csv").value()).value(), shipped().knowledge());
  Validator validator(shipped().knowledge());
  std::set<const RunRow*> distinct;
  auto read = each_run(text, "runs.csv", [&](const auto& run, const Measured& measured) {
    distinct.insert(run.get());
    validator.add(run, measured);
  });
  ASSERT_TRUE(read);
  EXPECT_LE(distinct.size(), rows.size());
  EXPECT_EQ(read->rows, 2 * rows.size() + 1);
  const auto streamed = validator.finish(std::move(*read));
  EXPECT_EQ(to_json(streamed).dump(), to_json(whole).dump());
  EXPECT_EQ(to_csv(streamed), to_csv(whole));
  EXPECT_GE(whole.skipped.size(), 1u);
}

TEST(Validate, AFileWithoutIdsOrRowsIsRefused) {
  const auto nothing = [](const auto&, const auto&) {};
  EXPECT_EQ(each_run("id,gpus\n", "x.csv", nothing).error().code, "no-rows");
  EXPECT_EQ(each_run("a,gpus\n1,2\n", "x.csv", nothing).error().code, "no-id-column");
  EXPECT_EQ(each_run("id,gpus\n1,2,3\n", "x.csv", nothing).error().code, "bad-csv");
}

}  // namespace
}  // namespace gigawatt::analysis

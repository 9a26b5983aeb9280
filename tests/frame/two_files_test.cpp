// A site metric that is declared in a copy of results/declarations.def and picked in a copy of engine/figures_site.cpp
// is found wherever figures of a run go. No other file knows it.

#include <unistd.h>

#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "gigawatt/engine/record.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/text.h"
#include "gigawatt/results/duckdb_session.h"

namespace gigawatt {
namespace {

constexpr const char* kName = "overhead_mwh";

struct Simulated {
  engine::Inputs inputs;
  engine::RunOutput output;
};

Simulated run_of(int futures) {
  const std::string root = GW_SOURCE_DIR;
  auto inputs = engine::load_inputs(root + "/scenarios/stargate-abilene.toml", root + "/data");
  EXPECT_TRUE(inputs) << base::render(inputs.error());
  engine::RunOptions options;
  options.futures = futures;
  auto output = engine::run(*inputs, options);
  return {std::move(*inputs), std::move(output)};
}

double expected(const Simulated& run) {
  const auto& site = run.output.nominal.sites[0];
  return (site.total_facility_energy_j - site.total_it_energy_j) / 3.6e9;
}

TEST(TwoFiles, AddAMetricToTheJsonThePageAndTheTable) {
  const Simulated run = run_of(1);
  const auto summary = report::summary_json(run.inputs, run.output);
  ASSERT_TRUE(summary["sites"][0].contains(kName)) << summary["sites"][0];
  EXPECT_EQ(summary["sites"][0][kName], expected(run));  // by this path reference values find it as well
  EXPECT_GT(expected(run), 0);

  const auto document = report::run_document(run.inputs, run.output, "test");
  EXPECT_EQ(document["sites"][0][kName], expected(run));
  bool declared = false;
  for (const auto& metric : document["metrics"]["site"])
    if (metric["name"] == kName) declared = metric["unit"] == "MWh" && metric["doc"] != "";
  EXPECT_TRUE(declared);
  EXPECT_NE(report::summary_text(run.inputs, run.output, false).find("overhead"), std::string::npos);
}

TEST(TwoFiles, AddAMetricToTheStoreWithItsInterval) {
  const Simulated run = run_of(5);
  const auto file =
      std::filesystem::temp_directory_path() / ("gigawatt_two_files_" + std::to_string(getpid()) + ".db");
  {
    auto store = results::open_store(file);
    auto writer = store->begin_run(engine::header(run.inputs, {}, "test"));
    engine::record_output(run.inputs, run.output, *writer);
  }
  results::Session session(file);
  const auto rows = session.query(
      "SELECT low < value AND value < high, nominal FROM metric WHERE name = 'overhead_mwh' "
      "AND subject_kind = 'site' ORDER BY rowid");
  ASSERT_EQ(rows.size(), run.output.nominal.sites.size());
  EXPECT_EQ(rows[0][0], "true");
  EXPECT_DOUBLE_EQ(std::stod(rows[0][1]), expected(run));
  EXPECT_EQ(
      session.query("SELECT unit FROM quantity WHERE kind = 'metric' AND name = 'overhead_mwh'").at(0)[0],
      "MWh");
  std::filesystem::remove(file);

  const auto site = report::summary_json(run.inputs, run.output)["sites"][0];
  EXPECT_LT(site["overhead_mwh_low"], site["overhead_mwh_high"]);
  EXPECT_EQ(site["nominal"][kName], expected(run));
}

}  // namespace
}  // namespace gigawatt

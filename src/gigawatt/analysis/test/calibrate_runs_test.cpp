#include "gigawatt/analysis/calibrate_runs.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gigawatt/analysis/run_calibration_text.h"
#include "gigawatt/analysis/run_problem.h"
#include "gigawatt/analysis/test/shipped.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/step/load_calibration.h"

namespace gigawatt::analysis {
namespace {

using test::shipped;

/// Rows of one source whose times are exactly what `truth` predicts.
RunTable as_predicted(std::string_view source, std::size_t count, const step::Calibration& truth) {
  RunTable out;
  for (const RunRow& row : shipped().table.rows) {
    if (row.source != source || out.rows.size() == count) continue;
    out.rows.push_back(row);
    const auto run = resolve(out.rows.back(), shipped().knowledge(truth));
    out.rows.back().step_time_s = predict(*run, truth)->result.step_time_s;
  }
  return out;
}

step::Calibration with_slower_ampere(double bf16) {
  auto truth = shipped().calibration;
  for (auto& chip : truth.chips)
    if (chip.generation == "ampere")
      chip.sustained[static_cast<std::size_t>(catalog::Precision::kBf16)] =
          chip.sustained[static_cast<std::size_t>(catalog::Precision::kFp16)] = bf16;
  return truth;
}

double constant_of(const std::vector<catalog::FittedSet>& sets, const std::string& set,
                   const std::string& name) {
  for (const auto& s : sets)
    if (s.name == set && s.find(name)) return s.find(name)->value;
  return std::nan("");
}

TEST(CalibrateRuns, AUsersRowsMoveTheConstantsOfTheirOwnChip) {
  const auto truth = with_slower_ampere(0.7);
  const auto rows = as_predicted("aa", 40, truth);
  ASSERT_EQ(rows.rows.size(), 40U);
  const auto fitted = calibrate_runs(rows, shipped().knowledge(), test::kCalibrationFolder);
  ASSERT_TRUE(fitted.has_value()) << base::render(fitted.error());
  EXPECT_NEAR(constant_of(fitted->sets, "ampere", "sustained.bf16"), 0.7, 0.02);
  EXPECT_DOUBLE_EQ(constant_of(fitted->sets, "ampere", "sustained.fp16"),
                   constant_of(fitted->sets, "ampere", "sustained.bf16"));
  EXPECT_EQ(fitted->sets.size(), 1U) << "other chips and what all share stay as they are";
  EXPECT_LT(errors_of(fitted->rows, &RunResidual::fitted, true).median_abs_pct, 1);
}

TEST(CalibrateRuns, FiveRowsDoNotMoveWhatTheyCannotDetermine) {
  const auto rows = as_predicted("aa", 5, with_slower_ampere(0.7));
  const auto fitted = calibrate_runs(rows, shipped().knowledge(), test::kCalibrationFolder);
  ASSERT_TRUE(fitted.has_value());
  std::size_t moved = 0, kept_for_rows = 0;
  for (const auto& p : fitted->parameters) {
    moved += p.determined ? 1 : 0;
    kept_for_rows += p.why == "too few rows" ? 1 : 0;
  }
  EXPECT_LE(moved, 3U);
  EXPECT_GT(kept_for_rows, 0U);
}

TEST(CalibrateRuns, OwnConstantsGoBeforeTheShippedOnes) {
  const auto rows = as_predicted("aa", 40, with_slower_ampere(0.7));
  const auto fitted = calibrate_runs(rows, shipped().knowledge(), test::kCalibrationFolder).value();
  const catalog::FittedLibrary library(test::kCalibrationFolder, fitted.sets);
  const auto own = step::load_calibration(library, shipped().catalog.accelerators()).value();
  RunTable again = rows;
  for (const RunRow& row : again.rows) {
    const auto prediction = predict(resolve(row, shipped().knowledge(own)).value(), own).value();
    EXPECT_NEAR(prediction.result.step_time_s / row.step_time_s, 1, 0.03) << row.id;
  }
}

TEST(CalibrateRuns, NoRowsAreAClearError) {
  const auto fitted = calibrate_runs({}, shipped().knowledge(), test::kCalibrationFolder);
  ASSERT_FALSE(fitted.has_value());
  EXPECT_EQ(fitted.error().front().code, "no-rows");
}

TEST(CalibrateRuns, TextsSayTheSame) {
  const auto rows = as_predicted("aa", 30, with_slower_ampere(0.8));
  const auto fitted = calibrate_runs(rows, shipped().knowledge(), test::kCalibrationFolder).value();
  const auto json = to_json(fitted);
  EXPECT_EQ(json["rows"], 30);
  EXPECT_TRUE(json.contains("before"));
  EXPECT_TRUE(json.contains("group_left_out"));
  EXPECT_NE(to_text(fitted).find("30 training runs"), std::string::npos);
  const std::string csv = residuals_csv(fitted);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 31);
}

TEST(RunProblem, SetsFollowTheOneThatTheyAreLike) {
  const auto spec = read_training_fit(test::kCalibrationFolder + "/training_fit.toml").value();
  const RunProblem problem(spec, shipped().calibration, {}, false);
  std::vector<double> x;
  for (const auto& p : problem.parameters()) x.push_back(p.start);
  const auto index = [&](const auto& all, const char* name) {
    std::size_t i = 0;
    while (all[i].name != name) ++i;
    return i;
  };
  const std::size_t bf16 = index(spec.chip, "sustained.bf16"), fp16 = index(spec.chip, "sustained.fp16"),
                    up = index(spec.chip, "scaleup_training");
  const std::size_t hopper = index(spec.sets, "hopper"), slower = index(spec.sets, "h100-96-hbm2e");
  x[index(problem.parameters(), "hopper/sustained.bf16")] = 0.8;
  x[index(problem.parameters(), "hopper/scaleup_training")] = 0.6;
  x[index(problem.parameters(), "h100-96-hbm2e/sustained.bf16")] = 0.5;  // of hopper's
  EXPECT_DOUBLE_EQ(problem.set_values(hopper, x)[fp16], 0.8);
  EXPECT_DOUBLE_EQ(problem.set_values(slower, x)[bf16], 0.4);
  EXPECT_DOUBLE_EQ(problem.set_values(slower, x)[fp16], 0.4) << "a tie goes before the parent";
  EXPECT_DOUBLE_EQ(problem.set_values(slower, x)[up], 0.6) << "what it does not free is the parent's";
  const auto calibration = problem.calibration(x);
  const auto& h200 = calibration.chips[index(calibration.chips, "h200-sxm-141")];
  EXPECT_DOUBLE_EQ(h200.scaleup_training, 0.6);
}

TEST(TrainingFit, NamesThatAreNotThereAreErrors) {
  const auto file = std::filesystem::temp_directory_path() / "gigawatt_training_fit_test.toml";
  std::ofstream(file)
      << "source = \"x\"\n"
         "[[chip]]\nname = \"a\"\nstart = 2.0\nlow = 0.0\nhigh = 1.0\nunit = \"1\"\nmeaning = \"m\"\n"
         "[[chip]]\nname = \"b\"\ntie = \"zz\"\nlow = 0.0\nhigh = 1.0\nunit = \"1\"\nmeaning = \"m\"\n"
         "[[shared]]\nname = \"s\"\nstart = 0.5\nlow = 0.0\nhigh = 1.0\nunit = \"1\"\nmeaning = \"m\"\n"
         "[[host]]\nname = \"h\"\nstart = 0.5\nlow = 0.0\nhigh = 1.0\nunit = \"s\"\nmeaning = \"m\"\n"
         "[[set]]\nname = \"one\"\nlike = \"none\"\nfree = [\"q\"]\n";
  const auto read = read_training_fit(file);
  std::filesystem::remove(file);
  ASSERT_FALSE(read.has_value());
  const std::string said = base::render(read.error());
  for (const char* part : {"start 2 of a", "'zz'", "'none'", "'q'"})
    EXPECT_NE(said.find(part), std::string::npos) << said;
}

TEST(Traits, AreTheCataloguesWhereTheNameIsKnown) {
  catalog::Model row;
  row.name = "gpt-oss-120b";
  row.layers = 12;  // sizes stay the row's
  const auto known = with_traits(row, shipped().catalog.models());
  EXPECT_TRUE(known.attention_sinks);
  EXPECT_EQ(known.layers, 12);
  row.name = "nobody-knows-me";
  EXPECT_FALSE(with_traits(row, shipped().catalog.models()).attention_sinks);
}

}  // namespace
}  // namespace gigawatt::analysis

#include "gigawatt/analysis/calibrate.h"
#include "gigawatt/analysis/calibration_text.h"
#include "gigawatt/analysis/kernel_errors.h"

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gigawatt::analysis {
namespace {

const std::filesystem::path kCalibration = GW_SOURCE_DIR "/data/calibration";

/// H100 data sheet, and a second chip of a generation that nobody has measured.
std::vector<catalog::Accelerator> chips() {
  catalog::Accelerator h100;
  h100.name = "h100-sxm-80";
  h100.generation = "hopper";
  h100.aliases = {"H100-80GB"};
  h100.peak_flops[static_cast<std::size_t>(catalog::Precision::kBf16)].value = 989.4e12;
  h100.peak_flops[static_cast<std::size_t>(catalog::Precision::kFp8)].value = 1978.9e12;
  h100.memory_bandwidth.value = 3.35e12;
  h100.sm_count.value = 132;
  h100.scaleup_bandwidth.value = 450e9;
  catalog::Accelerator other = h100;
  other.name = "mine";
  other.generation = "unheard-of";
  other.aliases = {"MINE"};
  return {h100, other};
}

config::CsvTable table(const std::vector<std::vector<std::string>>& rows) {
  config::CsvTable t;
  t.header = {"id",     "source", "kind",           "gpu",  "shape/size", "dtype",
              "n_gpus", "fabric", "measured_value", "unit", "notes"};
  t.rows = rows;
  return t;
}

std::string why_skipped(const std::vector<std::string>& row) {
  const auto accelerators = chips();
  const KernelRows r = parse_kernel_rows(table({row}), accelerators);
  return r.skipped.empty() ? "" : r.skipped.front().why;
}

KernelRow parsed(const std::vector<catalog::Accelerator>& accelerators, const std::vector<std::string>& row) {
  const KernelRows r = parse_kernel_rows(table({row}), accelerators);
  EXPECT_EQ(r.rows.size(), 1U) << (r.skipped.empty() ? "" : r.skipped.front().why);
  return r.rows.empty() ? KernelRow{} : r.rows.front();
}

TEST(KernelRows, ReadsShapesUnitsAndTimes) {
  const auto a = chips();
  const KernelRow gemm = parsed(a, {"1", "s", "gemm", "H100-80GB", "M=64,N=1024,K=8192", "fp8_block", "1", "",
                                    "80.7", "TFLOPS", "latency 0.0133 ms; x"});
  EXPECT_EQ(gemm.gemm.k, 8192);
  EXPECT_EQ(gemm.precision, catalog::Precision::kMxfp8);
  EXPECT_DOUBLE_EQ(gemm.seconds, 13.3e-6);
  const KernelRow best = parsed(a, {"2", "s", "gemm_max_achievable", "h100-sxm-80", "MxNxK=1024x2048x4096",
                                    "bf16", "1", "", "800", "TFLOPS", "kernel only"});
  EXPECT_EQ(best.gemm.n, 2048);
  EXPECT_TRUE(best.kernel_only);
  EXPECT_NEAR(best.seconds, 2.0 * 1024 * 2048 * 4096 / 800e12, 1e-12);
  const KernelRow attention = parsed(a, {"3", "s", "attention_bwd_causal", "H100-80GB",
                                         "b=2,s=4096,h=32,kv=8,d=128", "bf16", "1", "", "500", "TFLOPS", ""});
  EXPECT_EQ(attention.direction, kernels::Direction::kBackward);
  EXPECT_NEAR(attention.seconds, 2.5 * 2 * 2.0 * 32 * 4096 * 4096 * 128 / 500e12, 1e-9);
  const KernelRow reduce = parsed(a, {"4", "s", "nccl_all_reduce", "H100-80GB", "8GiB", "fp32", "8",
                                      "NVLink4 intra-node", "480", "GB/s busbw", "Ring NVLS off"});
  EXPECT_NEAR(reduce.seconds, 8589934592.0 * 1.75 / 480e9, 1e-6);
  EXPECT_EQ(reduce.ranks_per_domain, 8);
  EXPECT_TRUE(reduce.no_in_network);
  const KernelRow nodes = parsed(a, {"5", "s", "nccl_all_reduce", "H100-80GB", "1048576B", "fp32", "32",
                                     "4 nodes; 400 Gb/GPU", "3", "GB/s busbw", "time 100 us"});
  EXPECT_EQ(nodes.ranks_per_domain, 8);
  EXPECT_DOUBLE_EQ(nodes.scaleout_bandwidth, 50e9);
  EXPECT_DOUBLE_EQ(nodes.seconds, 100e-6);
  const KernelRow sent = parsed(a, {"6", "s", "moe_dispatch", "H100-80GB", "4096 tok/GPU,hidden 7168,top-8",
                                    "fp8", "16", "RDMA 400Gb + NVLink", "43", "GB/s bottleneck", ""});
  EXPECT_DOUBLE_EQ(sent.scaleout_bandwidth, 50e9);
}

TEST(KernelRows, SkipsWhatItCannotUseAndSaysWhy) {
  EXPECT_EQ(
      why_skipped({"1", "s", "gemm", "H100-80GB", "M=64,N=64,K=64", "bf16", "1", "", "0.0", "TFLOPS", ""}),
      "measured value is missing or zero");
  EXPECT_EQ(why_skipped({"1", "s", "gemm", "Z80", "M=64,N=64,K=64", "bf16", "1", "", "1", "TFLOPS", ""}),
            "accelerator 'Z80' is not in the catalogue");
  EXPECT_EQ(why_skipped({"1", "s", "gemm", "H100-80GB", "M=64,N=64", "bf16", "1", "", "1", "TFLOPS", ""}),
            "shape lacks M, N or K");
  EXPECT_EQ(
      why_skipped({"1", "s", "gemm", "H100-80GB", "M=64,N=64,K=-3", "bf16", "1", "", "1", "TFLOPS", ""}),
      "shape lacks M, N or K");
  EXPECT_EQ(why_skipped({"1", "s", "gemm", "H100-80GB", "M=64,N=64,K=64", "fp7", "1", "", "1", "TFLOPS", ""}),
            "unknown dtype 'fp7'");
  EXPECT_EQ(
      why_skipped({"1", "s", "gemm", "H100-80GB", "M=64,N=64,K=64", "bf16", "1", "", "1", "furlongs", ""}),
      "unknown unit 'furlongs'");
  EXPECT_EQ(why_skipped({"1", "s", "conv", "H100-80GB", "", "bf16", "1", "", "1", "TFLOPS", ""}),
            "unknown kind 'conv'");
  EXPECT_EQ(why_skipped({"1", "s", "nccl_all_reduce", "H100-80GB", "1GiB", "fp32", "1", "intra-node", "9",
                         "GB/s busbw", ""}),
            "n_gpus is missing or below 2");
  EXPECT_EQ(why_skipped({"1", "s", "nccl_all_reduce", "H100-80GB", "1GiB", "fp32", "16", "2 nodes", "9",
                         "GB/s busbw", ""}),
            "scale-out bandwidth is not stated");
  EXPECT_EQ(why_skipped({"1", "s", "gemm", "H100-80GB", "M=64,N=64,K=64", "bf16", "1", "", "1", "TFLOPS",
                         "host-bound"}),
            "the time is the host's launch floor, not the kernel's");
}

/// Rows that a chip with known constants would give; the fit must find them again.
KernelRows synthetic(const std::vector<catalog::Accelerator>& a, const kernels::KernelParameters& truth) {
  KernelRows out;
  for (const std::int64_t m : {64, 256, 1024, 4096, 16384})
    for (const std::int64_t n : {1024, 4096, 8192})
      for (const std::int64_t k : {1024, 4096, 16384}) {
        KernelRow r;
        r.id = std::to_string(m) + "/" + std::to_string(n) + "/" + std::to_string(k);
        r.source = "synthetic";
        r.what = "gemm";
        r.chip = &a[1];
        r.gemm = {m, n, k, 1};
        r.seconds = predict_kernel(r, truth, 0);
        out.rows.push_back(r);
      }
  return out;
}

double value_of(const catalog::FittedSet& set, std::string_view name) {
  const auto* p = set.find(name);
  EXPECT_NE(p, nullptr) << name;
  return p ? p->value : 0;
}

TEST(Calibrate, FindsTheConstantsBehindSyntheticRows) {
  const auto a = chips();
  auto truth = kernels::load_kernel_parameters(kCalibration, a[0]).value();
  truth.of(catalog::Precision::kBf16).max_efficiency = 0.55;
  truth.of(catalog::Precision::kBf16).overhead_s = 12e-6;
  truth.of(catalog::Precision::kBf16).stream_efficiency = 0.6;
  const auto report = calibrate(synthetic(a, truth), kCalibration);
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->sets.size(), 1U);
  EXPECT_GT(report->before.median_pct, 20);
  EXPECT_LT(report->after.median_pct, 2);
  EXPECT_LT(report->cross_validated.median_pct, 4);
  EXPECT_NEAR(value_of(report->sets[0], "gemm.bf16.max_efficiency"), 0.55, 0.05);
  EXPECT_NEAR(value_of(report->sets[0], "gemm.bf16.overhead_s"), 12e-6, 2e-6);
  EXPECT_NEAR(value_of(report->sets[0], "gemm.bf16.stream_efficiency"), 0.6, 0.04);
  EXPECT_EQ(report->sets[0].name, "mine");
}

TEST(Calibrate, FiveRowsMoveTheFewConstantsThatTheyDetermine) {
  const auto a = chips();
  auto truth = kernels::load_kernel_parameters(kCalibration, a[1]).value();
  truth.of(catalog::Precision::kBf16).max_efficiency *= 0.8;
  KernelRows rows = synthetic(a, truth);
  KernelRows five;
  for (const auto& r : rows.rows)
    if (r.gemm.m >= 4096 && r.gemm.n == 8192 && five.rows.size() < 5) five.rows.push_back(r);
  ASSERT_EQ(five.rows.size(), 5U);
  const auto report = calibrate(five, kCalibration);
  ASSERT_TRUE(report.has_value());
  EXPECT_LT(report->after.median_pct, 3);
  std::size_t determined = 0;
  for (const auto& p : report->parameters) determined += p.parameter.determined;
  EXPECT_GE(determined, 1U);
  EXPECT_LE(determined, 3U);
  EXPECT_EQ(determined + report->undetermined.size(), report->parameters.size());
  const auto shipped = kernels::load_kernel_parameters(kCalibration, a[1]).value();
  for (const auto& p : report->undetermined)
    if (p.parameter.name == "attention.max_efficiency") {
      EXPECT_NEAR(p.parameter.value, shipped.attention.max_efficiency, 1e-9);
      EXPECT_NE(p.parameter.why.find("no rows"), std::string::npos);
    }
}

TEST(Calibrate, NoRowsGiveNoSets) {
  const auto report = calibrate({}, kCalibration);
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->sets.empty());
  EXPECT_EQ(report->rows, 0U);
}

TEST(Calibrate, AMissingFolderIsOneClearError) {
  const auto a = chips();
  const auto truth = kernels::load_kernel_parameters(kCalibration, a[0]).value();
  const auto report = calibrate(synthetic(a, truth), kCalibration / "nowhere");
  ASSERT_FALSE(report.has_value());
  EXPECT_NE(base::render(report.error()).find("default.toml"), std::string::npos);
}

TEST(CalibrationText, SaysWhatWasFittedKeptAndSkipped) {
  const auto a = chips();
  const auto truth = kernels::load_kernel_parameters(kCalibration, a[0]).value();
  KernelRows rows = synthetic(a, truth);
  rows.skipped = {{"x1", "measured value is missing or zero"}, {"x2", "measured value is missing or zero"}};
  CalibrationOptions options;
  options.cross_validate = false;
  const auto report = calibrate(rows, kCalibration, options);
  ASSERT_TRUE(report.has_value());
  const std::string text = to_text(*report);
  EXPECT_NE(text.find("45 rows: median error"), std::string::npos);
  EXPECT_NE(text.find("gemm.bf16.max_efficiency"), std::string::npos);
  EXPECT_EQ(text.find("gemm.nvfp4.max_efficiency"), std::string::npos);  // kept, so only counted
  EXPECT_NE(text.find("2  measured value is missing or zero"), std::string::npos);
  const auto json = to_json(*report);
  EXPECT_EQ(json["parameters"].size(), report->parameters.size());
  EXPECT_EQ(json["skipped"].size(), 2U);
  EXPECT_GT(json["before"]["median_abs_pct"].get<double>(), json["after"]["median_abs_pct"].get<double>());
}

TEST(CalibrationText, SetsBecomeTheFileThatWasAskedFor) {
  const auto a = chips();
  CalibrationOptions options;
  options.cross_validate = false;
  const auto report = calibrate(synthetic(a, kernels::load_kernel_parameters(kCalibration, a[0]).value()),
                                kCalibration, options);
  ASSERT_TRUE(report.has_value());
  const auto file = std::filesystem::temp_directory_path() / "gigawatt_calibrate_test_one.toml";
  write_constants(report->sets, file, "a test");
  const auto back = catalog::read_own_sets(file);
  ASSERT_TRUE(back.has_value()) << base::render(back.error());
  ASSERT_EQ(back->size(), 1U);
  EXPECT_EQ(back->front().name, "mine");
  std::filesystem::remove(file);
  EXPECT_THROW(write_constants(report->sets, file.parent_path() / "no such folder" / "x.toml", "a test"),
               std::system_error);
}

TEST(Calibrate, WrittenSetsAreReadBack) {
  const auto a = chips();
  const auto truth = kernels::load_kernel_parameters(kCalibration, a[0]).value();
  CalibrationOptions options;
  options.cross_validate = false;
  const auto report = calibrate(synthetic(a, truth), kCalibration, options);
  ASSERT_TRUE(report.has_value());
  const auto folder = std::filesystem::temp_directory_path() / "gigawatt_calibrate_test";
  std::filesystem::remove_all(folder);
  write_constants(report->sets, folder, "a test");
  const auto back = catalog::read_fitted(folder / "kernels" / "mine.toml");
  ASSERT_TRUE(back.has_value()) << base::render(back.error());
  ASSERT_EQ(back->parameters.size(), report->sets[0].parameters.size());
  for (std::size_t i = 0; i < back->parameters.size(); ++i) {
    const double value = report->sets[0].parameters[i].value;
    EXPECT_NEAR(back->parameters[i].value, value, 1e-5 * std::abs(value));
  }
  std::filesystem::remove_all(folder);
}

TEST(Shipped, EveryKindOfKernelIsPredictedWithinTheTarget) {
  const auto csv = config::read_csv(GW_SOURCE_DIR "/data/validation/kernels.csv");
  ASSERT_TRUE(csv.has_value()) << base::render(csv.error());
  const auto a = chips();  // the other chips are not in this list: their rows are skipped
  const KernelRows rows = parse_kernel_rows(*csv, a);
  EXPECT_GT(rows.rows.size(), 400U);
  const auto errors = kernel_errors(rows, kCalibration);
  ASSERT_TRUE(errors.has_value());
  for (const auto& e : *errors) {
    if (e.by != "chip" || e.error.rows < 10) continue;
    EXPECT_LT(e.error.median_pct, 8) << e.value;
  }
}

}  // namespace
}  // namespace gigawatt::analysis

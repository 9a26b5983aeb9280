#include "gigawatt/analysis/runs.h"
#include "gigawatt/analysis/predict.h"
#include "gigawatt/analysis/row_checks.h"

#include <gtest/gtest.h>

namespace gigawatt::analysis {
namespace {

const char* const kHeader =
    "id,level,model,layers,hidden,ffn,ffn_gated,heads,kv_heads,head_dim,vocab,seq_len,accelerator,gpus,"
    "global_batch,micro_batch,tp,cp,pp,vpp,dp,"
    "recompute,precision,framework,step_time_s,tokens_per_s_per_gpu,peak_memory_GB,memory_metric,fits,"
    "extra\n";

RunTable read(const std::string& rows) {
  return parse_runs(config::parse_csv(kHeader + rows, "runs.csv").value()).value();
}

TEST(Runs, ReadsACompleteRow) {
  const auto t = read(
      "src-1,A,m,32,4096,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,2,full:3,fp8,NeMo,1.5,,70,"
      "reserved,1,ignored\n");
  ASSERT_EQ(t.rows.size(), 1u);
  const RunRow& r = t.rows[0];
  EXPECT_EQ(r.source, "src");
  EXPECT_EQ(r.model.kv_heads, 8);
  EXPECT_EQ(r.plan.dp, 2);
  EXPECT_EQ(*r.vpp, 4);
  EXPECT_EQ(r.plan.recompute.full_layers, 3);
  EXPECT_EQ(r.plan.precision, catalog::Precision::kFp8);
  EXPECT_DOUBLE_EQ(r.memory_bytes, 70e9);
  EXPECT_EQ(r.memory_metric, MemoryMetric::kReserved);
}

TEST(Runs, DerivesTheStepTimeFromTokens) {
  const auto t = read(
      "src-1,A,m,32,4096,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,2,none,bf16,NeMo,,1000,,,1,"
      "\n");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_DOUBLE_EQ(t.rows[0].step_time_s, 128.0 * 8192 / 1000 / 16);
}

TEST(Runs, BlankMeansNotPublished) {
  const auto t = read("src-1,B,m,32,4096,,,32,,,128256,8192,H100-80GB,16,128,,,,,,,unknown,,,1,,,,,\n");
  ASSERT_EQ(t.rows.size(), 1u);
  const RunRow& r = t.rows[0];
  EXPECT_FALSE(r.micro_batch);
  EXPECT_FALSE(r.vpp);
  EXPECT_FALSE(r.recompute_known);
  EXPECT_EQ(r.plan.dp, 16);
  EXPECT_EQ(r.model.head_dim, 128);
  EXPECT_TRUE(r.fits);
}

/// A model of the catalogue needs no sizes; another one without them is said to be unknown.
TEST(Runs, SizesOfAKnownModelMayBeLeftOut) {
  const auto t = read(
      "src-1,A,llama3.1-8b,,,,,,,,,8192,H100-80GB,16,128,2,4,1,1,1,4,none,bf16,NeMo,1.5,,,,1,\n"
      "src-2,A,nobody-8b,,,,,,,,,8192,H100-80GB,16,128,2,4,1,1,1,4,none,bf16,NeMo,1.5,,,,1,\n"
      "src-3,A,half,32,,,,,,,,8192,H100-80GB,16,128,2,4,1,1,1,4,none,bf16,NeMo,1.5,,,,1,\n");
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(t.skipped[0].why, "hidden is missing");
  catalog::Model known;
  known.name = "llama3.1-8b";
  known.layers = 32;
  EXPECT_EQ(with_traits(t.rows[0].model, std::span(&known, 1)).layers, 32);
  EXPECT_EQ(with_traits(t.rows[1].model, std::span(&known, 1)).layers, 0);
}

TEST(Runs, OutOfMemoryRowsNeedNoTime) {
  const auto t = read(
      "src-1,OOM,m,32,4096,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,2,none,bf16,NeMo,,,,,0,"
      "\n");
  ASSERT_EQ(t.rows.size(), 1u);
  EXPECT_FALSE(t.rows[0].fits);
}

TEST(Runs, SkipsBadRowsWithTheReason) {
  const auto t = read(
      "a-1,A,m,32,4096,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,3,none,bf16,NeMo,1,,,,"
      "1,\n"  // 4 x 2 x 3 != 16
      "a-2,A,m,32,4096,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,2,sometimes,bf16,NeMo,"
      "1,,,,1,\n"
      "a-3,A,m,,4096,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,2,none,bf16,NeMo,1,,,,1,"
      "\n"
      "a-4,A,m,32,4096,14336,1,32,8,128,128256,8192,,16,128,2,4,1,2,4,2,none,bf16,NeMo,1,,,,1,\n"
      "a-5,A,m,32,4096,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,2,none,bf17,NeMo,1,,,,"
      "1,\n"
      "a-6,A,m,32,4096,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,2,none,bf16,NeMo,,,,,"
      "1,\n"
      "a-7,A,m,32,40x6,14336,1,32,8,128,128256,8192,H100-80GB,16,128,2,4,1,2,4,2,none,bf16,NeMo,1,,,,"
      "1,\n");
  EXPECT_TRUE(t.rows.empty());
  ASSERT_EQ(t.skipped.size(), 7u);
  EXPECT_NE(t.skipped[0].why.find("is not 16 accelerators"), std::string::npos);
  EXPECT_NE(t.skipped[1].why.find("sometimes"), std::string::npos);
  EXPECT_NE(t.skipped[2].why.find("layers is missing"), std::string::npos);
  EXPECT_NE(t.skipped[3].why.find("accelerator is missing"), std::string::npos);
  EXPECT_NE(t.skipped[4].why.find("bf17"), std::string::npos);
  EXPECT_NE(t.skipped[6].why.find("40x6"), std::string::npos);
}

TEST(Runs, ATableWithoutIdsIsRefused) {
  EXPECT_FALSE(parse_runs(config::parse_csv("a,b\n1,2\n", "x.csv").value()));
}

const char* row_line(int batch, double seconds, const char* id, std::string& keep) {
  keep += "src-" + std::string(id) + ",A,m,32,4096,14336,1,32,8,128,128256,8192,H100-80GB,16," +
          std::to_string(batch) + ",2,4,1,2,1,2,none,bf16,NeMo," + std::to_string(seconds) + ",,,,1,\n";
  return keep.c_str();
}

TEST(RowChecks, ExactLinesAndContradictionsAreDoubted) {
  std::string exact, jitter, contradiction;
  for (const int n : {1, 2, 4}) {
    row_line(8 * n, 0.5 + 0.25 * n, std::to_string(n).c_str(), exact);
    row_line(8 * n, 0.5 + 0.25 * n + 0.001 * (n % 3), std::to_string(n).c_str(), jitter);
  }
  ASSERT_EQ(row_doubts(read(exact)).size(), 1u);
  EXPECT_EQ(row_doubts(read(exact)).front().kind, "linear");
  EXPECT_TRUE(row_doubts(read(jitter)).empty());
  row_line(8, 1.0, "1", contradiction);
  row_line(8, 1.6, "2", contradiction);
  ASSERT_EQ(row_doubts(read(contradiction)).size(), 1u);
  EXPECT_EQ(row_doubts(read(contradiction)).front().kind, "contradict");
}

TEST(RowChecks, TheShippedRowsAreMeasured) {
  const auto table = read_runs(GW_SOURCE_DIR "/data/validation/runs.csv").value();
  for (const auto& doubt : row_doubts(table)) EXPECT_NE(doubt.kind, "linear") << doubt.ids.front();
  for (const auto& row : table.rows) {
    EXPECT_TRUE(row.features_known);
    EXPECT_NE(row.source, "vtrains");
  }
}

}  // namespace
}  // namespace gigawatt::analysis

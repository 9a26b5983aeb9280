#include "gigawatt/analysis/evidence.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "gigawatt/analysis/predict.h"
#include "gigawatt/analysis/test/shipped.h"
#include "gigawatt/catalog/catalog.h"

namespace gigawatt::analysis {
namespace {

using test::shipped;

const Evidence& evidence() {
  static const Evidence e(shipped().table, shipped().catalog.accelerators());
  return e;
}

/// The question that a row answers.
step::StepRequest asked(const RunRow& row, const catalog::Accelerator& accelerator) {
  step::StepRequest r;
  r.model = &row.model;
  r.accelerator = &accelerator;
  r.gpus = row.gpus;
  r.seq_len = row.seq_len;
  r.global_batch = row.global_batch;
  r.kind = row.kind;
  r.plan = row.plan;
  r.plan.micro_batch = row.micro_batch.value_or(1);
  r.plan.zero_stage = row.zero_stage.value_or(1);
  return r;
}

const RunRow& row_named(const char* id) {
  for (const auto& row : shipped().table.rows)
    if (row.id == id) return row;
  throw std::runtime_error(id);
}

TEST(Evidence, AMeasuredRunIsAtNoDistanceFromItself) {
  const RunRow& row = row_named("titan-002");
  const auto* chip = find_accelerator(shipped().catalog.accelerators(), row.accelerator);
  ASSERT_NE(chip, nullptr);
  const Nearest found = evidence().nearest(asked(row, *chip));
  EXPECT_DOUBLE_EQ(found.distance, 0);
  EXPECT_EQ(found.model, row.model.name);
}

TEST(Evidence, DistanceGrowsWithWhatDiffers) {
  const RunRow& row = row_named("titan-002");
  const auto* chip = find_accelerator(shipped().catalog.accelerators(), row.accelerator);
  auto question = asked(row, *chip);
  const double of_others = evidence().nearest(question, "titan").distance;
  EXPECT_GT(of_others, 0);
  question.gpus *= 1 << 12;  // twelve doublings: three units
  question.plan.dp *= 1 << 12;
  EXPECT_GT(evidence().nearest(question).distance, 1);
  EXPECT_LT(evidence().nearest(question).distance, 3.1);
}

TEST(Evidence, WithoutRowsThereIsNone) {
  const RunRow& row = row_named("titan-002");
  const auto* chip = find_accelerator(shipped().catalog.accelerators(), row.accelerator);
  EXPECT_TRUE(Evidence({}, shipped().catalog.accelerators()).nearest(asked(row, *chip)).id.empty());
}

}  // namespace
}  // namespace gigawatt::analysis

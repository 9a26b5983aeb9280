#include "gigawatt/step/step_batch.h"

#include <array>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "fixture.h"

namespace gigawatt::step {
namespace {

/// Plans of all kinds, some illegal, in an order in which neighbors share much, little and nothing.
std::vector<StepRequest> requests() {
  std::mt19937 draw(11);
  const auto one_of = [&draw](auto... values) {
    const std::array options{values...};
    return options[draw() % options.size()];
  };
  static const catalog::Model models[] = {test::llama70b(), test::moe()};
  static const catalog::Accelerator chip = test::h100();
  static const catalog::System systems[] = {test::server(), test::server()};
  static const SoftwareProfile software;
  std::vector<StepRequest> out;
  for (int i = 0; i < 400; ++i) {
    StepRequest r = out.empty() || draw() % 8 == 0 ? StepRequest{} : out.back();
    if (r.model == nullptr) {
      r.model = one_of(&models[0], &models[1]);
      r.system = one_of(&systems[0], &systems[1]);
      r.accelerator = &chip;
      r.software = &software;
      r.gpus = one_of(64, 256, 512);
      r.seq_len = one_of(4096, 8192);
    }
    r.global_batch = one_of(512, 512, 1024);
    auto& p = r.plan;
    switch (draw() % 5) {
      case 0: p.zero_stage = one_of(0, 1, 2, 3); break;
      case 1: p.pp = one_of(1, 2, 4); break;
      case 2: p.tp = one_of(1, 2, 8); break;
      case 3: p.schedule = one_of(Schedule::k1f1b, Schedule::kZeroBubble, Schedule::kDualPipe); break;
      default:
        p.recompute.kind = one_of(RecomputeKind::kNone, RecomputeKind::kSelective, RecomputeKind::kFull);
        p.recompute.full_layers = p.recompute.kind == RecomputeKind::kFull ? one_of(0, 1) : 0;
    }
    p.ep = r.model->is_moe() ? 8 : 1;
    p.dp = static_cast<std::int32_t>(r.gpus / (p.tp * p.cp * p.pp));
    out.push_back(r);
  }
  return out;
}

TEST(StepBatch, AnswersDoNotDependOnWhatWasAskedBefore) {
  const Calibration calibration = test::constants();
  StepBatch batch(calibration);
  int legal = 0;
  for (const auto& r : requests()) {
    const auto alone = StepBatch(calibration).evaluate(r);
    const auto among = batch.evaluate(r);
    const auto memory = batch.evaluate_memory(r);
    ASSERT_EQ(alone.has_value(), among.has_value());
    ASSERT_EQ(alone.has_value(), memory.has_value());
    if (!alone) {
      EXPECT_EQ(alone.error().message, among.error().message);
      continue;
    }
    ++legal;
    ASSERT_EQ(alone->time.seconds, among->time.seconds);
    ASSERT_EQ(alone->memory.bytes, among->memory.bytes);
    ASSERT_EQ(alone->memory.bytes, memory->bytes);
    EXPECT_EQ(alone->memory.peak_stage, among->memory.peak_stage);
    EXPECT_EQ(alone->low_s, among->low_s);
    EXPECT_EQ(alone->mfu, among->mfu);
    EXPECT_EQ(alone->hfu, among->hfu);
  }
  EXPECT_GT(legal, 100);
}

}  // namespace
}  // namespace gigawatt::step

// Single runs that people published with what fits and how fast it ran, asked as a user would ask.

#include <gtest/gtest.h>

#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/step_query.h"

namespace gigawatt::engine {
namespace {

struct Case {
  const char* what;
  const char* model;
  std::int64_t micro_batch;
  const char* recompute;
  bool fits;
  double tokens_per_s_per_gpu;  ///< 0: it did not run
};

// torchtitan, performance table of 2024: 64 A100 of 80 GB, FSDP2, sequences of 4,096.
constexpr Case kTorchtitan[] = {
    {"13B without recompute", "llama2-13b", 2, "none", true, 2162},
    {"13B, every second product", "llama2-13b", 2, "selective", true, 1904},
    {"70B, whole layers", "llama2-70b", 2, "full", true, 353},
    {"70B, every second product", "llama2-70b", 2, "selective", false, 0},
};

StepQuery query_of(const char* model, const char* system, std::int64_t gpus, std::int64_t seq,
                   std::int64_t batch) {
  StepQuery q;
  q.model.name = model;
  q.system.name = system;
  q.gpus = gpus;
  q.seq = seq;
  q.global_batch = batch;
  q.zero = 3;
  return q;
}

step::StepResult run(const Knowledge& known, const StepQuery& q) {
  const auto subject = subject_of(known, q).value();
  return step::evaluate(step_request(q, subject).value(), known.calibration).value();
}

TEST(PublishedCases, OfTorchtitanOnA100) {
  const auto known = load_knowledge(GW_SOURCE_DIR "/data");
  ASSERT_TRUE(known) << base::render(known.error());
  int fit = 0, held = 0;
  for (const Case& c : kTorchtitan) {
    StepQuery q = query_of(c.model, "a100-sxm", 64, 4096, 128);
    q.micro_batch = c.micro_batch;
    q.recompute = c.recompute;
    q.software = "torchtitan";
    const auto result = run(*known, q);
    EXPECT_EQ(result.memory.fits, c.fits) << c.what;
    if (!c.fits) continue;
    const double seconds = 128.0 * 4096 / 64 / c.tokens_per_s_per_gpu;
    EXPECT_NEAR(result.step_time_s / seconds, 1, 0.1) << c.what;
    ++fit;
    held += seconds > result.low_s && seconds < result.high_s ? 1 : 0;
  }
  EXPECT_GE(held, fit - 1);  // bands of 80%
}

// Arithmetic: frozen weights are sharded in their own two bytes, 68.98 billion over eight ranks.
TEST(PublishedCases, FrozenWeightsAreShardedInTheirOwnWidth) {
  const auto known = load_knowledge(GW_SOURCE_DIR "/data");
  ASSERT_TRUE(known) << base::render(known.error());
  StepQuery q = query_of("llama2-70b", "h100-sxm", 8, 2048, 8);
  q.kind = "lora";
  q.recompute = "full";
  EXPECT_NEAR(run(*known, q).memory[step::MemoryPart::kWeights], 17.24e9, 0.01e9);
}

}  // namespace
}  // namespace gigawatt::engine

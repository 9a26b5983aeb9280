#include "gigawatt/engine/usual_step.h"

#include <gtest/gtest.h>

namespace gigawatt::engine {
namespace {

analysis::RunRow run_of(const char* model, std::int64_t seq, std::int64_t batch) {
  analysis::RunRow row;
  row.model.name = model;
  row.seq_len = seq;
  row.global_batch = batch;
  row.step_time_s = 1;
  return row;
}

TEST(UsualStep, IsThatOfMostPublishedRunsOfTheModel) {
  analysis::RunTable table;
  table.rows = {run_of("a", 4096, 512), run_of("a", 8192, 128), run_of("a", 8192, 128),
                run_of("a", 8192, 2048), run_of("b", 2048, 64)};
  catalog::Model model;
  model.name = "released-a";
  model.aliases = {"a"};
  const auto usual = usual_step(table, model, 0);
  EXPECT_EQ(usual.seq, 8192);
  EXPECT_EQ(usual.global_batch, 128);
  // The batch of the sequence that was asked for.
  EXPECT_EQ(usual_step(table, model, 4096).global_batch, 512);
}

TEST(UsualStep, OfUnknownModelsIsFourMebitokens) {
  catalog::Model model;
  model.name = "unheard-of";
  const auto usual = usual_step({}, model, 0);
  EXPECT_EQ(usual.seq * usual.global_batch, 4 * 1024 * 1024);
  EXPECT_EQ(usual_step({}, model, 131072).global_batch, 32);
  EXPECT_EQ(usual_step({}, model, 10'000'000).global_batch, 1);
}

}  // namespace
}  // namespace gigawatt::engine

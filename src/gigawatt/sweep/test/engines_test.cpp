#include "gigawatt/sweep/engines.h"

#include <csignal>

#include <gtest/gtest.h>

#include "gigawatt/sweep/process.h"

namespace gigawatt::sweep {
namespace {

TEST(Slurm, ArrayIndicesAreRuns) {
  const auto text = [](std::vector<std::size_t> shards) { return array_indices(shards); };
  EXPECT_EQ(text({}), "");
  EXPECT_EQ(text({4}), "4");
  EXPECT_EQ(text({0, 1, 2, 5, 7, 8}), "0-2,5,7-8");
}

TEST(Slurm, TheScriptQuotesWhatItIsGiven) {
  const auto script = slurm_script({"/out", "/a b's/sweep.toml", "/data", 7, "", {}}, "/bin/giga watt");
  EXPECT_NE(script.find("exec '/bin/giga watt' sweep '/a b'\\''s/sweep.toml' --out '/out' --shards "
                        "\"$SLURM_ARRAY_TASK_ID\""),
            std::string::npos)
      << script;
  EXPECT_NE(script.find("--seed 7 >/dev/null\n"), std::string::npos);
}

TEST(Process, EndsAsItEnds) {
  const auto shell = [](const char* what) { return run_process({{"sh", "-c", what}, {{"X", "3"}}, {}}, {}); };
  EXPECT_EQ(shell("exit $X"), 3);
  EXPECT_EQ(shell("kill -9 $$"), 128 + SIGKILL);
  EXPECT_EQ(run_process({{"no-such-program-here"}, {}, {}}, {}), 127);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run_process({{"sleep", "60"}, {}, {}}, stop.get_token()), 128 + SIGTERM);
}

}  // namespace
}  // namespace gigawatt::sweep

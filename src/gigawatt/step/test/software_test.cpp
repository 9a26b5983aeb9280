#include "gigawatt/step/software_catalog.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace gigawatt::step {
namespace {

const SoftwareCatalog& shipped() {
  static const SoftwareCatalog catalog =
      load_software(GW_SOURCE_DIR "/data/software", GW_SOURCE_DIR "/data/calibration").value();
  return catalog;
}

TEST(Software, ReleasesCompareNumberByNumber) {
  EXPECT_EQ(compare_releases("25.11", "26.02"), -1);
  EXPECT_EQ(compare_releases("26.04.01", "26.04"), 1);
  EXPECT_EQ(compare_releases("v4.1", "4.1"), 0);
  EXPECT_EQ(compare_releases("9.10", "9.9"), 1);
}

TEST(Software, FrameworkAndReleaseChooseTheProfile) {
  EXPECT_EQ(shipped().choose("Megatron-Bridge/MCore", "25.09").name, "megatron-bridge-2025");
  EXPECT_EQ(shipped().choose("Megatron-Bridge/MCore", "26.06").name, "megatron-bridge-2026");
  EXPECT_EQ(shipped().choose("NeMo (MLPerf)", "3.0").name, "nemo-mlperf-2023");
  EXPECT_EQ(shipped().choose("NeMo (MLPerf)", "5.1").name, "nemo-mlperf");
  EXPECT_EQ(shipped().choose("Megatron-LM 2021", "").name, "megatron-lm-2021");
  EXPECT_EQ(shipped().choose("MaxText (JAX)", "").name, "jax-2024");
}

TEST(Software, UnknownFrameworksGetTheDefault) {
  const auto& profile = shipped().choose("somebody's trainer", "1.0");
  EXPECT_TRUE(profile.is_default);
  EXPECT_EQ(&profile, &shipped().default_profile());
}

std::vector<std::string> features(std::string_view text) { return shipped().words.features_in(text); }

TEST(Software, FeaturesSetFieldsOfTheProfile) {
  const auto with = [](const char* profile, std::vector<std::string> names) {
    return shipped().words.with(*shipped().find(profile), names).value();
  };
  EXPECT_FALSE(shipped().find("torchtitan")->compiled);
  EXPECT_TRUE(with("torchtitan", {"compile"}).compiled);
  EXPECT_GT(with("torchtitan", {"async-tp"}).tp_hidden(false),
            shipped().find("torchtitan")->tp_hidden(false));
  EXPECT_EQ(with("megatron-core-2024", {"fused-dispatch"}).moe_dispatch, MoeDispatch::kFused);
  const auto graph = with("megatron-core-2024", {"full-iteration-graph"});
  EXPECT_DOUBLE_EQ(graph.graph_coverage, 1);
  EXPECT_TRUE(graph.sync_free_moe);
  EXPECT_EQ(graph.name, "megatron-core-2024");
}

TEST(Software, AnUnknownFeatureNamesTheNearest) {
  const std::vector<std::string> names = {"async-pt"};
  const auto none = shipped().words.with(*shipped().find("torchtitan"), names);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().find("async-tp"), std::string::npos) << none.error();
}

TEST(Software, NotesAreSearchedForWholeWords) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(features("FSDP+compile"), Names{"compile"});
  EXPECT_EQ(features("FSDP, no compile"), Names{"no-compile"});
  EXPECT_EQ(features("TP8 compile; AsyncTP"), (Names{"compile", "async-tp"}));
  EXPECT_EQ(features("TP8 compile; vanilla TP"), Names{"compile"});
  EXPECT_EQ(features("inter_bw is platform default"), Names{}) << "default holds efa, but not as a word";
  EXPECT_EQ(shipped().words.fabric_in("inter_bw is platform default"), "");
  EXPECT_EQ(shipped().words.fabric_in("4x100Gb RoCE per 8-GPU node"), "roce");
  EXPECT_EQ(shipped().words.fabric_in("32x EFA v3"), "efa");
  EXPECT_EQ(shipped().words.release_in("MLPerf Training v4.1 gpt3"), "4.1");
  EXPECT_EQ(shipped().words.release_in("nothing"), "");
}

TEST(Software, ProfilesSayWhatTheyRun) {
  ParallelPlan plan;
  plan.pp = 8;
  plan.schedule = Schedule::kDualPipe;
  plan.zero_stage = 3;
  const auto& bridge = shipped().default_profile().can;
  EXPECT_EQ(beyond(bridge, plan), "the dualpipe schedule, ZeRO-3 under a pipeline");
  EXPECT_EQ(beyond(Capabilities{}, plan), "") << "any software runs everything";
  plan.schedule = Schedule::k1f1b;
  plan.zero_stage = 1;
  EXPECT_EQ(beyond(bridge, plan), "");
  EXPECT_EQ(shipped().newest("megatron-bridge"), &shipped().default_profile());
  EXPECT_EQ(shipped().newest("nobody"), nullptr);
}

TEST(Software, BadProfilesAreReportedTogether) {
  const auto missing = load_software(GW_SOURCE_DIR "/data/no-such-folder", GW_SOURCE_DIR "/data/calibration");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().front().code, "no-software");
}

TEST(Software, AProfileWithoutCapabilitiesIsRefused) {
  const auto folder = std::filesystem::temp_directory_path() / "gigawatt_software_test";
  std::filesystem::create_directories(folder / "words");
  std::filesystem::copy_file(GW_SOURCE_DIR "/data/software/words/features.toml",
                             folder / "words" / "features.toml",
                             std::filesystem::copy_options::overwrite_existing);
  std::ofstream(folder / "mine.toml")
      << "name = \"mine\"\ntitle = \"Mine\"\nyear = 2026\nsource = \"nemo-docs\"\n";
  const auto refused = load_software(folder, GW_SOURCE_DIR "/data/calibration");
  std::ofstream(folder / "mine.toml")
      << "name = \"mine\"\ntitle = \"Mine\"\nyear = 2026\nsource = \"nemo-docs\"\n"
         "[can]\nschedules = [\"1f1b\", \"dualpip\"]\nzero = [\"1\"]\nrecompute = [\"none\"]\n"
         "recompute_modules = [\"none\"]\noffload = [\"none\"]\nprecisions = [\"bf16\"]\n";
  const auto mistyped = load_software(folder, GW_SOURCE_DIR "/data/calibration");
  std::filesystem::remove_all(folder);
  ASSERT_FALSE(refused);
  EXPECT_NE(base::render(refused.error()).find("can"), std::string::npos) << base::render(refused.error());
  ASSERT_FALSE(mistyped);
  EXPECT_NE(base::render(mistyped.error()).find("dualpip"), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::step

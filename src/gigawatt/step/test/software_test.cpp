#include "gigawatt/step/software_catalog.h"

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

TEST(Software, NotesSwitchNamedFeatures) {
  const SoftwareProfile plain = *shipped().find("torchtitan");
  EXPECT_FALSE(plain.compiled);
  EXPECT_TRUE(with_notes(plain, "FSDP+compile").compiled);
  EXPECT_FALSE(with_notes(plain, "FSDP, no compile").compiled);
  EXPECT_GT(with_notes(plain, "TP8 compile; AsyncTP").tp_overlap, plain.tp_overlap);
  const SoftwareProfile core = *shipped().find("megatron-core-2024");
  EXPECT_EQ(with_notes(core, "dispatcher hybridep").moe_dispatch, MoeDispatch::kFused);
  EXPECT_DOUBLE_EQ(with_notes(core, "cudagraph full_iteration").graph_coverage, 1);
  EXPECT_EQ(with_notes(core, "a note about nothing").name, core.name);
}

TEST(Software, BadProfilesAreReportedTogether) {
  const auto missing = load_software(GW_SOURCE_DIR "/data/no-such-folder", GW_SOURCE_DIR "/data/calibration");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().front().code, "no-software");
}

}  // namespace
}  // namespace gigawatt::step

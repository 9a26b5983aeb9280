#include <gtest/gtest.h>

#include "gigawatt/network/across_sites.h"

namespace gigawatt::network {
namespace {

/// Two trillion parameters in two bytes, 25 TB/s between two sites 6 ms apart: 4 TB / 25 TB/s and two crossings.
TEST(AcrossSites, HierarchicalExchangeByHand) {
  SplitTraining t;
  t.step_s = 4;
  t.gradient_bytes = 4e12;
  const auto bare = hierarchical(t, {25e12, 6e-3});
  EXPECT_NEAR(bare.exchange_s, 0.16 + 0.012, 1e-12);
  EXPECT_NEAR(bare.slowdown, 4.172 / 4, 1e-12);
  t.overlap = 0.5;
  EXPECT_DOUBLE_EQ(hierarchical(t, {25e12, 6e-3}).slowdown, 1);
  EXPECT_NEAR(hierarchical(t, {0.5e12, 6e-3}).step_s, 4 + 8.012 - 2, 1e-9);
  EXPECT_NEAR(hierarchical(t, {25e12, 6e-3}).bandwidth_needed, 4e12 / (0.51 * 4), 1);
}

/// A ring over all ranks carries the gradients twice over each border, and passes it on its way there and back.
TEST(AcrossSites, OneRingOverAllSitesCrossesTwice) {
  SplitTraining t;
  t.step_s = 4;
  t.gradient_bytes = 4e12;
  EXPECT_NEAR(synchronous(t, {25e12, 6e-3}).exchange_s, 0.32 + 0.024, 1e-12);
  EXPECT_NEAR(synchronous(t, {25e12, 0}).bandwidth_needed, 2 * hierarchical(t, {25e12, 0}).bandwidth_needed,
              1);
}

/// Steps without exchange make the capacity that is needed smaller by as much.
TEST(AcrossSites, LowCommunicationNeedsLessByItsInnerSteps) {
  SplitTraining t;
  t.step_s = 4;
  t.gradient_bytes = 4e12;
  t.inner_steps = 100;
  const auto slow = low_communication(t, {0.1e12, 6e-3});
  EXPECT_NEAR(slow.step_s, 4 + (40 + 0.012) / 100, 1e-9);
  EXPECT_NEAR(hierarchical(t, {1e12, 0}).bandwidth_needed / slow.bandwidth_needed, 100, 1e-9);
  t.compression = 0.25;
  t.staleness_steps = 3;
  EXPECT_DOUBLE_EQ(low_communication(t, {0.1e12, 6e-3}).slowdown, 1);
}

/// What a pipeline needs does not depend on which capacity is asked about, and meeting it loses less than 1%.
TEST(AcrossSites, APipelineNeedsWhatLosesNothing) {
  SplitTraining t;
  t.step_s = 5;
  t.micro_batches = 64;
  t.activation_bytes = 1e9;
  t.chunks = 4;
  for (const double plain : {5.3, 5.02}) {
    t.plain_step_s = plain;
    const double needed = pipeline_split(t, {1e12, 0}).bandwidth_needed;
    for (const double capacity : {0.01e12, 0.1e12, 10e12})
      EXPECT_DOUBLE_EQ(pipeline_split(t, {capacity, 0}).bandwidth_needed, needed);
    EXPECT_LE(pipeline_split(t, {needed, 0}).slowdown, 1.01 + 1e-12);
    EXPECT_GT(pipeline_split(t, {0.99 * needed, 0}).slowdown, 1.01);
  }
}

TEST(AcrossSites, APipelinePaysItsBordersOncePerStep) {
  SplitTraining t;
  t.sites = 3;
  t.step_s = 4;
  t.micro_batches = 64;
  t.activation_bytes = 1e9;
  EXPECT_NEAR(pipeline_split(t, {1e12, 6e-3}).step_s, 4 + 4 * 6e-3, 1e-12);
  EXPECT_NEAR(pipeline_split(t, {8e9, 0}).step_s, 8, 1e-12);
  // Ten chunks a stage cross nineteen times: over a thin border stages in one piece are faster.
  auto chunked = t;
  chunked.chunks = 10;
  chunked.plain_step_s = 4.4;
  EXPECT_NEAR(pipeline_split(chunked, {8e9, 0}).step_s, 8, 1e-12);
  EXPECT_NEAR(pipeline_split(chunked, {1e13, 0}).step_s, 4, 1e-12);
}

TEST(AcrossSites, OneSiteCostsNothing) {
  SplitTraining t;
  t.sites = 1;
  t.step_s = 4;
  t.gradient_bytes = 1e12;
  EXPECT_DOUBLE_EQ(synchronous(t, {1, 1}).slowdown, 1);
  EXPECT_DOUBLE_EQ(hierarchical(t, {1, 1}).slowdown, 1);
  EXPECT_DOUBLE_EQ(low_communication(t, {1, 1}).slowdown, 1);
  EXPECT_DOUBLE_EQ(pipeline_split(t, {1, 1}).slowdown, 1);
}

}  // namespace
}  // namespace gigawatt::network

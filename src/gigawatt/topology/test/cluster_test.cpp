#include "gigawatt/topology/cluster.h"

#include <gtest/gtest.h>

namespace gigawatt::topology {
namespace {

catalog::System hgx() {
  catalog::System s;
  s.fabric = "roce";
  s.accelerators_per_node.value = 8;
  s.scaleup_domain.value = 8;
  s.scaleup_bandwidth.value = 450e9;
  s.nic_bandwidth.value = 50e9;
  s.pod_accelerators.value = 3072;
  s.pod_oversubscription.value = 7;
  return s;
}

TEST(Cluster, FoldsASystemIntoLevels) {
  catalog::Accelerator a;
  a.generation = "hopper";
  const Cluster c = make_cluster(hgx(), a, 16384);
  EXPECT_EQ(c.nodes(), 2048);
  EXPECT_EQ(c.domains(), 2048);
  EXPECT_EQ(c.pod_size, 3072);
  EXPECT_DOUBLE_EQ(c.pod_oversubscription, 7);
  EXPECT_EQ(c.generation, "hopper");
  EXPECT_EQ(c.scaleout_kind, "roce");
}

TEST(Cluster, TakesTheAcceleratorsLinkWhereTheSystemHasNone) {
  catalog::System s = hgx();
  s.scaleup_bandwidth.value = 0;
  catalog::Accelerator a;
  a.scaleup_bandwidth.value = 300e9;
  EXPECT_DOUBLE_EQ(make_cluster(s, a, 8).scaleup_bandwidth, 300e9);
}

TEST(Cluster, WithoutAScaleUpFabricEveryDomainIsOne) {
  catalog::System s = hgx();
  s.scaleup_bandwidth.value = 0;
  const Cluster c = make_cluster(s, {}, 100);
  EXPECT_EQ(c.domain_size, 1);
  EXPECT_EQ(c.domains(), 100);
  EXPECT_EQ(c.nodes(), 13);
}

}  // namespace
}  // namespace gigawatt::topology

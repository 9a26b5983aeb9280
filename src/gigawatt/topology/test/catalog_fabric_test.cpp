#include <set>

#include <gtest/gtest.h>

#include "gigawatt/topology/catalog_fabric.h"
#include "gigawatt/topology/cluster_fabric.h"
#include "gigawatt/topology/torus_fabric.h"

namespace gigawatt::topology {
namespace {

const catalog::Catalog& knowledge() {
  static const auto all = catalog::Catalog::load(std::string(GW_SOURCE_DIR) + "/data");
  return *all;
}

/// Every network that can be simulated joins all its endpoints, and each link that a way takes exists.
TEST(CatalogFabric, EveryNetworkWithTiersIsConnected) {
  int simulated = 0;
  for (const auto& network : knowledge().networks()) {
    if (network.tiers.empty() && network.torus_x.value == 0) continue;
    const auto f = fabric_of(network);
    ASSERT_TRUE(f.has_value()) << network.name << ": " << base::render(f.error());
    ++simulated;
    const std::int64_t n = (*f)->endpoints();
    for (const auto kind : {PathChoice::Kind::kSingle, PathChoice::Kind::kHashed, PathChoice::Kind::kSpread})
      for (std::int64_t k = 0; k < 50; ++k) {
        const std::int64_t a = (k * 7919) % n, b = (k * 104729 + n / 2) % n;
        std::vector<FabricHop> hops;
        ASSERT_TRUE((*f)->route(a, b, {kind, static_cast<std::uint64_t>(k)}, hops)) << network.name;
        ASSERT_FALSE(hops.empty());
        for (const auto& h : hops) {
          ASSERT_LT(h.link, (*f)->links());
          EXPECT_GT((*f)->link(h.link).capacity, 0);
          EXPECT_EQ((*f)->opposite((*f)->opposite(h.link)), h.link);
        }
      }
    EXPECT_GT(payload_share(knowledge()), 0.9);
  }
  EXPECT_GE(simulated, 10);
}

/// Optical switches join cubes of four to the torus with the shortest longest side; what is no multiple of them is a part
/// of the whole.
TEST(CatalogFabric, FewerRanksHaveATorusOfTheirOwn) {
  const auto sides = [](std::int64_t ranks) {
    CableOverride changed;
    changed.slice = ranks;
    return dynamic_cast<const TorusFabric&>(**catalog_fabric(knowledge(), "tpu-torus", changed)).sizes();
  };
  EXPECT_EQ(sides(512), (std::vector<std::int64_t>{8, 8, 8}));
  EXPECT_EQ(sides(1024), (std::vector<std::int64_t>{8, 8, 16}));
  EXPECT_EQ(sides(192), (std::vector<std::int64_t>{4, 4, 12}));
  for (const std::int64_t whole : {0, 8, 500, 4096})
    EXPECT_EQ(sides(whole), (std::vector<std::int64_t>{16, 16, 16}));
}

/// 3,072 accelerators of a pod share uplinks for a seventh of their cards.
TEST(CatalogFabric, MetasPodsAreSevenToOne) {
  const auto f = catalog_fabric(knowledge(), "meta-24k");
  ASSERT_TRUE(f.has_value());
  EXPECT_EQ((*f)->endpoints(), 24576);
  std::vector<FabricHop> hops;
  ASSERT_TRUE((*f)->route(0, 24575, {PathChoice::Kind::kSpread, 0}, hops));
  ASSERT_EQ(hops.size(), 6U);
  EXPECT_NEAR(3072 * 50e9 / (*f)->link(hops[2].link).capacity, 7.1, 0.05);
}

TEST(ClusterFabric, RailsMeetOnOneLeafAndCrossInsideTheDomain) {
  const ClusterFabric f(
      {{4, 1, 1, 50e9, 1e-6, false, false, "leaf"}, {4, 4, 1, 50e9, 1e-6, false, false, "spine"}},
      {2, 450e9, 1e-6}, true, 1);
  ASSERT_EQ(f.endpoints(), 16);
  const auto length = [&](std::int64_t a, std::int64_t b) {
    std::vector<FabricHop> hops;
    EXPECT_TRUE(f.route(a, b, {}, hops));
    return hops.size();
  };
  EXPECT_EQ(length(0, 1), 2U);  // inside the domain
  EXPECT_EQ(length(0, 2), 2U);  // the same rail of the next domain: one leaf
  EXPECT_EQ(length(0, 3), 4U);  // the other rail: through the domain, then one leaf
  EXPECT_EQ(length(0, 8), 4U);  // the same rail under another leaf
  std::set<std::int64_t> leaves;
  for (std::int64_t e = 0; e < 8; e += 2) {
    std::vector<FabricHop> hops;
    f.route(e, 8, {}, hops);
    leaves.insert(hops[1].link / 8);
  }
  EXPECT_EQ(leaves.size(), 1U);
}

TEST(CatalogFabric, SaysWhatDoesNotMatch) {
  const std::string head =
      "name = \"x\"\ntitle = \"x\"\nfabric = \"roce\"\npod_accelerators = 0\npod_oversubscription = 1\n";
  const std::string leaf =
      "[[tier]]\nname = \"leaf\"\nchildren = 4\nbandwidth = \"400 Gbit/s\"\nlatency = \"1 us\"\n";
  EXPECT_TRUE(file_fabric(head + leaf, "x.toml").has_value());
  for (const auto& text :
       {head, head + "rails = true\ndomain_accelerators = 2\nscaleup_bandwidth = \"450 GB/s\"\n" + leaf,
        head + "domain_accelerators = 3\nscaleup_bandwidth = \"450 GB/s\"\n" + leaf,
        head + "domain_accelerators = 2\n" + leaf,
        head + "[[tier]]\nname = \"leaf\"\nchildren = 4\nbandwidth = \"0 Gbit/s\"\nlatency = \"1 us\"\n",
        head + "[[tier]]\nname = \"leaf\"\nchildren = 1e12\nbandwidth = \"1 Gbit/s\"\nlatency = \"1 us\"\n",
        head + "[[tier]]\nname = \"leaf\"\nchildren = 2.5\nbandwidth = \"1 Gbit/s\"\nlatency = \"1 us\"\n",
        head + "[[tier]]\nname = \"leaf\"\nchildren = -4\nbandwidth = \"1 Gbit/s\"\nlatency = \"1 us\"\n"})
    EXPECT_FALSE(file_fabric(text, "x.toml").has_value()) << text;
  EXPECT_FALSE(catalog_fabric(knowledge(), "meta-24").has_value());
}

}  // namespace
}  // namespace gigawatt::topology

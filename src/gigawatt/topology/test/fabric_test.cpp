#include <map>
#include <set>

#include <gtest/gtest.h>

#include "gigawatt/topology/fabric_text.h"
#include "gigawatt/topology/simgrid_platform.h"
#include "gigawatt/topology/simgrid_values.h"
#include "gigawatt/topology/torus_fabric.h"
#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::topology {
namespace {

std::shared_ptr<const Fabric> made(std::string_view text) {
  const auto f = parse_fabric(text, {1e9, 1e-6});
  EXPECT_TRUE(f.has_value()) << (f ? "" : f.error().message);
  return f ? *f : nullptr;
}

double length(const Fabric& f, std::int64_t a, std::int64_t b, PathChoice choice = {}) {
  std::vector<FabricHop> hops;
  EXPECT_TRUE(f.route(a, b, choice, hops));
  std::set<std::int64_t> seen;
  double n = 0;
  for (const auto& h : hops) {
    EXPECT_TRUE(seen.insert(h.link).second) << "a link appears once";
    EXPECT_TRUE(h.link >= 0 && h.link < f.links());
    EXPECT_GT(f.link(h.link).capacity, 0);
    EXPECT_FALSE(f.link_name(h.link).empty());
    EXPECT_EQ(f.opposite(f.opposite(h.link)), h.link);
    n += h.weight;
  }
  return n;
}

TEST(TreeFabric, FatTreeHasItsSizesAndWays) {
  const auto f = made("fat-tree:8");
  EXPECT_EQ(f->endpoints(), 128);
  // Three tiers of 128 cables, two directions, and a bundle of each group and direction.
  EXPECT_EQ(f->links(), 2 * 3 * 128 + 2 * (128 + 32 + 8));
  EXPECT_DOUBLE_EQ(length(*f, 0, 1), 2);
  EXPECT_DOUBLE_EQ(length(*f, 0, 5), 4);
  EXPECT_DOUBLE_EQ(length(*f, 0, 127), 6);
  EXPECT_EQ(f->ways(0, 127), 16);
  EXPECT_EQ(f->ways(0, 5), 4);
  for (std::uint64_t hash = 0; hash < 50; ++hash)
    EXPECT_DOUBLE_EQ(length(*f, 3, 99, {PathChoice::Kind::kHashed, hash}), 6);
  EXPECT_DOUBLE_EQ(length(*f, 3, 99, {PathChoice::Kind::kSpread, 0}), 6);
}

/// Fixed ways to different destinations never share a link downwards, and bundles have the capacity of their cables.
TEST(TreeFabric, FixedWaysSpreadDestinations) {
  const auto f = made("fat-tree:4");
  std::map<std::int64_t, int> down;
  for (std::int64_t dst = 1; dst < 16; ++dst) {
    std::vector<FabricHop> hops;
    ASSERT_TRUE(f->route(0, dst, {}, hops));
    ++down[hops.back().link];
  }
  for (const auto& [link, times] : down) EXPECT_EQ(times, 1);
  std::vector<FabricHop> hops;
  ASSERT_TRUE(f->route(0, 15, {PathChoice::Kind::kSpread, 0}, hops));
  ASSERT_EQ(hops.size(), 6U);
  const double wanted[] = {1e9, 2e9, 4e9, 4e9, 2e9, 1e9};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_DOUBLE_EQ(f->link(hops[i].link).capacity, wanted[i]);
}

TEST(TreeFabric, AMillionEndpointsAreAFewNumbers) {
  const auto f = made("fat-tree:160");
  EXPECT_EQ(f->endpoints(), 1024000);
  EXPECT_LT(static_cast<const TreeFabric&>(*f).tiers().size() * sizeof(Tier), 1000U);
  EXPECT_DOUBLE_EQ(length(*f, 0, 1023999), 6);
}

TEST(FabricText, ClosCountsUplinksByOversubscription) {
  const auto f = made("clos:16x8:4");
  EXPECT_EQ(f->endpoints(), 128);
  EXPECT_EQ(f->ways(0, 127), 4);
  EXPECT_EQ(made("clos:16x8x4:2,4")->endpoints(), 512);
  EXPECT_EQ(made("clos:16x8x4:2,4")->ways(0, 511), 8 * 2);
}

TEST(FabricText, SaysWhatIsWrong) {
  for (const auto* text :
       {"fat-tree:7", "fat-tree:0", "fat-tree:", "fat-tree:99999999999999999999", "clos:4", "clos:4x4:0.5",
        "clos:4x4:9", "torus:", "torus:0x4", "torus:-1", "torus:100000x100000", "dragonfly:4x1x2x1", "star:0",
        "fat-tee:4", "nothing", ""}) {
    const auto f = parse_fabric(text, {1e9, 0});
    ASSERT_FALSE(f.has_value()) << text;
    EXPECT_FALSE(f.error().message.empty());
    EXPECT_FALSE(f.error().hint.empty()) << text;
  }
  EXPECT_FALSE(parse_fabric("star:4", {0, 0}).has_value());
  EXPECT_FALSE(parse_fabric("star:4", {-1, 0}).has_value());
  EXPECT_FALSE(parse_fabric("star:4", {1, -1}).has_value());
  EXPECT_EQ(parse_fabric("fat-tee:4", {1, 0}).error().hint, "did you mean 'fat-tree'?");
}

TEST(TorusFabric, GoesTheShorterWayRound) {
  const auto f = made("torus:5x4");
  EXPECT_EQ(f->endpoints(), 20);
  EXPECT_DOUBLE_EQ(length(*f, 0, 4), 1);
  EXPECT_DOUBLE_EQ(length(*f, 0, 2), 2);
  EXPECT_DOUBLE_EQ(length(*f, 0, 3), 2);
  EXPECT_DOUBLE_EQ(length(*f, 0, 5 * 2 + 2), 4);
  EXPECT_DOUBLE_EQ(length(*f, 0, 5 * 2 + 2, {PathChoice::Kind::kSpread, 0}), 4);
  EXPECT_DOUBLE_EQ(length(*f, 7, 19, {PathChoice::Kind::kHashed, 5}), length(*f, 7, 19));
}

TEST(DragonflyFabric, MinimalWaysAreFiveLinksBetweenRouters) {
  const auto f = made("dragonfly:3x2x3x2");
  EXPECT_EQ(f->endpoints(), 36);
  for (std::int64_t a = 0; a < 36; ++a)
    for (std::int64_t b = 0; b < 36; ++b)
      if (a != b) {
        EXPECT_LE(length(*f, a, b), 7);
      }
}

/// Walking along the links' ends from one endpoint leads to the other.
TEST(Fabric, LinksOfAWayJoin) {
  for (const auto* text : {"fat-tree:6", "clos:4x3x2", "torus:4x3x5", "dragonfly:3x2x4x2"}) {
    const auto f = *parse_fabric(text, {1e9, 1e-6});
    for (std::int64_t a = 0; a < f->endpoints(); a += 3)
      for (std::int64_t b = 0; b < f->endpoints(); b += 2) {
        if (a == b) continue;
        std::vector<FabricHop> way;
        ASSERT_TRUE(f->route(a, b, {}, way));
        std::int64_t at = a;
        for (const auto& h : way) {
          const auto [from, to] = f->ends(h.link);
          ASSERT_EQ(from, at) << text << " " << f->link_name(h.link);
          ASSERT_LT(to, f->endpoints() + f->switches());
          at = to;
        }
        EXPECT_EQ(at, b) << text;
      }
  }
}

TEST(SimGridValues, UnitsAndRanges) {
  EXPECT_DOUBLE_EQ(*simgrid_bandwidth("1Gbps"), 125e6);
  EXPECT_DOUBLE_EQ(*simgrid_bandwidth("125MBps"), 125e6);
  EXPECT_DOUBLE_EQ(*simgrid_bandwidth("1.25e9"), 1.25e9);
  EXPECT_FALSE(simgrid_bandwidth("1 potato"));
  EXPECT_DOUBLE_EQ(*simgrid_time("50us"), 50e-6);
  EXPECT_EQ(simgrid_radical("0-2,7")->size(), 4U);
  EXPECT_FALSE(simgrid_radical("5-2").has_value());
  EXPECT_FALSE(simgrid_radical("0-99999999999").has_value());
}

TEST(SimGridPlatform, SaysWhatIsWrongWithItsLine) {
  const auto bad = parse_simgrid_platform(
      "<platform version=\"4.1\">\n<zone id=\"z\" routing=\"Full\">\n<host id=\"a\" speed=\"1f\"/>\n<host "
      "id=\"b\" speed=\"1f\"/>\n"
      "<link id=\"l\" bandwidth=\"0\" latency=\"1us\"/>\n<route src=\"a\" dst=\"bb\"><link_ctn "
      "id=\"k\"/></route>\n</zone>\n"
      "</platform>",
      "p.xml");
  ASSERT_FALSE(bad.has_value());
  ASSERT_EQ(bad.error().size(), 3U);
  EXPECT_EQ(bad.error()[0].span.line, 5);
  EXPECT_EQ(bad.error()[1].span.line, 6);
  for (const auto* text :
       {"", "<", "<platform/>", "<a/>", "<platform><zone id='z' routing='Vivaldi'/></platform>",
        "<platform><cluster id='c' prefix='p' suffix='' radical='0-3' bw='1' lat='0' topology='FAT_TREE' "
        "topo_parameters='1;3;1;1'/></platform>",
        "<!DOCTYPE p [<!ENTITY a \"b\">]><platform/>"})
    EXPECT_FALSE(parse_simgrid_platform(text, "p.xml").has_value()) << text;
}

}  // namespace
}  // namespace gigawatt::topology

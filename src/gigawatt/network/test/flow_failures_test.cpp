#include <gtest/gtest.h>

#include "gigawatt/network/flow_failures.h"
#include "gigawatt/topology/fabric_text.h"

namespace gigawatt::network {
namespace {

std::shared_ptr<const topology::Fabric> plain_fabric(std::string_view text) {
  return *topology::parse_fabric(text, {1e9, 0});
}

FlowOptions routed(Routing routing) {
  FlowOptions o;
  o.routing = routing;
  return o;
}

/// Down from 1 s to 3 s on a star: nothing moves for two seconds.
TEST(FlowFailures, WithoutAnotherWayAFlowWaits) {
  const auto f = plain_fabric("star:2");
  const FlowRequest flow{0, 1, 2e9, 0};
  const auto r = run_with_faults(*f, {&flow, 1}, routed(Routing::kSingle), {{{0, 1, 3, 0}}, 0.1});
  ASSERT_TRUE(r.has_value());
  EXPECT_NEAR(r->flows.finish_s[0], 4, 1e-9);
  EXPECT_EQ(r->waited, 1U);
  EXPECT_FALSE(
      run_with_faults(*f, {&flow, 1}, routed(Routing::kSingle), {{{0, 1, flows::kUnbounded, 0}}, 0.1})
          .has_value());
  const auto half =
      run_with_faults(*f, {&flow, 1}, routed(Routing::kSingle), {{{0, 1, flows::kUnbounded, 0.5}}, 0.1});
  EXPECT_NEAR(half->flows.finish_s[0], 3, 1e-9);
}

/// On a fat-tree the flow finds another way once routing has converged: 0.25 s of a 2 s flow are lost.
TEST(FlowFailures, RoutingGoesAroundADeadLink) {
  const auto f = plain_fabric("fat-tree:4");
  const FlowRequest flow{0, 15, 2e9, 0};
  auto o = routed(Routing::kEcmp);
  FlowBuilder builder(*f, o);
  ASSERT_TRUE(builder.add(flow, 0));
  const auto way = builder.set().way(0);
  const std::int64_t up = builder.link_ids()[static_cast<std::size_t>(way[1].link)];
  const auto r = run_with_faults(*f, {&flow, 1}, o, {{{up, 1, flows::kUnbounded, 0}}, 0.25});
  ASSERT_TRUE(r.has_value()) << base::render(r.error());
  EXPECT_NEAR(r->flows.finish_s[0], 2.25, 1e-9);
  EXPECT_EQ(r->rerouted, 1U);
}

/// Spread packets lose one of two uplinks of the leaf: four flows out of it at half the bandwidth.
TEST(FlowFailures, SprayLosesTheCablesShare) {
  const auto f = plain_fabric("clos:4x2:2");
  std::vector<FlowRequest> flows;
  for (std::int64_t i = 0; i < 4; ++i) flows.push_back({i, 4 + i, 1e9, 0});
  const auto o = routed(Routing::kSpray);
  EXPECT_NEAR(run_flows(*f, flows, o)->outcome.makespan_s, 2, 1e-9);
  FlowBuilder builder(*f, o);
  ASSERT_TRUE(builder.add(flows[0], 0));
  const std::int64_t bundle = builder.link_ids()[static_cast<std::size_t>(builder.set().way(0)[1].link)];
  ASSERT_EQ(f->link(bundle).cables, 2);
  const auto r = run_with_faults(*f, flows, o, {{{bundle, 1, flows::kUnbounded, 0}}, 0.1});
  ASSERT_TRUE(r.has_value());
  EXPECT_NEAR(r->flows.outcome.makespan_s, 3, 1e-9);
  // The same by one of the two cables' own name.
  std::int64_t cable = 0;
  while (cable < bundle && f->bundle_of(cable) != bundle) ++cable;
  ASSERT_LT(cable, bundle);
  const auto named = run_with_faults(*f, flows, o, {{{cable, 1, flows::kUnbounded, 0}}, 0.1});
  ASSERT_TRUE(named.has_value());
  EXPECT_NEAR(named->flows.outcome.makespan_s, 3, 1e-9);
  // The only cable of an endpoint: nothing gets out.
  EXPECT_FALSE(run_with_faults(*f, flows, o, {{{0, 1, flows::kUnbounded, 0}}, 0.1}).has_value());
}

TEST(FlowFailures, ListsAreReadByNameOrNumber) {
  const auto f = plain_fabric("star:4");
  const auto good = parse_faults("link,from_s,until_s\n" + f->link_name(2) + ",1,2\n0,3,\n", "f.csv", *f);
  ASSERT_TRUE(good.has_value()) << base::render(good.error());
  ASSERT_EQ(good->size(), 4U);
  EXPECT_EQ((*good)[0].link, 2);
  EXPECT_EQ((*good)[1].link, 3);
  EXPECT_EQ((*good)[2].until_s, flows::kUnbounded);
  for (const auto* text :
       {"", "link\n0\n", "link,from_s\nnowhere,1\n", "link,from_s,until_s\n0,5,1\n", "link,from_s\n0,-1\n"})
    EXPECT_FALSE(parse_faults(text, "f.csv", *f).has_value()) << text;
}

}  // namespace
}  // namespace gigawatt::network

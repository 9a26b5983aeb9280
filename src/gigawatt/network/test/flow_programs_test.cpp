/// Programs at the same time: each alone as by itself, two on one link at half the speed, phases one after the other.

#include "gigawatt/network/flow_programs.h"

#include <gtest/gtest.h>

#include "gigawatt/topology/fabric_text.h"

namespace gigawatt::network {
namespace {

std::shared_ptr<const topology::Fabric> latent_fabric(std::string_view text, double latency = 0) {
  return *topology::parse_fabric(text, {1e9, latency});
}

FlowOptions sprayed() {
  FlowOptions o;
  o.sharing = flows::sharing_model(flows::SharingKind::kMaxMin);
  o.routing = Routing::kSpray;
  return o;
}

ProgramsResult run(const topology::Fabric& f, const std::string& csv) {
  const auto programs = parse_programs(csv, "p.csv", f, 0);
  EXPECT_TRUE(programs.has_value()) << (programs ? "" : base::render(programs.error()));
  return *run_programs(f, *programs, sprayed());
}

TEST(FlowPrograms, AloneTheyTakeWhatACollectiveTakes) {
  for (const auto* algorithm : {"ring", "halving-doubling", "direct"}) {
    const auto f = latent_fabric("fat-tree:4", 1e-6);
    const bool exchange = std::string(algorithm) == "direct";
    const ProgramRequest request{exchange ? Collective::kAllToAll : Collective::kAllReduce,
                                 exchange                           ? Algorithm::kDirect
                                 : std::string(algorithm) == "ring" ? Algorithm::kRing
                                                                    : Algorithm::kHalvingDoubling,
                                 16, 1e9};
    const double expected = run_collective(*f, request, sprayed())->total.outcome.makespan_s;
    const auto r = run(*f, std::string("collective,algorithm,ranks,bytes\n") +
                               (exchange ? "all-to-all," : "all-reduce,") + algorithm + ",16,1e9\n");
    EXPECT_NEAR(r.programs[0].finish_s, expected, 1e-6 * expected) << algorithm;
    EXPECT_NEAR(r.programs[0].alone_s, expected, 1e-6 * expected) << algorithm;
  }
}

/// Neighbors of a domain are known as they are to a single collective; a stride of a domain has none.
TEST(FlowPrograms, RanksShareTheFabricsDomainsUnlessALineSaysOtherwise) {
  const auto f = latent_fabric("star:16");
  ProgramRequest usual;
  usual.domain = 4;
  const auto flows_of = [&](const std::string& line) {
    return (*parse_programs("collective,algorithm,ranks,first,stride,bytes,domain\nall-reduce,ring," + line,
                            "p.csv", *f, 0, usual))[0]
        .phases[0]
        .flows.size();
  };
  const auto ring = [&](std::int64_t ranks, std::int64_t domain) {
    ProgramRequest r{Collective::kAllReduce, Algorithm::kRing, ranks, 1e9};
    r.domain = domain;
    return (*make_program(r))[0].flows.size();
  };
  ASSERT_NE(ring(8, 4), ring(8, 1));
  EXPECT_EQ(flows_of("8,0,1,1e9,"), ring(8, 4));
  EXPECT_EQ(flows_of("8,4,1,1e9,"), ring(8, 4));
  EXPECT_EQ(flows_of("8,0,2,1e9,"), ring(8, 2));
  EXPECT_EQ(flows_of("4,0,4,1e9,"), ring(4, 1));
  EXPECT_EQ(flows_of("8,2,1,1e9,"), ring(8, 1));
  EXPECT_EQ(flows_of("8,0,1,1e9,1"), ring(8, 1));
}

TEST(FlowPrograms, TwoOnTheSameCardsHalveEachOther) {
  const auto f = latent_fabric("star:8");
  // Two rings of 8 ranks: 2 x 7/8 s alone; together twice that.
  const auto r =
      run(*f, "name,collective,algorithm,ranks,bytes\na,all-reduce,ring,8,1e9\nb,all-reduce,ring,8,1e9\n");
  for (const auto& p : r.programs) {
    EXPECT_NEAR(p.alone_s, 1.75, 1e-9);
    EXPECT_NEAR(p.finish_s, 3.5, 1e-9);
  }
  // On disjoint ranks nobody meets.
  const auto apart =
      run(*f, "collective,algorithm,ranks,first,bytes\nall-reduce,ring,4,0,1e9\nall-reduce,ring,4,4,1e9\n");
  for (const auto& p : apart.programs) EXPECT_NEAR(p.finish_s, 1.5, 1e-9);
}

/// A checkpoint to one storage endpoint begins half a second after a send on another pair: nothing is shared until it
/// takes the sender's card.
TEST(FlowPrograms, AWriteBesideATrainingByHand) {
  const auto f = latent_fabric("star:4");
  // 0 sends 1 GB to 1 in a second. At 0.5 s rank 0 also writes 1 GB to endpoint 3: both at half speed, so that the send
  // ends at 1.5 s (0.5 GB left at 0.5 GB/s) and the write at 2 s (0.5 GB left alone).
  const auto r = run(
      *f, "name,collective,ranks,bytes,start_s,to\nsend,send-recv,2,1e9,0,\ncheckpoint,write,1,1e9,0.5,3\n");
  EXPECT_NEAR(r.programs[0].finish_s, 1.5, 1e-9);
  EXPECT_NEAR(r.programs[1].finish_s, 2, 1e-9);
  EXPECT_NEAR(r.programs[1].alone_s, 1, 1e-9);
  EXPECT_NEAR(r.total.outcome.makespan_s, 2, 1e-9);
}

TEST(FlowPrograms, SayWhatIsWrongInEachLine) {
  const auto f = latent_fabric("star:4");
  const auto bad = parse_programs(
      "collective,bytes,ranks,first,to\nall-reduse,1,2,0,\nall-reduce,x,2,0,\nall-reduce,1,9,0,\nwrite,1,2,0,"
      "\nall-reduce,1,3,2,\n",
      "p.csv", *f, 0);
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().size(), 5U);
  EXPECT_NE(bad.error()[0].hint.find("all-reduce"), std::string::npos);
  EXPECT_FALSE(parse_programs("collective\nall-reduce\n", "p.csv", *f, 0).has_value());
  EXPECT_FALSE(parse_programs("collective,bytes\n", "p.csv", *f, 0).has_value());
}

}  // namespace
}  // namespace gigawatt::network

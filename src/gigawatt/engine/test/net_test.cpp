#include <gtest/gtest.h>

#include "gigawatt/engine/net.h"
#include "gigawatt/engine/test/shipped.h"

namespace gigawatt::engine {
namespace {

using test::shipped;

NetQuery permutation() {
  NetQuery q;
  q.topology = "fat-tree:4";
  q.permutation = 16;
  q.bytes = "1e9";
  q.link_bandwidth = "1.25e9";
  q.link_latency = "0";
  q.model = "raw";
  return q;
}

TEST(Net, APermutationTakesNoLessThanItsBound) {
  const auto a = answer_net(shipped().catalog, test::kDataFolder, permutation());
  ASSERT_TRUE(a.has_value()) << base::render(a.error());
  EXPECT_EQ(a->flows.flows, 16U);
  EXPECT_GE(a->flows.outcome.makespan_s, 0.8);
  EXPECT_EQ(a->routing, "single");
  auto spray = permutation();
  spray.routing = "spray";
  EXPECT_NEAR(answer_net(shipped().catalog, test::kDataFolder, spray)->flows.outcome.makespan_s, 0.8, 1e-9);
}

TEST(Net, APlatformsConfigurationIsHeard) {
  NetQuery q;
  q.platform = "p.xml";
  q.flows = "f.csv";
  q.flows_text = "src,dst,bytes\na,b,1e9\n";
  q.model = "simgrid-cm02";
  const std::string zone =
      "<zone id='z' routing='Full'><host id='a' speed='1f'/><host id='b' speed='1f'/>"
      "<link id='l' bandwidth='1.25GBps' latency='10us'/><route src='a' dst='b'><link_ctn "
      "id='l'/></route></zone>";
  q.platform_text = "<platform version='4.1'>" + zone + "</platform>";
  EXPECT_NEAR(answer_net(shipped().catalog, test::kDataFolder, q)->flows.outcome.makespan_s, 0.84001, 1e-9);
  q.cross_traffic = "no";
  EXPECT_NEAR(answer_net(shipped().catalog, test::kDataFolder, q)->flows.outcome.makespan_s, 0.80001, 1e-9);
  q.cross_traffic = "";
  q.platform_text =
      "<platform version='4.1'><config id='General'><prop id='network/crosstraffic' value='no'/></config>" +
      zone + "</platform>";
  EXPECT_NEAR(answer_net(shipped().catalog, test::kDataFolder, q)->flows.outcome.makespan_s, 0.80001, 1e-9);
}

TEST(Net, SaysWhatIsWrong) {
  const auto code = [](NetQuery q) {
    const auto a = answer_net(shipped().catalog, test::kDataFolder, q);
    return a ? std::string("none") : a.error().front().code;
  };
  auto q = permutation();
  q.topology = "";
  EXPECT_EQ(code(q), "no-fabric");
  q = permutation();
  q.collective = "all-reduce";
  EXPECT_EQ(code(q), "no-task");
  q = permutation();
  q.permutation = 17;
  EXPECT_EQ(code(q), "bad-permutation");
  q = permutation();
  q.bytes = "";
  EXPECT_EQ(code(q), "no-bytes");
  q.bytes = "-1";
  EXPECT_EQ(code(q), "bad-number");
  q = permutation();
  q.link_bandwidth = "0";
  EXPECT_EQ(code(q), "bad-number");
  q = permutation();
  q.model = "maxmi";
  EXPECT_EQ(code(q), "unknown-value");
  q = permutation();
  q.topology = "meta-24";
  EXPECT_EQ(code(q), "unknown-network");
}

}  // namespace
}  // namespace gigawatt::engine

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gigawatt/engine/net_nccl.h"
#include "gigawatt/engine/test/shipped.h"
#include "gigawatt/network/flow_program.h"

namespace gigawatt::engine {
namespace {

network::Collective collective(const std::string& name) {
  std::size_t i = 0;
  while (network::kCollectiveNames[i] != name) ++i;
  return static_cast<network::Collective>(i);
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) out.push_back(cell);
  return out;
}

/// What NCCL 2.30.7's own sources chose (tools/nccl/tuner_table.py): the same algorithm, protocol, channels and time.
TEST(NetNccl, ChoosesWhatNcclChooses) {
  std::ifstream in(std::string(GW_SOURCE_DIR) + "/tests/oracle/nccl/tuner.csv");
  std::string line;
  std::getline(in, line);
  std::getline(in, line);
  const auto constants = network::load_nccl_constants(test::kDataFolder);
  ASSERT_TRUE(constants.has_value());
  std::map<std::string, network::NcclTuner> tuners;  // channels are searched for once a node
  std::size_t rows = 0;
  while (std::getline(in, line)) {
    const auto c = cells(line);
    ASSERT_EQ(c.size(), 12U) << line;
    const std::string key = c[0] + "," + c[1] + "," + c[2] + "," + c[3] + "," + c[4] + "," + c[5];
    auto found = tuners.find(key);
    if (found == tuners.end()) {
      const NcclQuery q{c[0], c[3], std::stoll(c[1]), std::stoll(c[2]), c[5] == "1"};
      const auto nodes =
          nccl_nodes(test::shipped().catalog, *constants, q, std::stoll(c[1]) * std::stoll(c[4]));
      ASSERT_TRUE(nodes.has_value()) << line;
      found = tuners.try_emplace(key, *constants, *nodes).first;
    }
    const auto choice = found->second.choose(collective(c[6]), std::stoull(c[7]));
    ASSERT_TRUE(choice.has_value()) << line;
    ++rows;
    EXPECT_EQ(constants->algorithms[choice->chosen.algorithm].name, c[8]) << line;
    EXPECT_EQ(network::kNcclProtocolNames[choice->chosen.protocol], c[9]) << line;
    if (c[10] != "0") {
      EXPECT_EQ(choice->channel_limit, std::stoll(c[10])) << line;
    }
    EXPECT_NEAR(choice->chosen.time_us / std::stod(c[11]), 1, 1e-7) << line;
  }
  EXPECT_GT(rows, 2800U);
}

/// 72 GPUs are one node; 144 are two, and what stands in two racks goes over the cards.
TEST(NetNccl, ARackIsANode) {
  const auto one = ask_nccl(test::shipped().catalog, test::kDataFolder, {"gb200-nvl72"},
                            network::Collective::kAllReduce, 0, 1e9);
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->nodes, 1);
  EXPECT_EQ(one->gpus_per_node, 72);
  EXPECT_EQ(one->host, "arm");
  const auto two = ask_nccl(test::shipped().catalog, test::kDataFolder, {"gb200-nvl72"},
                            network::Collective::kAllReduce, 144, 1e9);
  ASSERT_TRUE(two.has_value());
  EXPECT_EQ(two->nodes, 2);
  EXPECT_LT(two->sizes.front().bus_bandwidth, one->sizes.front().bus_bandwidth);
}

TEST(NetNccl, SaysWhatItDoesNotKnow) {
  const auto ask = [](const NcclQuery& q, network::Collective c, std::int64_t ranks) {
    const auto a = ask_nccl(test::shipped().catalog, test::kDataFolder, q, c, ranks, 1e6);
    return a ? std::string() : a.error().front().message;
  };
  EXPECT_NE(ask({"mi300x"}, network::Collective::kAllReduce, 8), "");
  EXPECT_NE(ask({"h100"}, network::Collective::kAllToAll, 8), "");
  EXPECT_NE(ask({"h100", "sparc"}, network::Collective::kAllReduce, 8).find("sparc"), std::string::npos);
  EXPECT_NE(ask({"h100"}, network::Collective::kAllReduce, 12).find("12 ranks"), std::string::npos);
  EXPECT_NE(ask({"h101"}, network::Collective::kAllReduce, 8).find("h100"), std::string::npos);
  EXPECT_NE(ask({"h100", "", 16}, network::Collective::kAllReduce, 16), "");
}

}  // namespace
}  // namespace gigawatt::engine

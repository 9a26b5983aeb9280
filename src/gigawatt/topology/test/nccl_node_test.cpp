#include "gigawatt/topology/nccl_node.h"

#include <gtest/gtest.h>

namespace gigawatt::topology {
namespace {

/// Two sockets, on each a PCI switch with a GPU and a port; the GPUs hang on switches by 18 links.
std::string node(const char* second_gpu_links =
                     "<nvlink target='0000:07:00.0' count='10' tclass='0x068000'/>"
                     "<nvlink target='0000:06:00.0' count='8' tclass='0x068000'/>") {
  const auto socket = [&](int n, const char* links) {
    const std::string i = std::to_string(n);
    return "<cpu numaid='" + i +
           "' arch='x86_64' vendor='GenuineIntel' familyid='6' modelid='207'>"
           "<pci busid='0000:" +
           i +
           "0:00.0' class='0x060400' link_speed='32.0 GT/s PCIe' link_width='16'>"
           "<pci busid='0000:" +
           i +
           "1:00.0' class='0x030200' link_speed='32.0 GT/s PCIe' link_width='16'>"
           "<gpu dev='" +
           i + "' sm='90' rank='" + i + "' gdr='1'>" + links +
           "</gpu></pci>"
           "<pci busid='0000:" +
           i +
           "2:00.0' class='0x020000' link_speed='16.0 GT/s PCIe' link_width='16'>"
           "<nic><net name='mlx5_" +
           i + "' dev='" + i + "' speed='400000' port='1' latency='2.5'/></nic></pci></pci></cpu>";
  };
  return "<system version='1'>" +
         socket(0,
                "<nvlink target='0000:07:00.0' count='10' tclass='0x068000'/>"
                "<nvlink target='0000:06:00.0' count='8' tclass='0x068000'/>") +
         socket(1, second_gpu_links) + "</system>";
}

double width(const Fabric& f, std::string_view from, std::string_view to, std::size_t hops) {
  std::vector<FabricHop> way;
  EXPECT_TRUE(f.route(*f.endpoint(from), *f.endpoint(to), {}, way));
  EXPECT_EQ(way.size(), hops) << from << " to " << to;
  double least = 1e300;
  for (const auto& hop : way) least = std::min(least, f.link(hop.link).capacity);
  return least / 1e9;
}

TEST(NcclNode, CapacitiesAreNccls) {
  ASSERT_TRUE(is_nccl_node(node()));
  const auto read = parse_nccl_node(node(), "node.xml");
  ASSERT_TRUE(read) << base::render(read.error());
  const Fabric& f = **read;
  EXPECT_EQ(f.endpoints(), 4);
  EXPECT_EQ(f.endpoint_name(0), "gpu0");
  EXPECT_EQ(f.endpoint_name(3), "mlx5_1");
  EXPECT_DOUBLE_EQ(width(f, "gpu0", "gpu1", 2), 18 * 20.6);  // through the switches
  EXPECT_DOUBLE_EQ(width(f, "gpu0", "mlx5_0", 3), 24);       // the card's own PCIe 4.0 x16
  EXPECT_DOUBLE_EQ(width(f, "gpu0", "mlx5_1", 6), 24);       // over both sockets, 40 between them
  EXPECT_DOUBLE_EQ(width(f, "mlx5_0", "mlx5_1", 7), 24);
  std::vector<FabricHop> way;
  f.route(*f.endpoint("gpu0"), *f.endpoint("mlx5_0"), {}, way);
  EXPECT_DOUBLE_EQ(f.link(way.back().link).latency_s, 2.5e-6);
  EXPECT_DOUBLE_EQ(f.link(way.back().link).capacity, 50e9);
  EXPECT_EQ(f.link(f.opposite(way[0].link)).capacity, f.link(way[0].link).capacity);
}

TEST(NcclNode, LinksBetweenGpusAndNone) {
  const auto direct = parse_nccl_node(
      "<system><cpu vendor='AuthenticAMD' arch='x86_64'>"
      "<pci busid='a'><gpu dev='0' sm='80'><nvlink target='b' count='12' tclass='0x030200'/></gpu></pci>"
      "<pci busid='b'><gpu dev='1' sm='80'><nvlink target='a' count='12' tclass='0x030200'/></gpu></pci>"
      "<pci busid='c'><gpu dev='2' sm='80'/></pci></cpu></system>",
      "x");
  ASSERT_TRUE(direct) << base::render(direct.error());
  EXPECT_DOUBLE_EQ(width(**direct, "gpu0", "gpu1", 1), 240);
  EXPECT_DOUBLE_EQ(width(**direct, "gpu0", "gpu2", 2), 12);  // PCIe 3.0 x16 where nothing is said
  const auto failed = parse_nccl_node(node(""), "one tray lost its links");
  ASSERT_TRUE(failed);
  EXPECT_DOUBLE_EQ(width(**failed, "gpu0", "gpu1", 5), 40);
}

TEST(NcclNode, SaysWhatIsWrong) {
  const auto wrong = [](const std::string& text) {
    const auto read = parse_nccl_node(text, "n.xml");
    return read ? std::string() : base::render(read.error());
  };
  EXPECT_NE(wrong("<system version='1'/>").find("no <cpu>"), std::string::npos);
  EXPECT_NE(wrong("<system><cpu/></system>").find("no <gpu>"), std::string::npos);
  EXPECT_NE(wrong("<platform/>").find("not <system>"), std::string::npos);
  EXPECT_NE(wrong("<system><cpu><pci busid='a'><gpu sm='90'><nvlink target='z' "
                  "count='4'/></gpu></pci></cpu></system>")
                .find("leads to 'z'"),
            std::string::npos);
  EXPECT_NE(wrong("<system><cpu><nic><net name='x' speed='fast'/></nic></cpu></system>").find("'fast'"),
            std::string::npos);
  EXPECT_FALSE(is_nccl_node("<?xml version='1.0'?><platform version='4'><system/></platform>"));
}

}  // namespace
}  // namespace gigawatt::topology

#include "gigawatt/topology/nccl_node.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <queue>

#include <fmt/format.h>

#include "gigawatt/config/xml.h"
#include "gigawatt/topology/limits.h"

namespace gigawatt::topology {
namespace {

using config::XmlElement;

constexpr double kGB_per_s = 1e9;
constexpr std::size_t kMostNodes = 4096;
constexpr std::int64_t kMostCount = 1'000'000'000;

/// GB/s of one NVLink in one direction, by the least compute capability that has it.
struct LinkOfGpu {
  std::int64_t sm;
  double rate;
};
constexpr std::array kNvlinks = {LinkOfGpu{100, 40.1}, LinkOfGpu{90, 20.6}, LinkOfGpu{87, 20.0},
                                 LinkOfGpu{86, 12.0},  LinkOfGpu{70, 20.0}, LinkOfGpu{60, 18.0}};

enum class NodeKind : std::uint8_t { kGpu, kPort, kPci, kCpu, kSwitch };

struct Node {
  NodeKind kind = NodeKind::kPci;
  std::string name;
  std::int64_t dev = 0;
  int line = 0;
};

struct Edge {
  int from = 0, to = 0;
  FabricLink link;
};

class NodeFabric final : public Fabric {
 public:
  NodeFabric(std::vector<Node> nodes, std::vector<Edge> edges)
      : nodes_(std::move(nodes)), edges_(std::move(edges)) {
    for (const NodeKind kind : {NodeKind::kGpu, NodeKind::kPort}) {
      const std::size_t first = endpoints_.size();
      for (std::size_t i = 0; i < nodes_.size(); ++i)
        if (nodes_[i].kind == kind) endpoints_.push_back(static_cast<int>(i));
      std::stable_sort(
          endpoints_.begin() + static_cast<std::ptrdiff_t>(first), endpoints_.end(), [&](int a, int b) {
            return nodes_[static_cast<std::size_t>(a)].dev < nodes_[static_cast<std::size_t>(b)].dev;
          });
      if (kind == NodeKind::kGpu) gpus_ = endpoints_.size();
    }
    out_.resize(nodes_.size());
    for (std::size_t e = 0; e < edges_.size(); ++e)
      out_[static_cast<std::size_t>(edges_[e].from)].push_back(static_cast<int>(e));
  }

  std::int64_t endpoints() const override { return std::ssize(endpoints_); }
  std::int64_t links() const override { return std::ssize(edges_); }
  FabricLink link(std::int64_t id) const override { return edges_[static_cast<std::size_t>(id)].link; }
  std::string link_name(std::int64_t id) const override {
    const Edge& e = edges_[static_cast<std::size_t>(id)];
    return fmt::format("{} to {}", node(e.from).name, node(e.to).name);
  }
  std::string endpoint_name(std::int64_t id) const override { return node(at(id)).name; }
  std::optional<std::int64_t> endpoint(std::string_view name) const override {
    for (std::int64_t i = 0; i < endpoints(); ++i)
      if (node(at(i)).name == name) return i;
    return Fabric::endpoint(name);
  }
  std::int64_t opposite(std::int64_t link) const override { return link ^ 1; }
  std::int64_t ways(std::int64_t src, std::int64_t dst) const override {
    std::vector<FabricHop> hops;
    return route(src, dst, {}, hops) ? 1 : 0;
  }
  std::string describe() const override {
    return fmt::format("a node of {} GPUs and {} ports, by NCCL's own capacities", gpus_,
                       endpoints_.size() - gpus_);
  }

  /// Widest first, of equals the fewest hops, then the first link.
  bool route(std::int64_t src, std::int64_t dst, PathChoice /*choice*/,
             std::vector<FabricHop>& out) const override {
    struct Best {
      double width = 0;
      int hops = 0, by = -1;
    };
    std::vector<Best> best(nodes_.size());
    const int from = at(src), to = at(dst);
    if (from == to) return true;
    best[static_cast<std::size_t>(from)].width = 1e300;
    using Item = std::pair<std::pair<double, int>, int>;  // width, -hops, node
    std::priority_queue<Item> line;
    line.push({{1e300, 0}, from});
    while (!line.empty()) {
      const auto [reach, n] = line.top();
      line.pop();
      const Best& here = best[static_cast<std::size_t>(n)];
      if (reach.first < here.width || -reach.second > here.hops) continue;
      if (n == to) break;
      if (n != from && (node(n).kind == NodeKind::kGpu || node(n).kind == NodeKind::kPort)) continue;
      for (const int e : out_[static_cast<std::size_t>(n)]) {
        const Edge& edge = edges_[static_cast<std::size_t>(e)];
        const double width = std::min(here.width, edge.link.capacity);
        Best& there = best[static_cast<std::size_t>(edge.to)];
        if (width < there.width || (width == there.width && here.hops + 1 >= there.hops)) continue;
        there = {width, here.hops + 1, e};
        line.push({{width, -there.hops}, edge.to});
      }
    }
    if (best[static_cast<std::size_t>(to)].by < 0) return false;
    const std::size_t first = out.size();
    for (int n = to; n != from;) {
      const int e = best[static_cast<std::size_t>(n)].by;
      out.push_back({e, 1});
      n = edges_[static_cast<std::size_t>(e)].from;
    }
    std::reverse(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
    return true;
  }

 private:
  int at(std::int64_t endpoint) const { return endpoints_[static_cast<std::size_t>(endpoint)]; }
  const Node& node(int n) const { return nodes_[static_cast<std::size_t>(n)]; }

  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::vector<int> endpoints_;
  std::size_t gpus_ = 0;
  std::vector<std::vector<int>> out_;
};

class NodeBuilder {
 public:
  explicit NodeBuilder(std::string file) : file_(std::move(file)) {}

  tl::expected<std::shared_ptr<const Fabric>, base::Diagnostics> build(const XmlElement& root) {
    if (root.name != "system")
      problem(root, "unknown-element", fmt::format("the root is <{}>, not <system>", root.name));
    for (const XmlElement& e : root.children)
      if (e.name == "cpu") cpu(e);
    if (problems_.empty() && cpus_.empty()) problem(root, "no-cpu", "the system has no <cpu>");
    between_cpus();
    for (const Pending& p : pending_) nvlink(p);
    if (problems_.empty() && gpus_ == 0) problem(root, "no-gpu", "the system has no <gpu>");
    if (!problems_.empty()) return tl::unexpected(problems_);
    return std::make_shared<const NodeFabric>(std::move(nodes_), std::move(edges_));
  }

 private:
  struct Pending {  ///< an NVLink, whose other end may come later
    int gpu = 0;
    const XmlElement* element = nullptr;
    double rate = 0;
  };
  struct Cpu {
    int node = 0;
    double between = 0;
  };

  void problem(const XmlElement& e, std::string code, std::string message) {
    if (problems_.size() < kMostProblems)
      problems_.push_back(config::xml_error(file_, e.line, std::move(code), std::move(message)));
  }

  std::int64_t number(const XmlElement& e, std::string_view attribute, std::int64_t usual) {
    const std::string* text = e.find(attribute);
    if (text == nullptr || text->empty()) return usual;
    const bool hex = text->starts_with("0x");
    std::int64_t n = 0;
    const char* end = text->data() + text->size();
    const auto [next, bad] = std::from_chars(text->data() + (hex ? 2 : 0), end, n, hex ? 16 : 10);
    if (bad == std::errc{} && next == end && n >= -1 && n <= kMostCount) return n;
    problem(e, "wrong-value",
            fmt::format("{} of <{}> is '{}': a whole number", attribute, e.name, text->substr(0, 40)));
    return usual;
  }
  double decimal(const XmlElement& e, std::string_view attribute) {
    const std::string* text = e.find(attribute);
    if (text == nullptr || text->empty()) return 0;
    double n = 0;
    const char* end = text->data() + text->size();
    const auto [next, bad] = std::from_chars(text->data(), end, n);
    if (bad == std::errc{} && next == end && n >= 0 && n <= 1e9) return n;
    problem(e, "wrong-value",
            fmt::format("{} of <{}> is '{}': a number", attribute, e.name, text->substr(0, 40)));
    return 0;
  }

  int add(Node node, const XmlElement& e) {
    node.line = e.line;
    if (nodes_.size() >= kMostNodes) {
      if (nodes_.size() == kMostNodes)
        problem(e, "too-large", fmt::format("more than {} devices", kMostNodes));
      return static_cast<int>(nodes_.size()) - 1;
    }
    nodes_.push_back(std::move(node));
    return static_cast<int>(nodes_.size()) - 1;
  }
  /// A cable: a link in each direction.
  void cable(int a, int b, double capacity, double latency_s, int tier, std::int64_t count = 1) {
    if (!(capacity > 0) || edges_.size() > 4 * kMostNodes) return;
    const FabricLink link{capacity, latency_s, false, tier, count};
    edges_.push_back({a, b, link});
    edges_.push_back({b, a, link});
  }

  /// GB/s from one CPU to another of its kind.
  double between(const XmlElement& e) {
    const std::string arch = e.get("arch"), vendor = e.get("vendor");
    if (arch == "ppc64" || arch == "ppc64le") return 32;
    if (arch == "arm64" || arch == "aarch64" || vendor == "Shanghai" || vendor == "  Shanghai  ") return 6;
    if (vendor == "AuthenticAMD") return 16;
    const std::int64_t model = number(e, "familyid", 0) == 6 ? number(e, "modelid", 0) : 0;
    return model >= 0xCF ? 40 : model >= 0x8F ? 22 : model >= 0x55 ? 10 : 6;
  }

  void cpu(const XmlElement& e) {
    const int node = add({NodeKind::kCpu, fmt::format("cpu{}", cpus_.size()), 0, 0}, e);
    cpus_.push_back({node, between(e)});
    children(e, node, 0);
  }

  void children(const XmlElement& e, int parent, int depth) {
    for (const XmlElement& child : e.children) {
      if (depth > 32) return;
      if (child.name == "pci") pci(child, parent, depth);
      if (child.name == "gpu") gpu(child);
      if (child.name == "nic") nic(child, parent);
    }
  }

  /// NCCL's rates of a lane after coding, 100 Mbit/s each; x16 of them / 80 are GB/s.
  double pci_rate(const XmlElement& e) {
    const std::string speed = e.get("link_speed");
    const std::int64_t width = std::max<std::int64_t>(0, number(e, "link_width", 0));
    constexpr std::array<std::pair<double, double>, 6> kRates = {
        {{2.5, 15}, {5, 30}, {8, 60}, {16, 120}, {32, 240}, {64, 480}}};
    double lane = 60;
    double transfers = 0;
    std::from_chars(speed.data(), speed.data() + speed.size(), transfers);
    for (const auto& [gt, rate] : kRates)
      if (transfers == gt) lane = rate;
    return static_cast<double>(width > 0 ? width : 16) * lane / 80;
  }

  void pci(const XmlElement& e, int parent, int depth) {
    const std::string busid = e.get("busid");
    const bool port = std::any_of(e.children.begin(), e.children.end(),
                                  [](const XmlElement& c) { return c.name == "nic"; });
    const auto accelerator = std::find_if(e.children.begin(), e.children.end(),
                                          [](const XmlElement& c) { return c.name == "gpu"; });
    const double rate = pci_rate(e) * kGB_per_s;
    if (accelerator != e.children.end()) {
      const int node = gpu(*accelerator);
      by_bus_[busid] = node;
      cable(parent, node, rate, 0, 1);
      return;
    }
    const int node = add({NodeKind::kPci, (port ? "nic " : "pci ") + busid, 0, 0}, e);
    by_bus_[busid] = node;
    cable(parent, node, rate, 0, 1);
    children(e, node, depth + 1);
  }

  int gpu(const XmlElement& e) {
    const std::int64_t dev = number(e, "dev", static_cast<std::int64_t>(gpus_));
    const int node = add({NodeKind::kGpu, fmt::format("gpu{}", dev), dev, 0}, e);
    ++gpus_;
    const std::int64_t sm = number(e, "sm", 80);
    double rate = 0;
    for (const LinkOfGpu& one : kNvlinks)
      if (rate == 0 && sm >= one.sm) rate = one.rate;
    for (const XmlElement& child : e.children) {
      if (child.name == "nvlink") pending_.push_back({node, &child, rate});
      // NVLink to the host: MB/s of each of so many.
      if (child.name == "c2c" && !cpus_.empty())
        cable(cpus_.back().node, node,
              decimal(child, "bw") * static_cast<double>(number(child, "count", 1)) * 1e6, 0, 1);
    }
    return node;
  }

  void nic(const XmlElement& e, int parent) {
    for (const XmlElement& net : e.children) {
      if (net.name != "net") continue;
      const std::int64_t dev = number(net, "dev", static_cast<std::int64_t>(ports_));
      ++ports_;
      const std::string name = net.get("name");
      const int node = add({NodeKind::kPort, name.empty() ? fmt::format("net{}", dev) : name, dev, 0}, net);
      const double speed = decimal(net, "speed");  // Mbit/s
      if (!(speed > 0)) problem(net, "wrong-value", "<net> has no speed");
      cable(parent, node, speed * 1e6 / 8, decimal(net, "latency") * 1e-6, 3);
    }
  }

  void between_cpus() {
    for (std::size_t a = 0; a < cpus_.size() && cpus_.size() <= 64; ++a)
      for (std::size_t b = a + 1; b < cpus_.size(); ++b)
        cable(cpus_[a].node, cpus_[b].node, std::min(cpus_[a].between, cpus_[b].between) * kGB_per_s, 0, 2);
  }

  /// Both ends of a link between two GPUs say it: the lower one counts.
  void nvlink(const Pending& p) {
    const XmlElement& e = *p.element;
    const std::int64_t count = number(e, "count", 1);
    const std::int64_t target_class = number(e, "tclass", 0x030200);
    if (count < 1) return problem(e, "wrong-value", fmt::format("count of <nvlink> is {}", count));
    const double capacity = p.rate * static_cast<double>(count) * kGB_per_s;
    if (target_class == 0x068000) {  // a switch
      if (crossbar_ < 0) crossbar_ = add({NodeKind::kSwitch, "nvswitch", 0, 0}, e);
      widths_[p.gpu] += capacity;
      for (std::size_t i = 0; i + 1 < edges_.size(); i += 2)
        if (edges_[i].from == crossbar_ && edges_[i].to == p.gpu) {
          edges_[i].link.capacity = edges_[i + 1].link.capacity = widths_[p.gpu];
          edges_[i].link.cables = edges_[i + 1].link.cables += count;
          return;
        }
      return cable(crossbar_, p.gpu, capacity, 0, 0, count);
    }
    if (target_class == 0x068001) {  // a CPU that has them
      if (!cpus_.empty()) cable(cpus_.front().node, p.gpu, capacity, 0, 0, count);
      return;
    }
    const auto other = by_bus_.find(e.get("target"));
    if (other == by_bus_.end())
      return problem(e, "unknown-name",
                     fmt::format("<nvlink> leads to '{}', which is no device of the file",
                                 e.get("target").substr(0, 40)));
    if (p.gpu < other->second) cable(p.gpu, other->second, capacity, 0, 0, count);
  }

  std::string file_;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::vector<Cpu> cpus_;
  std::vector<Pending> pending_;
  std::map<std::string, int> by_bus_;
  std::map<int, double> widths_;
  std::size_t gpus_ = 0, ports_ = 0;
  int crossbar_ = -1;
  base::Diagnostics problems_;
};

}  // namespace

bool is_nccl_node(std::string_view text) {
  const std::size_t at = text.find("<system");
  const std::size_t platform = text.find("<platform");
  return at != std::string_view::npos && at < platform;
}

tl::expected<std::shared_ptr<const Fabric>, base::Diagnostics> parse_nccl_node(std::string_view text,
                                                                               const std::string& name) {
  const auto root = config::parse_xml(text, name);
  if (!root) return tl::unexpected(base::Diagnostics{root.error()});
  return NodeBuilder(name).build(*root);
}

}  // namespace gigawatt::topology

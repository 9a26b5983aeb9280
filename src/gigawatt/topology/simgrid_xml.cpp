#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/xml.h"
#include "gigawatt/topology/dragonfly_fabric.h"
#include "gigawatt/topology/limits.h"
#include "gigawatt/topology/simgrid_platform.h"
#include "gigawatt/topology/simgrid_values.h"
#include "gigawatt/topology/torus_fabric.h"
#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::topology {
namespace {

using config::XmlElement;

constexpr std::size_t kMostShortest = 4000;  ///< members of a Floyd or Dijkstra zone

class Builder {
 public:
  explicit Builder(std::string file) : file_(std::move(file)) {}

  tl::expected<std::shared_ptr<const Platform>, base::Diagnostics> build(const XmlElement& root) {
    if (root.name != "platform") {
      problem(root, "unknown-element", fmt::format("the root is <{}>, not <platform>", root.name));
      return tl::unexpected(problems_);
    }
    for (const auto& e : root.children) {
      if (e.name == "config")
        read_config(e);
      else if (e.name == "zone" || e.name == "AS" || e.name == "cluster")
        zone_or_cluster(e, -1);
      else
        unknown(e);
    }
    if (problems_.empty() && p_->zones.empty()) problem(root, "no-zone", "the platform has no zone");
    if (problems_.empty() && p_->hosts.empty()) problem(root, "no-host", "the platform has no host");
    if (!problems_.empty()) return tl::unexpected(problems_);
    std::int64_t first = static_cast<std::int64_t>(p_->own_links.size());
    for (auto& b : p_->blocks) {
      b.first = first;
      first += b.fabric->links();
    }
    for (std::size_t z = 0; z < p_->zones.size(); ++z)
      if (p_->zones[z].kind == Platform::ZoneKind::kShortest)
        find_shortest_ways(p_->zones[z], floyd_.contains(z));
    return p_;
  }

 private:
  struct LinkIds {
    std::int64_t plain = -1, up = -1, down = -1;
  };

  void problem(const XmlElement& e, std::string code, std::string message, std::string hint = {}) {
    if (problems_.size() < kMostProblems)
      problems_.push_back(
          config::xml_error(file_, e.line, std::move(code), std::move(message), std::move(hint)));
  }
  void unknown(const XmlElement& e) {
    static const std::vector<std::string> kKnown = {"zone",        "host",           "link",    "route",
                                                    "zoneRoute",   "router",         "cluster", "cabinet",
                                                    "bypassRoute", "bypassZoneRoute"};
    problem(e, "unknown-element", fmt::format("<{}> is not read here", e.name),
            base::did_you_mean(e.name, kKnown));
  }
  std::string required(const XmlElement& e, std::string_view attribute) {
    const auto* value = e.find(attribute);
    if (value != nullptr && !value->empty()) return *value;
    problem(e, "missing-attribute", fmt::format("<{}> has no {}", e.name, attribute));
    return "";
  }
  double bandwidth(const XmlElement& e, std::string_view attribute) {
    const auto text = required(e, attribute);
    if (text.empty()) return 1;
    const auto value = simgrid_bandwidth(text);
    if (value && *value > 0) return *value;
    problem(e, "bad-bandwidth", fmt::format("{}: '{}' is no bandwidth above zero", attribute, text),
            "as in 125MBps, 10Gbps, 1.25e9");
    return 1;
  }
  double latency(const XmlElement& e, std::string_view attribute, std::string_view otherwise) {
    const auto text = e.get(attribute, otherwise);
    const auto value = simgrid_time(text);
    if (value && *value >= 0) return *value;
    problem(e, "bad-latency", fmt::format("{}: '{}' is no time", attribute, text), "as in 50us, 1ms, 5e-5");
    return 0;
  }
  SharingPolicy policy(const XmlElement& e, std::string_view attribute, SharingPolicy otherwise) {
    const auto text = e.get(attribute);
    if (text.empty()) return otherwise;
    if (const auto p = simgrid_policy(text)) return *p;
    problem(e, "bad-policy", fmt::format("{}: '{}' is not read here", attribute, text),
            "SHARED, SPLITDUPLEX or FATPIPE");
    return otherwise;
  }
  void no_traces(const XmlElement& e) {
    for (const auto* a : {"bandwidth_file", "latency_file", "state_file", "availability_file"})
      if (e.find(a) != nullptr)
        problem(e, "traces", fmt::format("{}: availability that changes over time is not read here", a));
  }

  int add_netpoint(const XmlElement& e, const std::string& name, int zone) {
    const int id = static_cast<int>(p_->netpoints.size());
    if (!p_->by_name.try_emplace(name, id).second)
      problem(e, "duplicate-name", fmt::format("the name '{}' is used twice", name));
    Platform::Netpoint n;
    n.name = name;
    n.zone = zone;
    if (zone >= 0) {
      auto& members = at(zone).members;
      n.index = static_cast<int>(members.size());
      members.push_back(id);
    }
    p_->netpoints.push_back(std::move(n));
    return id;
  }
  int add_host(const XmlElement& e, const std::string& name, int zone) {
    const int id = add_netpoint(e, name, zone);
    p_->netpoints[static_cast<std::size_t>(id)].endpoint = static_cast<std::int64_t>(p_->hosts.size());
    p_->hosts.push_back(id);
    return id;
  }
  Platform::Zone& at(int zone) { return p_->zones[static_cast<std::size_t>(zone)]; }

  std::int64_t add_link(const std::string& name, double capacity, double latency_s, bool fat_pipe) {
    const auto id = static_cast<std::int64_t>(p_->own_links.size());
    p_->own_links.push_back({name, {capacity, latency_s, fat_pipe, 0, 1}, id});
    return id;
  }
  void read_link(const XmlElement& e) {
    no_traces(e);
    const auto name = required(e, "id");
    const double capacity = bandwidth(e, "bandwidth"), delay = latency(e, "latency", "0");
    const auto kind = policy(e, "sharing_policy", SharingPolicy::kShared);
    LinkIds ids;
    if (kind == SharingPolicy::kSplitDuplex) {
      ids.up = add_link(name + "_UP", capacity, delay, false);
      ids.down = add_link(name + "_DOWN", capacity, delay, false);
      p_->own_links[static_cast<std::size_t>(ids.up)].opposite = ids.down;
      p_->own_links[static_cast<std::size_t>(ids.down)].opposite = ids.up;
    } else {
      ids.plain = add_link(name, capacity, delay, kind == SharingPolicy::kFatPipe);
    }
    if (!links_.try_emplace(name, ids).second)
      problem(e, "duplicate-name", fmt::format("the link '{}' is declared twice", name));
  }

  /// The directed links of a route's <link_ctn>, there and back.
  Platform::Ids route_links(const XmlElement& route, Platform::Ids& back) {
    Platform::Ids there;
    for (const auto& c : route.children) {
      if (c.name != "link_ctn") {
        unknown(c);
        continue;
      }
      const auto name = required(c, "id");
      auto direction = c.get("direction", "NONE");
      auto found = links_.find(name);
      if (found == links_.end() && (name.ends_with("_UP") || name.ends_with("_DOWN"))) {
        direction = name.ends_with("_UP") ? "UP" : "DOWN";
        found = links_.find(name.substr(0, name.rfind('_')));
      }
      if (found == links_.end()) {
        std::vector<std::string> names;
        for (const auto& [known, ids] : links_)
          if (names.size() < 1000) names.push_back(known);
        problem(c, "unknown-link", fmt::format("there is no link '{}'", name),
                base::did_you_mean(name, names));
        continue;
      }
      const auto& ids = found->second;
      if (ids.plain >= 0) {
        there.push_back(ids.plain);
        back.insert(back.begin(), ids.plain);
      } else if (direction == "UP" || direction == "DOWN") {
        there.push_back(direction == "UP" ? ids.up : ids.down);
        back.insert(back.begin(), direction == "UP" ? ids.down : ids.up);
      } else {
        problem(c, "no-direction",
                fmt::format("'{}' has two directions: say direction=\"UP\" or \"DOWN\"", name));
      }
    }
    return there;
  }
  int named(const XmlElement& e, std::string_view attribute) {
    const auto name = required(e, attribute);
    if (name.empty()) return -1;
    const auto found = p_->by_name.find(name);
    if (found != p_->by_name.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [known, id] : p_->by_name)
      if (names.size() < 1000) names.push_back(known);
    problem(e, "unknown-name", fmt::format("{}: there is no host, router or zone '{}'", attribute, name),
            base::did_you_mean(name, names));
    return -1;
  }
  void read_route(const XmlElement& e, int zone, bool bypass) {
    const int src = named(e, "src"), dst = named(e, "dst");
    const bool zones = e.name == "zoneRoute" || e.name == "ASroute" || e.name == "bypassZoneRoute" ||
                       e.name == "bypassASroute";
    Platform::Route there, back;
    there.links = route_links(e, back.links);
    if (zones) {
      there.gateway_src = back.gateway_dst = named(e, "gw_src");
      there.gateway_dst = back.gateway_src = named(e, "gw_dst");
    }
    if (src < 0 || dst < 0) return;
    const auto flag = e.get("symmetrical", bypass ? "NO" : "YES");
    const bool both = flag == "YES" || flag == "yes" || flag == "true" || flag == "1";
    auto& z = at(zone);
    const auto index = [&](int n) { return bypass ? n : p_->netpoints[static_cast<std::size_t>(n)].index; };
    const auto inside = [&](int n) { return p_->netpoints[static_cast<std::size_t>(n)].zone == zone; };
    if (!bypass && (!inside(src) || !inside(dst)))
      return problem(e, "foreign-route",
                     fmt::format("the route's ends are not members of zone '{}'", z.name));
    auto& table = bypass ? z.bypasses : z.routes;
    if (!table.try_emplace({index(src), index(dst)}, there).second)
      problem(e, "duplicate-route",
              fmt::format("a second route from '{}' to '{}'", e.get("src"), e.get("dst")),
              "a symmetrical route is its own way back");
    if (both && src != dst && !table.try_emplace({index(dst), index(src)}, back).second)
      problem(e, "duplicate-route",
              fmt::format("a second route from '{}' to '{}'", e.get("dst"), e.get("src")),
              "a symmetrical route is its own way back");
  }

  void read_config(const XmlElement& e) {
    for (const auto& prop : e.children)
      if (prop.name == "prop") p_->config[required(prop, "id")] = prop.get("value");
  }

  int new_zone(const XmlElement& e, int parent) {
    const int id = static_cast<int>(p_->zones.size());
    const auto name = required(e, "id");
    p_->zones.emplace_back();
    const int point = add_netpoint(e, name, parent);
    p_->netpoints[static_cast<std::size_t>(point)].inner = id;
    at(id).name = name;
    at(id).parent = parent;
    at(id).netpoint = point;
    return id;
  }
  void zone_or_cluster(const XmlElement& e, int parent) {
    if (e.name == "cluster")
      read_cluster(e, parent);
    else
      read_zone(e, parent);
  }
  void read_zone(const XmlElement& e, int parent) {
    const int id = new_zone(e, parent);
    const auto routing = e.get("routing", "Full");
    using K = Platform::ZoneKind;
    if (routing == "Full")
      at(id).kind = K::kFull;
    else if (routing == "Floyd" || routing == "Dijkstra" || routing == "DijkstraCache")
      at(id).kind = K::kShortest;
    else if (routing == "None" || routing == "Empty")
      at(id).kind = K::kNone;
    else if (routing == "Cluster")
      at(id).kind = K::kFlat;
    else
      problem(e, "routing", fmt::format("routing '{}' is not read here", routing),
              "Full, Floyd, Dijkstra, DijkstraCache, Cluster, None");
    if (routing == "Floyd") floyd_.insert(static_cast<std::size_t>(id));
    if (at(id).kind == K::kFull || at(id).kind == K::kShortest)
      at(id).loopback = add_link(at(id).name + " loopback", 10e9, 0, true);
    if (at(id).kind == K::kFlat) return read_cabinets(e, id);
    for (const auto& c : e.children) {
      if (c.name == "zone" || c.name == "AS" || c.name == "cluster") {
        zone_or_cluster(c, id);
      } else if (c.name == "host") {
        no_traces(c);
        add_host(c, required(c, "id"), id);
      } else if (c.name == "router") {
        add_netpoint(c, required(c, "id"), id);
      } else if (c.name == "link") {
        read_link(c);
      } else if (c.name == "route" || c.name == "zoneRoute" || c.name == "ASroute") {
        read_route(c, id, false);
      } else if (c.name.starts_with("bypass")) {
        read_route(c, id, true);
      } else if (c.name != "prop") {
        unknown(c);
      }
    }
    if (at(id).kind == K::kShortest && at(id).members.size() > kMostShortest)
      problem(e, "too-large",
              fmt::format("a zone of shortest paths has {} members, at most {} are read",
                          at(id).members.size(), kMostShortest));
  }

  /// A flat cluster's block: a star whose tier 0 is the hosts' links.
  void star(int zone, std::int64_t hosts, double capacity, double delay, SharingPolicy kind) {
    Tier t;
    t.children = hosts;
    t.capacity = capacity;
    t.latency_s = delay;
    // SimGrid 3.32 makes plain shared links of FATPIPE ones in every kind of cluster.
    t.shared = kind != SharingPolicy::kSplitDuplex;
    at(zone).block = static_cast<std::int64_t>(p_->blocks.size());
    p_->blocks.push_back({0, at(zone).name, std::make_shared<TreeFabric>(std::vector<Tier>{t})});
  }
  /// A zone of routing Cluster: hosts by cabinets, each with a link of its own, or one by one with <host_link>.
  void read_cabinets(const XmlElement& e, int id) {
    for (const auto& c : e.children) {
      if (c.name == "cabinet") {
        read_cabinet(c, id);
      } else if (c.name == "host") {
        no_traces(c);
        add_host(c, required(c, "id"), id);
      } else if (c.name == "link") {
        read_link(c);
      } else if (c.name == "host_link") {
        read_host_link(c, id);
      } else if (c.name == "backbone") {
        at(id).backbone =
            add_link(required(c, "id"), bandwidth(c, "bandwidth"), latency(c, "latency", "0"),
                     policy(c, "sharing_policy", SharingPolicy::kShared) == SharingPolicy::kFatPipe);
      } else if (c.name == "router") {
        add_netpoint(c, required(c, "id"), id);
      } else if (c.name != "prop") {
        unknown(c);
      }
    }
    auto& ports = at(id).ports;
    ports.resize(at(id).members.size(), {-1, -1});
    bool hosts = false;
    for (const int member : at(id).members) {
      const auto& n = p_->netpoints[static_cast<std::size_t>(member)];
      hosts = hosts || n.endpoint >= 0;
      if (n.endpoint >= 0 && ports[static_cast<std::size_t>(n.index)].first < 0)
        problem(e, "no-link", fmt::format("the host '{}' has no link to its cluster", n.name),
                "<host_link id=\"HOST\" up=\"LINK\" down=\"LINK\"/>");
    }
    if (!hosts) problem(e, "no-host", "the cluster has no host");
  }
  void read_cabinet(const XmlElement& e, int id) {
    const double capacity = bandwidth(e, "bw"), delay = latency(e, "lat", "0");
    const auto before = at(id).members.size();
    add_hosts(e, id);
    at(id).ports.resize(at(id).members.size(), {-1, -1});
    for (auto i = before; i < at(id).members.size(); ++i) {
      const auto& host = p_->netpoints[static_cast<std::size_t>(at(id).members[i])].name;
      const auto up = add_link(host + "_UP", capacity, delay, false);
      const auto down = add_link(host + "_DOWN", capacity, delay, false);
      p_->own_links[static_cast<std::size_t>(up)].opposite = down;
      p_->own_links[static_cast<std::size_t>(down)].opposite = up;
      at(id).ports[i] = {up, down};
    }
  }
  void read_host_link(const XmlElement& e, int id) {
    const int host = named(e, "id");
    const auto up = port_link(e, "up"), down = port_link(e, "down");
    if (host < 0 || up < 0 || down < 0) return;
    const auto& n = p_->netpoints[static_cast<std::size_t>(host)];
    if (n.zone != id || n.endpoint < 0)
      return problem(e, "foreign-host", fmt::format("'{}' is no host of zone '{}'", n.name, at(id).name));
    auto& ports = at(id).ports;
    ports.resize(std::max(ports.size(), static_cast<std::size_t>(n.index) + 1), {-1, -1});
    ports[static_cast<std::size_t>(n.index)] = {up, down};
  }
  /// A link by its name, one of two directions by its name with _UP or _DOWN.
  std::int64_t port_link(const XmlElement& e, std::string_view attribute) {
    const auto name = required(e, attribute);
    if (name.empty()) return -1;
    const auto whole = links_.find(name);
    if (whole != links_.end() && whole->second.plain >= 0) return whole->second.plain;
    const bool up = name.ends_with("_UP");
    if (up || name.ends_with("_DOWN"))
      if (const auto half = links_.find(name.substr(0, name.rfind('_'))); half != links_.end())
        return up ? half->second.up : half->second.down;
    problem(e, "unknown-link", fmt::format("{}: there is no link '{}'", attribute, name),
            "a link, or LINK_UP and LINK_DOWN of one with two directions");
    return -1;
  }
  std::int64_t add_hosts(const XmlElement& e, int id) {
    const auto numbers = simgrid_radical(e.get("radical"));
    if (!numbers) {
      problem(e, "bad-radical", fmt::format("radical: {}", numbers.error()), "as in 0-63 or 0-3,8,10-11");
      return 0;
    }
    if (static_cast<std::int64_t>(p_->hosts.size() + numbers->size()) > kMostHosts) {
      problem(e, "too-large", fmt::format("more than {} hosts", kMostHosts));
      return 0;
    }
    for (const auto n : *numbers) add_host(e, fmt::format("{}{}{}", e.get("prefix"), n, e.get("suffix")), id);
    return static_cast<std::int64_t>(numbers->size());
  }

  void read_cluster(const XmlElement& e, int parent) {
    no_traces(e);
    const int id = new_zone(e, parent);
    const double capacity = bandwidth(e, "bw"), delay = latency(e, "lat", "0");
    const auto kind = policy(e, "sharing_policy", SharingPolicy::kSplitDuplex);
    const auto hosts = add_hosts(e, id);
    if (hosts == 0) return;
    for (std::int64_t h = 0; h < hosts && e.find("loopback_bw") != nullptr; ++h)
      at(id).loopbacks.push_back(add_link(fmt::format("{} loopback {}", at(id).name, h),
                                          bandwidth(e, "loopback_bw"), latency(e, "loopback_lat", "0"),
                                          true));
    const auto topology = e.get("topology", "FLAT");
    at(id).kind = topology == "FLAT" ? Platform::ZoneKind::kFlat : Platform::ZoneKind::kComputed;
    add_netpoint(
        e, e.get("router_id", fmt::format("{}{}_router{}", e.get("prefix"), at(id).name, e.get("suffix"))),
        id);
    if (topology == "FLAT") {
      if (e.find("bb_bw") != nullptr)
        at(id).backbone =
            add_link(at(id).name + " backbone", bandwidth(e, "bb_bw"), latency(e, "bb_lat", "0"),
                     policy(e, "bb_sharing_policy", SharingPolicy::kShared) == SharingPolicy::kFatPipe);
      add_limiters(e, id, hosts);
      return star(id, hosts, capacity, delay, kind);
    }
    const auto fabric = simgrid_cluster(topology, e.get("topo_parameters"), hosts, capacity, delay, kind);
    if (!fabric) return problem(e, "bad-topology", fabric.error().message, fabric.error().hint);
    at(id).block = static_cast<std::int64_t>(p_->blocks.size());
    p_->blocks.push_back({0, at(id).name, *fabric});
    add_limiters(e, id, hosts + (*fabric)->switches());
  }
  void add_limiters(const XmlElement& e, int id, std::int64_t nodes) {
    if (e.find("limiter_link") == nullptr) return;
    const double limit = bandwidth(e, "limiter_link");
    for (std::int64_t node = 0; node < nodes; ++node)
      at(id).limiters.push_back(add_link(fmt::format("{} limiter {}", at(id).name, node), limit, 0, false));
  }

  std::string file_;
  std::shared_ptr<Platform> p_ = std::make_shared<Platform>();
  std::map<std::string, LinkIds> links_;
  std::set<std::size_t> floyd_;
  base::Diagnostics problems_;
};

}  // namespace

tl::expected<std::shared_ptr<const Platform>, base::Diagnostics> parse_simgrid_platform(
    std::string_view text, const std::string& name) {
  const auto root = config::parse_xml(text, name);
  if (!root) return tl::unexpected(base::Diagnostics{root.error()});
  return Builder(name).build(*root);
}

}  // namespace gigawatt::topology

#include "gigawatt/engine/net.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/base/choice.h"
#include "gigawatt/engine/net_library.h"
#include "gigawatt/network/flow_list.h"
#include "gigawatt/topology/catalog_fabric.h"
#include "gigawatt/topology/fabric_text.h"
#include "gigawatt/topology/nccl_node.h"
#include "gigawatt/topology/simgrid_platform.h"
#include "gigawatt/topology/simgrid_values.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::engine {
namespace {

constexpr std::int64_t kMostPermuted = 50'000'000;

class NetRun {
 public:
  NetRun(const catalog::Catalog& catalog, const std::filesystem::path& data, const NetQuery& query)
      : catalog_(catalog), data_(data), q_(query) {}

  tl::expected<NetAnswer, base::Diagnostics> run() {
    if (!q_.nccl.system.empty()) {
      choose_by_nccl();
      if (!problems_.empty()) return tl::unexpected(problems_);
      return std::move(a_);
    }
    make_fabric();
    choose_model();
    choose_routing();
    check_task();
    if (!problems_.empty()) return tl::unexpected(problems_);
    options_.folding = q_.folding;
    options_.seed = q_.seed;
    options_.busiest = static_cast<std::size_t>(q_.busiest);
    const bool done = !q_.programs.empty()    ? run_programs()
                      : q_.collective.empty() ? run_requests()
                                              : run_collective();
    if (!done) return tl::unexpected(problems_);
    return std::move(a_);
  }

 private:
  void problem(std::string code, std::string message, std::string hint = {}) {
    problems_.push_back(base::error(std::move(code), std::move(message), std::move(hint)));
  }
  std::size_t choice(const char* option, const std::string& word, std::span<const std::string_view> names) {
    const auto found = base::choose(option, word, names);
    if (!found) problems_.push_back(found.error());
    return found.value_or(0);
  }
  /// "400 Gbit/s", "10Gbps", "1.25e9" (SI).
  double quantity(const char* option, const std::string& text, const units::Dimension& dimension,
                  bool may_be_zero) {
    std::optional<double> value;
    if (dimension == units::kBandwidth) value = topology::simgrid_bandwidth(text);
    if (dimension == units::kTime) value = topology::simgrid_time(text);
    if (!value)
      if (const auto q = units::parse_quantity(text); q && (!q->has_unit || q->dimension == dimension))
        value = q->si;
    if (!value && dimension == units::kData)
      if (const auto n = units::parse_quantity(text + "B"); n && n->dimension == dimension) value = n->si;
    if (value && std::isfinite(*value) && (*value > 0 || (may_be_zero && *value == 0))) return *value;
    problem("bad-number",
            fmt::format("{}: '{}' is {}", option, text,
                        !value || !std::isfinite(*value) ? "no such quantity"
                        : may_be_zero                    ? "below zero"
                                                         : "not above zero"),
            fmt::format("a number in SI units, or with {}", units::example_units(dimension)));
    return 1;
  }

  topology::CableSpec cable() {
    return {
        quantity("--link-bandwidth", q_.link_bandwidth.empty() ? "400 Gbit/s" : q_.link_bandwidth,
                 units::kBandwidth, false),
        quantity("--link-latency", q_.link_latency.empty() ? "1 us" : q_.link_latency, units::kTime, true)};
  }
  void make_fabric() {
    if (!q_.system.empty() && q_.topology.empty() && q_.platform.empty()) {
      const auto fabric = fabric_of_system(catalog_, q_.system, q_.ranks);
      if (!fabric) return problems_.push_back(fabric.error());
      a_.fabric = *fabric;
      return;
    }
    if (q_.topology.empty() == q_.platform.empty())
      return problem("no-fabric", q_.topology.empty() ? "no fabric is given" : "two fabrics are given",
                     "one of --topology, --platform and --system");
    if (!q_.platform.empty()) {
      if (topology::is_nccl_node(q_.platform_text)) {
        const auto node = topology::parse_nccl_node(q_.platform_text, q_.platform);
        if (!node) return take(node.error());
        a_.fabric = *node;
        return;
      }
      const auto platform = topology::parse_simgrid_platform(q_.platform_text, q_.platform);
      if (!platform) return take(platform.error());
      config_ = (*platform)->config;
      a_.fabric = *platform;
      return;
    }
    if (q_.topology_text.empty() &&
        (topology::is_fabric_text(q_.topology) || q_.topology.find(':') != std::string::npos)) {
      const auto spec = cable();
      if (!problems_.empty()) return;
      const auto fabric = topology::parse_fabric(q_.topology, spec);
      if (!fabric) return problems_.push_back(fabric.error());
      a_.fabric = *fabric;
      return;
    }
    topology::CableOverride changed;
    if (!q_.link_bandwidth.empty())
      changed.capacity = quantity("--link-bandwidth", q_.link_bandwidth, units::kBandwidth, false);
    if (!q_.link_latency.empty())
      changed.latency_s = quantity("--link-latency", q_.link_latency, units::kTime, true);
    if (!q_.collective.empty()) changed.slice = q_.ranks;
    if (q_.topology_text.empty()) {
      // Beside its fabric a named network has what libraries reach of it; an unknown name is the fabric's to refuse.
      if (const auto network = catalog_.network(q_.topology)) network_ = **network;
    } else {
      const auto network = topology::file_network(q_.topology_text, q_.topology);
      if (!network) return take(network.error());
      network_ = *network;
    }
    const auto fabric = network_ ? topology::fabric_of(*network_, changed)
                                 : topology::catalog_fabric(catalog_, q_.topology, changed);
    if (!fabric) return take(fabric.error());
    a_.fabric = *fabric;
  }
  void take(const base::Diagnostics& more) { problems_.insert(problems_.end(), more.begin(), more.end()); }

  void choose_model() {
    a_.model = q_.model;
    if (a_.model.empty()) {
      const auto asked = config_.contains("network/model") ? config_["network/model"] : "";
      a_.model = asked == "CM02"   ? "simgrid-cm02"
                 : asked == "LV08" ? "simgrid-lv08"
                 : asked == "Raw"  ? "raw"
                                   : "maxmin";
    }
    const auto kind = static_cast<flows::SharingKind>(choice("--model", a_.model, flows::kSharingNames));
    options_.sharing = flows::sharing_model(kind);
    auto& s = options_.sharing;
    if (kind == flows::SharingKind::kMaxMin) {
      s.bandwidth_factor = q_.efficiency > 0 ? q_.efficiency : topology::payload_share(catalog_);
    } else {
      configure(s);
    }
    if (q_.cross_traffic == "no") s.reverse_weight = 0;
    if (q_.cross_traffic == "yes" && s.reverse_weight == 0) s.reverse_weight = flows::kAcknowledgements;
    if (!q_.cross_traffic.empty() && q_.cross_traffic != "yes" && q_.cross_traffic != "no")
      problem("unknown-value", fmt::format("--cross-traffic: '{}' is neither yes nor no", q_.cross_traffic));
  }
  /// What the platform's <config> says about SimGrid's model.
  void configure(flows::SharingModel& s) {
    const auto number = [&](const char* key, double& x, double least) {
      const auto found = config_.find(key);
      if (found == config_.end()) return;
      double value = 0;
      const auto& t = found->second;
      const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), value);
      if (error != std::errc() || end != t.data() + t.size() || !(value >= least) || !std::isfinite(value))
        return problem("bad-config", fmt::format("{}: '{}' is no number from {} on", key, t, least));
      x = value;
    };
    number("network/TCP-gamma", s.window_bytes, 0);
    number("network/latency-factor", s.latency_factor, 0);
    number("network/bandwidth-factor", s.bandwidth_factor, 1e-9);
    number("network/weight-S", s.penalty_bytes, 0);
    if (const auto cross = config_.find("network/crosstraffic"); cross != config_.end()) {
      const auto& t = cross->second;
      s.reverse_weight = t == "no" || t == "0" || t == "false" || t == "off" ? 0 : flows::kAcknowledgements;
    }
  }
  void choose_routing() {
    const bool fixed = a_.model != "maxmin" || !q_.platform.empty();
    a_.routing = q_.routing.empty() ? (fixed ? "single" : "spray") : q_.routing;
    options_.routing = static_cast<network::Routing>(choice("--routing", a_.routing, network::kRoutingNames));
  }

  void check_task() {
    const int tasks = (q_.collective.empty() ? 0 : 1) + (q_.flows.empty() ? 0 : 1) +
                      (q_.programs.empty() ? 0 : 1) + (q_.permutation != 0 ? 1 : 0);
    if (tasks != 1)
      return problem("no-task",
                     tasks == 0 ? "nothing is to run on the fabric" : "more than one thing is to run",
                     "one of --collective, --programs, --flows and --permutation");
    if (!q_.flows.empty() || !q_.programs.empty()) return;
    if (q_.bytes.empty()) return problem("no-bytes", "--bytes is missing", "as in 1e9, 64MiB or \"2 MB\"");
    bytes_ = quantity("--bytes", q_.bytes, units::kData, true);
  }

  void choose_by_nccl() {
    if (!q_.topology.empty() || !q_.platform.empty())
      problem("no-fabric", "--nccl looks at a system, not at a fabric",
              "--nccl without --topology and --platform");
    if (!q_.flows.empty() || !q_.programs.empty() || q_.permutation != 0 || !q_.faults.empty())
      problem("no-task", "NCCL is asked for one collective", "--nccl with --collective and perhaps --bytes");
    const auto collective = static_cast<network::Collective>(choice(
        "--collective", q_.collective.empty() ? "all-reduce" : q_.collective, network::kCollectiveNames));
    std::optional<double> bytes;
    if (!q_.bytes.empty()) bytes = quantity("--bytes", q_.bytes, units::kData, true);
    if (!problems_.empty()) return;
    auto found = ask_nccl(catalog_, data_, q_.nccl, collective, q_.ranks, bytes);
    if (!found) return take(found.error());
    a_.nccl = *std::move(found);
  }

  bool run_requests() {
    const std::int64_t n = a_.fabric->endpoints();
    if (q_.permutation != 0) {
      if (q_.permutation < 2 || q_.permutation > std::min(n, kMostPermuted)) {
        problem("bad-permutation", fmt::format("--permutation: {} of {} endpoints", q_.permutation, n),
                fmt::format("from 2 to {}", std::min(n, kMostPermuted)));
        return false;
      }
      a_.requests = network::random_permutation(q_.permutation, bytes_, q_.seed);
    } else {
      auto read = network::parse_flows(q_.flows_text, q_.flows, *a_.fabric);
      if (!read) return take(read.error()), false;
      a_.requests = *std::move(read);
      if (a_.requests.empty())
        return problem("no-flows", fmt::format("{}: there is no flow", q_.flows)), false;
    }
    const auto all = std::move(a_.requests);
    a_.requests = on_the_fabric(all);
    if (!(q_.faults.empty() ? run_fair() : run_faulty())) return false;
    if (a_.requests.size() < all.size()) with_local(all);
    return true;
  }
  /// A flow to oneself is a copy in memory. SimGrid sends it over a loop, or to the first switch and back.
  bool is_local(const network::FlowRequest& r) const {
    return a_.model == "maxmin" && q_.platform.empty() && r.src == r.dst;
  }
  std::vector<network::FlowRequest> on_the_fabric(const std::vector<network::FlowRequest>& all) const {
    std::vector<network::FlowRequest> out;
    out.reserve(all.size());
    std::copy_if(all.begin(), all.end(), std::back_inserter(out),
                 [&](const auto& r) { return !is_local(r); });
    return out;
  }
  /// Flows to oneself among the others: they end when they start.
  void with_local(const std::vector<network::FlowRequest>& all) {
    std::vector<double> finish;
    finish.reserve(all.size());
    auto next = a_.flows.finish_s.begin();
    for (const auto& r : all) {
      finish.push_back(is_local(r) ? r.start_s : *next++);
      a_.flows.outcome.makespan_s = std::max(a_.flows.outcome.makespan_s, finish.back());
    }
    a_.notes.push_back(fmt::format("{} flows from an endpoint to itself take no network and no time",
                                   all.size() - a_.requests.size()));
    a_.flows.flows = all.size();
    a_.flows.finish_s = std::move(finish);
    a_.requests = all;
  }
  bool run_fair() {
    auto r = network::run_flows(*a_.fabric, a_.requests, options_);
    if (!r) return take(r.error()), false;
    a_.flows = *std::move(r);
    return true;
  }
  bool run_faulty() {
    network::FaultOptions faults;
    const auto read = network::parse_faults(q_.faults_text, q_.faults, *a_.fabric);
    if (!read) return take(read.error()), false;
    faults.faults = *read;
    faults.convergence_s = q_.convergence_s;
    auto r = network::run_with_faults(*a_.fabric, a_.requests, options_, faults);
    if (!r) return take(r.error()), false;
    a_.flows = std::move(r->flows);
    a_.rerouted = r->rerouted;
    a_.waited = r->waited;
    return true;
  }
  bool run_programs() {
    if (!q_.faults.empty()) return problem("faults", "--faults goes with --flows or --permutation"), false;
    network::ProgramRequest usual;
    usual.domain = q_.domain > 0 ? q_.domain : topology::domain_size(*a_.fabric);
    if (network_) as_network(usual);
    const auto programs =
        network::parse_programs(q_.programs_text, q_.programs, *a_.fabric, q_.step_s, usual);
    if (!programs) return take(programs.error()), false;
    auto r = network::run_programs(*a_.fabric, *programs, options_);
    if (!r) return take(r.error()), false;
    a_.flows = std::move(r->total);
    a_.programs = std::move(r->programs);
    return true;
  }
  /// What a library reaches of the network's domains, and whose switches reduce. A network of one tier that says either is
  /// one domain.
  void as_network(network::ProgramRequest& p) {
    const auto& n = *network_;
    const bool domain = n.domain_accelerators.value > 1 ||
                        (n.tiers.size() == 1 && (n.scaleup_share.value > 0 || n.reduction_share.value > 0));
    if (q_.domain == 0 && domain && n.domain_accelerators.value <= 1) p.domain = a_.fabric->endpoints();
    p.reduction = domain && n.reduction_share.value > 0
                      ? (n.reducing_switches ? network::Reduction::kAll : network::Reduction::kDomain)
                      : network::Reduction::kNone;
    const bool own = a_.model == "maxmin" && q_.efficiency == 0;
    if (!own || !domain) return;
    // Shares are of the link; the sharing model's factor is part of them.
    const double headers = options_.sharing.bandwidth_factor;
    if (n.scaleup_share.value > 0)
      options_.tier_share = {n.scaleup_share.value / headers};
    else
      options_.tier_share = {1};
    if (n.reduction_share.value > 0) p.reduction_share = n.reduction_share.value / headers;
  }
  /// NCCL, where the accelerators are known and nothing else is said of software or efficiency.
  void choose_library(network::ProgramRequest& p) {
    constexpr std::string_view kLibraries[] = {"auto", "nccl", "none"};
    const std::string word = q_.library.empty() ? "auto" : q_.library;
    const auto chosen = choice("--library", word, kLibraries);
    const std::string system = !q_.system.empty() ? q_.system : network_ ? network_->system : "";
    const bool asked = chosen == 1, own = a_.model != "maxmin" || q_.efficiency > 0 || q_.step_s > 0;
    if (chosen == 2 || !problems_.empty()) return;
    if (asked && (own || system.empty()))
      return problem("contradiction",
                     own ? "--library nccl has its own efficiency and step times, in the model maxmin"
                         : "--library nccl: whose accelerators are the endpoints?",
                     own ? "without --model, --efficiency and --step-time" : "--system NAME");
    if (own || system.empty()) return;
    NcclQuery nodes = q_.nccl;
    nodes.system = system;
    nodes.gpus_per_node = p.domain;
    const auto library = net_library(catalog_, data_, nodes, p.ranks);
    if (library) {
      library_ = *library;
      a_.library = "nccl " + library_->constants.version;
      if (p.reduction == network::Reduction::kUnknown && p.domain > 1)
        p.reduction = library_->nccl->reduces() ? network::Reduction::kDomain : network::Reduction::kNone;
    } else if (asked || library.error().front().code != "no-nccl") {
      take(library.error());
    } else {
      a_.notes.push_back(fmt::format("the time of the wires alone: {}", library.error().front().message));
    }
  }
  bool run_collective() {
    network::ProgramRequest p;
    p.collective =
        static_cast<network::Collective>(choice("--collective", q_.collective, network::kCollectiveNames));
    p.algorithm =
        static_cast<network::Algorithm>(choice("--algorithm", q_.algorithm, network::kAlgorithmNames));
    p.bytes = bytes_;
    p.ranks = q_.ranks > 0 ? q_.ranks : a_.fabric->endpoints();
    p.domain = q_.domain > 0 ? q_.domain : topology::domain_size(*a_.fabric);
    p.imbalance = q_.imbalance;
    if (q_.imbalance > 1 && p.collective != network::Collective::kAllToAll)
      problem("imbalance", "--imbalance is the load of an all-to-all's busiest receiver",
              "--collective all-to-all");
    if (!(bytes_ > 0)) problem("no-bytes", "a collective of no bytes has no speed", "--bytes 1MiB");
    if (network_) as_network(p);
    if (!q_.faults.empty()) problem("faults", "--faults goes with --flows or --permutation");
    if (!problems_.empty()) return false;
    choose_library(p);
    if (!problems_.empty()) return false;
    auto r = network::run_collective(*a_.fabric, p, options_, q_.step_s,
                                     library_ != nullptr ? library_->nccl.get() : nullptr);
    if (!r) return take(r.error()), false;
    a_.flows = std::move(r->total);
    a_.phases = std::move(r->phases);
    a_.algorithm = network::kAlgorithmNames[static_cast<std::size_t>(r->algorithm)];
    a_.tried = std::move(r->tried);
    a_.protocol = r->protocol;
    a_.channels = r->channels;
    a_.collective_bytes = bytes_;
    a_.bus_factor = network::bus_factor(p.collective, p.ranks);
    a_.bus_bandwidth = r->bus_bandwidth;
    constexpr double kMuchFaster = 0.9;
    if (library_ && !a_.tried.empty() && a_.tried.front().seconds >= 0 &&
        a_.tried.front().seconds < kMuchFaster * a_.flows.outcome.makespan_s)
      a_.notes.push_back(
          fmt::format("NCCL's tuner takes {}; {} would be faster here", a_.algorithm,
                      network::kAlgorithmNames[static_cast<std::size_t>(a_.tried.front().algorithm)]));
    constexpr double kBriefly_s = 1e-3;
    if (network_ && !library_ && q_.step_s == 0 && a_.flows.outcome.makespan_s < kBriefly_s)
      a_.notes.emplace_back(
          "the time of the wires alone: what a library takes to launch and in each step, several "
          "microseconds, is "
          "not in it (--step-time, --library nccl with --system)");
    return true;
  }

  const catalog::Catalog& catalog_;
  const std::filesystem::path& data_;
  const NetQuery& q_;
  NetAnswer a_;
  std::optional<catalog::Network> network_;  ///< that the fabric is of
  std::shared_ptr<const NetLibrary> library_;
  network::FlowOptions options_;
  std::map<std::string, std::string> config_;
  double bytes_ = 0;
  base::Diagnostics problems_;
};

}  // namespace

tl::expected<NetAnswer, base::Diagnostics> answer_net(const catalog::Catalog& catalog,
                                                      const std::filesystem::path& data,
                                                      const NetQuery& query) {
  return NetRun(catalog, data, query).run();
}

}  // namespace gigawatt::engine

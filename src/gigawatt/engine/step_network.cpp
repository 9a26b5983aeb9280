#include "gigawatt/engine/step_network.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/base/choice.h"
#include "gigawatt/step/step_batch.h"
#include "gigawatt/topology/catalog_fabric.h"
#include "gigawatt/topology/fabric_text.h"
#include "gigawatt/topology/system_fabric.h"

namespace gigawatt::engine {
namespace {

constexpr std::size_t kHottest = 10;

class Choose {
 public:
  Choose(const catalog::Catalog& catalog, const NetworkChoice& choice, const step::StepRequest& request,
         std::uint64_t seed)
      : catalog_(catalog),
        choice_(choice),
        cluster_(topology::make_cluster(*request.system, *request.accelerator, request.gpus)),
        seed_(seed) {}

  tl::expected<std::shared_ptr<const network::FlowNetwork>, base::Diagnostics> make() {
    if (choice_.model == NetworkModel::kClosedForm) {
      if (choice_.topology.given() || !choice_.routing.empty())
        wrong("contradiction", "topology and routing are of flows", "network: flow");
    } else {
      known_ = &topology::generic_network(catalog_, cluster_.scaleout_kind);
      if (!(cluster_.scaleout_bandwidth > 0))
        wrong("no-network", "the system has no scale-out network for flows to take", "network: closed-form");
      else
        make_fabric();
      choose_routing();
    }
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    if (choice_.model == NetworkModel::kClosedForm) return nullptr;
    o_.seed = seed_;
    o_.accelerators = cluster_.accelerators;
    o_.domain_size = cluster_.domain_size;
    o_.card_bandwidth = cluster_.scaleout_bandwidth;
    if (known_->flows_per_pair.value >= 1) o_.subflows = static_cast<int>(known_->flows_per_pair.value);
    return std::make_shared<const network::FlowNetwork>(std::move(o_));
  }

 private:
  void wrong(std::string code, std::string message, std::string hint = {}) {
    problems_.push_back(base::error(std::move(code), std::move(message), std::move(hint)));
  }
  void make_fabric() {
    if (!choice_.topology.given()) {
      const auto ports = static_cast<std::int64_t>(known_->switch_ports.value);
      o_.fabric = topology::system_fabric(cluster_, std::max<std::int64_t>(2, ports));
      return;
    }
    const std::string& name = choice_.topology.name;
    const topology::CableOverride as_bought;
    if (choice_.topology.is_document()) {
      take(topology::file_fabric(choice_.topology.text, name.empty() ? "topology" : name, as_bought));
    } else if (name.find(':') != std::string::npos) {
      const auto fabric = topology::parse_fabric(name, {cluster_.scaleout_bandwidth, 0});
      if (fabric)
        o_.fabric = *fabric;
      else
        problems_.push_back(fabric.error());
    } else {
      take(topology::catalog_fabric(catalog_, name, as_bought));
      if (const auto found = catalog_.network(name)) known_ = *found;
    }
    if (o_.fabric != nullptr && o_.fabric->endpoints() < cluster_.accelerators)
      wrong("too-many-ranks", fmt::format("topology: {} accelerators on a fabric of {}",
                                          cluster_.accelerators, o_.fabric->endpoints()));
  }
  void take(const topology::MadeFabric& made) {
    if (made)
      o_.fabric = *made;
    else
      problems_.insert(problems_.end(), made.error().begin(), made.error().end());
  }
  void choose_routing() {
    const std::string word = !choice_.routing.empty()  ? choice_.routing
                             : known_->routing.empty() ? "spray"
                                                       : known_->routing;
    const auto found = base::choose("routing", word, network::kRoutingNames);
    if (!found) problems_.push_back(found.error());
    o_.routing = static_cast<network::Routing>(found.value_or(0));
  }

  const catalog::Catalog& catalog_;
  const NetworkChoice& choice_;
  topology::Cluster cluster_;
  std::uint64_t seed_;
  const catalog::Network* known_ = nullptr;
  network::FlowNetwork::Options o_;
  base::Diagnostics problems_;
};

}  // namespace

void fields(config::FieldVisitor& v, NetworkChoice& c) {
  v.choice(
      c.model, kNetworkModelNames,
      {.key = "network",
       .doc = "Collectives by closed forms, or by their flows on a fabric, all groups of a kind at once."});
  v(c.topology, {.key = "topology",
                 .doc = "With flows: a network of the catalogue, its file, or clos:AxB[xC][:R] and the like; "
                        "empty: the system's own Clos."});
  v(c.routing, {.key = "routing",
                .doc = "With flows: single, ecmp, flowlet, spray or adaptive; empty: as the fabric does."});
}

tl::expected<std::shared_ptr<const network::FlowNetwork>, base::Diagnostics> flow_network(
    const catalog::Catalog& catalog, const NetworkChoice& choice, const step::StepRequest& request,
    std::uint64_t seed) {
  return Choose(catalog, choice, request, seed).make();
}

NetworkReport network_report(const network::FlowNetwork& net, const step::StepResult& closed,
                             const step::StepResult& flow) {
  const auto& o = net.options();
  NetworkReport r;
  r.fabric = o.fabric->describe();
  r.routing = network::kRoutingNames[static_cast<std::size_t>(o.routing)];
  r.closed_step_s = closed.step_time_s;
  r.step_s = flow.step_time_s;
  if (flow.network == nullptr) return r;
  const auto& kinds = flow.network->kinds;
  std::map<std::int64_t, std::vector<double>> bytes;  // of a link, by kind
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const auto& kind = kinds[k];
    const auto reach = net.reach(kind.load.pattern, kind.load.group);
    r.kinds.push_back({std::string(kind.name),
                       std::string(network::kFlowPatternNames[static_cast<std::size_t>(kind.load.pattern)]),
                       kind.load.group.ranks, kind.load.group.ranks_per_domain, kind.load.bytes, reach->share,
                       kind.slower, reach->flows, reach->classes, closed.time[kind.term],
                       flow.time[kind.term]});
    for (const auto& load : reach->loads) {
      auto& on = bytes[load.link];
      on.resize(kinds.size(), 0);
      on[k] += load.bytes * kind.load.bytes;
    }
  }
  std::map<int, NetworkReport::Tier> tiers;
  // By utilization to six digits, descending, then tier.
  std::map<std::pair<std::int64_t, int>, NetworkReport::Link> groups;
  for (const auto& [id, by] : bytes) {
    const auto link = o.fabric->link(id);
    const double all = std::accumulate(by.begin(), by.end(), 0.0);
    const double used = all / link.capacity / flow.step_time_s;
    auto& group = groups[{-std::llround(used * 1e6), link.tier}];
    if (group.bytes > 0)
      ++group.alike;
    else
      group = {o.fabric->link_name(id), 1, link.tier, link.cables, link.capacity, all, used, by};
    auto& t = tiers[link.tier];
    t.tier = link.tier;
    t.bytes += all;
    t.mean_utilization += used;
    t.most_utilization = std::max(t.most_utilization, used);
    ++t.links;
  }
  for (auto& [at, t] : tiers) {
    t.mean_utilization /= static_cast<double>(t.links);
    r.tiers.push_back(t);
  }
  for (auto& [order, link] : groups) {
    if (r.hottest.size() == kHottest) break;
    for (double& b : link.share) b /= link.bytes;
    r.hottest.push_back(std::move(link));
  }
  return r;
}

void rank_by_flows(const step::StepRequest& request, const step::Calibration& calibration,
                   const search::SearchOptions& options, std::vector<search::Candidate>& plans) {
  step::StepBatch batch(calibration);
  for (auto& candidate : plans) {
    step::StepRequest r = request;
    r.plan = candidate.plan;
    const auto result = batch.evaluate(r);
    if (!result) continue;
    candidate.step_time_s = result->step_time_s;
    candidate.mfu = result->mfu;
    candidate.score = search::score_of(r, options, result->time, result->step_time_s);
  }
  std::stable_sort(plans.begin(), plans.end(),
                   [](const auto& a, const auto& b) { return a.score < b.score; });
}

}  // namespace gigawatt::engine

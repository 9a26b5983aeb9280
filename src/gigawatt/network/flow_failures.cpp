#include "gigawatt/network/flow_failures.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/network/flow_limits.h"

namespace gigawatt::network {
namespace {

constexpr std::int64_t kMostNamed = 20'000'000;  ///< links whose names are searched

class FaultyRun final : public flows::Listener {
 public:
  FaultyRun(const topology::Fabric& fabric, std::span<const FlowRequest> requests, const FlowOptions& options,
            const FaultOptions& faults, const FlowBuilder& builder, const flows::FlowSet& set)
      : fabric_(fabric),
        requests_(requests),
        options_(options),
        faults_(faults),
        builder_(builder),
        simulator_(options.simultaneous_s, options.sharing.compatibility),
        finish_(set.flows.size(), -1) {
    for (const auto& l : set.links) {
      simulator_.add_link(l.capacity, l.fat_pipe);
      capacity_.push_back(l.capacity);
    }
    for (std::size_t i = 0; i < builder.link_ids().size(); ++i)
      index_.emplace(builder.link_ids()[i], static_cast<flows::LinkId>(i));
    for (const auto& f : set.flows) {
      simulator_.add(f.spec, set.way(f.way));
      std::vector<flows::LinkId> way;
      for (const flows::Hop& h : set.way(f.way)) way.push_back(h.link);
      ways_.push_back(std::move(way));
    }
    for (const LinkFault& fault : faults.faults) {
      // Spread ways lose a cable's part of the bundle that holds it.
      const auto hit = options.routing == Routing::kSpray ? fabric.bundle_of(fault.link) : fault.link;
      const auto link = dense(hit);
      const double cable =
          capacity_[static_cast<std::size_t>(link)] / static_cast<double>(fabric.link(hit).cables);
      lost_.push_back({link, cable * (1 - fault.capacity_share), fault});
      const auto n = static_cast<std::uint32_t>(3 * (lost_.size() - 1));
      simulator_.call_at(fault.from_s, n);
      simulator_.call_at(fault.from_s + faults.convergence_s, n + 1);
      if (fault.until_s < flows::kUnbounded) simulator_.call_at(fault.until_s, n + 2);
    }
  }

  flows::Outcome run() { return simulator_.run(*this); }
  const std::vector<double>& finish() const { return finish_; }
  std::uint64_t rerouted() const { return rerouted_; }
  std::uint64_t waited() const { return waited_; }

  void finished(flows::Ticket flow, double time_s) override { finish_[flow] = time_s; }
  void called(std::uint32_t what, double time_s) override {
    const Lost& l = lost_[what / 3];
    if (what % 3 == 1) return converge();
    double& missing = missing_[l.link];
    missing = std::max(0.0, missing + (what % 3 == 0 ? l.capacity : -l.capacity));
    const double left = capacity_[static_cast<std::size_t>(l.link)] - missing;
    simulator_.set_capacity_at(time_s, l.link,
                               left > 1e-9 * capacity_[static_cast<std::size_t>(l.link)] ? left : 0);
    if (left <= 1e-9 * capacity_[static_cast<std::size_t>(l.link)])
      dead_.insert(l.link);
    else
      dead_.erase(l.link);
  }

 private:
  struct Lost {
    flows::LinkId link;
    double capacity;
    LinkFault fault;
  };
  flows::LinkId dense(std::int64_t id) {
    const auto next = static_cast<flows::LinkId>(capacity_.size());
    const auto [at, fresh] = index_.try_emplace(id, next);
    if (fresh) {
      const auto known = fabric_.link(id);
      capacity_.push_back(known.capacity);
      simulator_.add_link(known.capacity, known.fat_pipe);
    }
    return at->second;
  }
  bool dead(const std::vector<flows::LinkId>& way) const {
    return std::any_of(way.begin(), way.end(), [&](flows::LinkId l) { return dead_.contains(l); });
  }
  /// Routing knows of the dead links now: their flows look for other ways.
  void converge() {
    for (std::size_t i = 0; i < ways_.size(); ++i) {
      const auto ticket = static_cast<flows::Ticket>(i);
      if (!simulator_.running(ticket) || !dead(ways_[i])) continue;
      if (!move(ticket)) ++waited_;
    }
  }
  bool move(flows::Ticket ticket) {
    const FlowRequest& r = requests_[builder_.request_of()[ticket]];
    if (options_.routing == Routing::kSpray || fabric_.ways(r.src, r.dst) < 2) return false;
    for (int attempt = 0; attempt < faults_.attempts; ++attempt) {
      const auto hash = topology::path_hash(topology::path_hash(ticket, static_cast<std::uint64_t>(attempt)),
                                            options_.seed + 1);
      std::vector<topology::FabricHop> hops;
      if (!fabric_.route(r.src, r.dst, {topology::PathChoice::Kind::kHashed, hash}, hops)) return false;
      std::vector<flows::Hop> way;
      std::vector<flows::LinkId> links;
      for (const auto& h : hops) {
        way.push_back({dense(h.link), h.weight});
        links.push_back(way.back().link);
      }
      if (dead(links)) continue;
      simulator_.reroute(ticket, way, 0);
      ways_[ticket] = std::move(links);
      ++rerouted_;
      return true;
    }
    return false;
  }

  const topology::Fabric& fabric_;
  std::span<const FlowRequest> requests_;
  const FlowOptions& options_;
  const FaultOptions& faults_;
  const FlowBuilder& builder_;
  flows::Simulator simulator_;
  std::vector<double> finish_;
  std::vector<double> capacity_;
  std::unordered_map<std::int64_t, flows::LinkId> index_;
  std::vector<std::vector<flows::LinkId>> ways_;
  std::vector<Lost> lost_;
  std::map<flows::LinkId, double> missing_;
  std::unordered_set<flows::LinkId> dead_;
  std::uint64_t rerouted_ = 0;
  std::uint64_t waited_ = 0;
};

}  // namespace

tl::expected<FaultResult, base::Diagnostics> run_with_faults(const topology::Fabric& fabric,
                                                             std::span<const FlowRequest> requests,
                                                             const FlowOptions& options,
                                                             const FaultOptions& faults) {
  const auto start = std::chrono::steady_clock::now();
  FlowBuilder builder(fabric, options);
  for (std::size_t i = 0; i < requests.size(); ++i)
    if (!builder.add(requests[i], i))
      return tl::unexpected(
          base::Diagnostics{base::error("no-way", fmt::format("flow {}: there is no way from '{}' to '{}'",
                                                              i + 1, fabric.endpoint_name(requests[i].src),
                                                              fabric.endpoint_name(requests[i].dst)))});
  FaultyRun run(fabric, requests, options, faults, builder, builder.set());
  FaultResult r;
  r.flows.outcome = run.run();
  r.flows.flows = r.flows.classes = requests.size();
  r.flows.finish_s.assign(requests.size(), 0);
  for (std::size_t i = 0; i < run.finish().size(); ++i) {
    double& at = r.flows.finish_s[builder.request_of()[i]];
    at = at < 0 || run.finish()[i] < 0 ? -1 : std::max(at, run.finish()[i]);
  }
  if (r.flows.outcome.stalled > 0)
    return tl::unexpected(base::Diagnostics{
        base::error("never-finishes",
                    fmt::format("{} flows wait for ever for a link that is down", r.flows.outcome.stalled),
                    "until_s says when a link comes back; a routing with several ways goes around it")});
  r.rerouted = run.rerouted();
  r.waited = run.waited();
  summarize(fabric, builder, options, r.flows);
  r.flows.solve_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return r;
}

tl::expected<std::vector<LinkFault>, base::Diagnostics> parse_faults(std::string_view text,
                                                                     const std::string& name,
                                                                     const topology::Fabric& fabric) {
  const auto table = config::parse_csv(text, name);
  if (!table) return tl::unexpected(base::Diagnostics{table.error()});
  base::Diagnostics problems;
  for (const auto* column : {"link", "from_s"})
    if (table->column(column) < 0)
      problems.push_back(base::error("missing-column",
                                     fmt::format("{}: there is no column '{}'", name, column),
                                     "link,from_s,until_s,capacity_share"));
  if (!problems.empty()) return tl::unexpected(problems);
  std::unordered_map<std::string, std::int64_t> wanted;
  for (std::size_t i = 0; i < table->rows.size(); ++i) wanted.emplace(table->cell(i, "link"), -1);
  std::size_t open = wanted.size();
  for (auto& [link, id] : wanted) {
    std::int64_t n = -1;
    const auto [end, error] = std::from_chars(link.data(), link.data() + link.size(), n);
    if (error == std::errc() && end == link.data() + link.size() && n >= 0 && n < fabric.links()) {
      id = n;
      --open;
    }
  }
  for (std::int64_t l = 0; l < std::min(fabric.links(), kMostNamed) && open > 0; ++l)
    if (const auto at = wanted.find(fabric.link_name(l)); at != wanted.end() && at->second < 0) {
      at->second = l;
      --open;
    }
  std::vector<LinkFault> out;
  for (std::size_t i = 0; i < table->rows.size(); ++i) {
    const auto wrong = [&](std::string message) {
      if (problems.size() < kMostProblems)
        problems.push_back(base::error("bad-fault", fmt::format("{}: row {}: {}", name, i + 1, message)));
    };
    const auto number = [&](const char* column, double otherwise, double most) {
      const auto& cell = table->cell(i, column);
      if (cell.empty()) return otherwise;
      double value = 0;
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (error == std::errc() && end == cell.data() + cell.size() && value >= 0 && value <= most)
        return value;
      wrong(fmt::format("{}: '{}' is no number from 0 to {}", column, cell, most));
      return otherwise;
    };
    LinkFault f;
    f.link = wanted[table->cell(i, "link")];
    if (f.link < 0) wrong(fmt::format("there is no link '{}'", table->cell(i, "link")));
    f.from_s = number("from_s", 0, 1e12);
    f.until_s = number("until_s", flows::kUnbounded, 1e12);
    f.capacity_share = number("capacity_share", 0, 1);
    if (f.until_s < f.from_s) wrong("until_s lies before from_s");
    if (f.link < 0) continue;
    out.push_back(f);
    if (const auto back = fabric.opposite(f.link); back != f.link) {
      f.link = back;
      out.push_back(f);
    }
  }
  if (!problems.empty()) return tl::unexpected(problems);
  return out;
}

}  // namespace gigawatt::network

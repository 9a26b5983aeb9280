#include "gigawatt/ask/commands/net.h"

#include "gigawatt/engine/net.h"
#include "gigawatt/report/net.h"

namespace gigawatt::ask {
namespace {

struct NetQuestion {
  engine::NetQuery net;
  config::NameOrText topology;
  config::InputText platform, flows, programs, faults;
  config::OutputFile out, svg;
  bool no_fold = false;
};

void fields(config::FieldVisitor& v, NetQuestion& q) {
  auto& n = q.net;
  v(q.topology,
    {.key = "topology",
     .doc = "fat-tree:K, clos:AxB[xC][:R], torus:AxBxC, dragonfly:GxCxBxN, star:N, a network or its file."});
  v(q.platform, {.key = "platform",
                 .doc = "A SimGrid platform, or a node as NCCL writes it (NCCL_TOPO_DUMP_FILE), as XML in "
                        "place of a topology."});
  v(n.system, {.key = "system",
               .doc = "Whose accelerators are the endpoints: what the library's kernels reach, and without a "
                      "topology the fabric. Default: the network's."});
  v(n.collective, {.key = "collective",
                   .doc = "all-reduce, reduce-scatter, all-gather, all-to-all, broadcast or send-recv."});
  v(n.algorithm,
    {.key = "algorithm",
     .doc = "ring, tree, double-tree, halving-doubling, in-network, hierarchical, pat, direct, pairwise, or "
            "auto: the fastest of those that fit."});
  v(n.ranks, {.key = "ranks", .doc = "Ranks of the collective; 0: all endpoints.", .min = 0});
  v(n.bytes,
    {.key = "bytes", .doc = "Of a collective's buffer, or of each flow of a permutation: 1e9, 64MiB."});
  v(n.library, {.key = "library",
                .doc = "nccl: protocol, channels, launch and steps as NCCL runs them, kernels as measured; "
                       "none: the wires alone; auto: nccl where the accelerators are known."});
  v(n.domain, {.key = "domain", .doc = "Ranks of a scale-up domain; 0: the fabric's.", .min = 0});
  v(n.imbalance,
    {.key = "imbalance", .doc = "Load of the busiest receiver of an all-to-all over the mean.", .min = 1});
  v(q.flows, {.key = "flows", .doc = "Flows as CSV: src,dst,bytes,start_s."});
  v(q.programs,
    {.key = "programs",
     .doc =
         "Several collectives and writes at once as CSV: name,collective,algorithm,ranks,first,stride,bytes,"
         "start_s,domain,times,to,to_ranks."});
  v(n.permutation, {.key = "permutation", .doc = "A random permutation of the first N endpoints.", .min = 0});
  v(n.link_bandwidth,
    {.key = "link_bandwidth",
     .doc = "Of each cable in each direction: \"400 Gbit/s\", 10Gbps, 1.25e9 (byte/s). Default: the "
            "network's, else 400 Gbit/s."});
  v(n.link_latency,
    {.key = "link_latency", .doc = "Of each cable: 500ns, 1e-6 (s). Default: the network's, else 1 us."});
  v(n.model,
    {.key = "model",
     .doc = "maxmin, raw, simgrid-cm02 or simgrid-lv08. Default: maxmin, or what the platform's config asks "
            "for."});
  v(n.routing,
    {.key = "routing",
     .doc = "single, ecmp, flowlet, spray or adaptive. Default: single for SimGrid's models and platforms, "
            "else spray."});
  v(n.efficiency, {.key = "efficiency",
                   .doc = "Share of a link's rate that is payload, for maxmin; 0: the catalogue's.",
                   .min = 0,
                   .max = 1});
  v(n.cross_traffic,
    {.key = "cross_traffic", .doc = "Acknowledgements on the way back: yes or no. Default: the model's."});
  v(q.faults, {.key = "faults", .doc = "Links that fail, as CSV: link,from_s,until_s,capacity_share."});
  v(n.convergence_s, {.key = "convergence",
                      .doc = "Until routing avoids a dead link.",
                      .unit = "s",
                      .min = 0,
                      .bare_unit = true});
  v(n.step_s, {.key = "step_time",
               .doc = "Software time of a collective's step.",
               .unit = "s",
               .min = 0,
               .bare_unit = true});
  v(n.nccl.system,
    {.key = "nccl",
     .doc =
         "In place of a fabric: what NCCL would choose on this system (algorithm, protocol, channels, time "
         "by its own model); without bytes for sizes from 1 KiB to 16 GiB."});
  v(n.nccl.host, {.key = "host", .doc = "Of NCCL's model: intel, amd or arm. Default: the system's."});
  v(n.nccl.gpus_per_node, {.key = "gpus_per_node",
                           .doc = "Of NCCL's model; 0: the system's scale-up domain.",
                           .min = 0,
                           .max = 576});
  v(n.nccl.nics_per_node,
    {.key = "nics_per_node", .doc = "Of NCCL's model; 0: the system's.", .min = 0, .max = 576});
  v(n.nccl.collnet,
    {.key = "collnet", .doc = "NCCL may reduce in the network's switches (NCCL_COLLNET_ENABLE=1)."});
  v(q.no_fold, {.key = "no_fold", .doc = "Simulate every flow, not one of each class of equals."});
  v(n.busiest, {.key = "busiest", .doc = "Links to list.", .min = 0, .max = 10000});
  v(q.out, {.key = "out", .doc = "Write each flow's start and finish as CSV."});
  v(q.svg, {.key = "svg", .doc = "Write a picture of the fabric and its hot links."});
}

Answered answer_net(const NetQuestion& asked, const Context& context) {
  engine::NetQuery query = asked.net;
  query.topology = asked.topology.name;
  query.topology_text = asked.topology.text;
  query.platform = asked.platform.name;
  query.platform_text = asked.platform.text;
  query.flows = asked.flows.name;
  query.flows_text = asked.flows.text;
  query.programs = asked.programs.name;
  query.programs_text = asked.programs.text;
  query.faults = asked.faults.name;
  query.faults_text = asked.faults.text;
  query.folding = !asked.no_fold;
  query.seed = context.seed.value_or(query.seed);
  const auto found = engine::answer_net(context.knowledge.catalog, context.data, query);
  if (!found) return tl::unexpected(found.error());
  Answer out;
  out.json = report::net_json(*found);
  if (asked.out.given()) out.files["out"] = report::net_csv(*found);
  if (asked.svg.given() && !found->nccl) out.files["svg"] = report::net_svg(*found);
  out.notes = found->notes;
  out.text = [found = *found](bool color) { return report::net_text(found, color); };
  return out;
}

}  // namespace

Command net() {
  return make_command<answer_net>(
      {.name = "net",
       .summary = "Flows or a collective on a fabric, flow by flow: time, bandwidth, hot links",
       .answer =
           "makespan_s, flows, classes, events, bus_bandwidth_GBps, busiest_links, solve_s; of a collective "
           "also algorithm, phases and, where it was auto, tried: algorithm, seconds, bus_bandwidth_GBps, "
           "left_out, and by a library: library, protocol, channels; with programs also programs: name, "
           "start_s, finish_s, seconds, alone_s, slower; with "
           "nccl: makespan_s, nccl",
       .draws = true,
       .constants = false});
}

}  // namespace gigawatt::ask

#include "gigawatt/catalog/network_table.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, Network& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "Name as people write it.", .required = true});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  v(x.fabric, {.key = "fabric", .doc = "infiniband, roce, ethernet, ici or efa.", .required = true});
  v(x.system, {.key = "system", .doc = "System whose accelerators are its endpoints; empty: any."});
  sourced(v, x.pod_accelerators,
          {.key = "pod_accelerators",
           .doc = "Full-bisection island; 0: the whole cluster.",
           .min = 0,
           .required = true});
  sourced(v, x.pod_oversubscription,
          {.key = "pod_oversubscription",
           .doc = "Bandwidth ratio above the island.",
           .min = 1,
           .required = true});
  sourced(v, x.region_accelerators,
          {.key = "region_accelerators", .doc = "Accelerators under the second level.", .min = 0});
  sourced(v, x.rack_accelerators, {.key = "rack_accelerators", .doc = "Accelerators of a rack.", .min = 0});
  sourced(v, x.total_accelerators,
          {.key = "total_accelerators", .doc = "Accelerators of the cluster.", .min = 0});
  sourced(v, x.buildings, {.key = "buildings", .doc = "Buildings it spans.", .min = 0});
  sourced(v, x.building_oversubscription,
          {.key = "building_oversubscription", .doc = "Bandwidth ratio towards other buildings.", .min = 0});
  sourced(v, x.inter_site_bandwidth,
          {.key = "inter_site_bandwidth", .doc = "Between buildings and sites.", .unit = "Tbit/s", .min = 0});
  sourced(v, x.switch_ports, {.key = "switch_ports", .doc = "Ports of one switch.", .min = 0});
  sourced(
      v, x.ecmp_loss,
      {.key = "ecmp_loss", .doc = "Throughput lost to hash collisions without tuning.", .min = 0, .max = 1});
  sourced(v, x.link_failure_rate,
          {.key = "link_failure_rate", .doc = "Per link.", .unit = "%/month", .min = 0});
  sourced(v, x.switch_failure_rate,
          {.key = "switch_failure_rate", .doc = "Per switch.", .unit = "%/month", .min = 0});
  sourced(v, x.link_flaps_per_day, {.key = "link_flaps_per_day", .doc = "Over the whole fleet.", .min = 0});
  sourced(v, x.domain_accelerators,
          {.key = "domain_accelerators", .doc = "Accelerators in a scale-up domain.", .min = 0});
  sourced(v, x.scaleup_bandwidth,
          {.key = "scaleup_bandwidth",
           .doc = "Of an accelerator inside its domain, or of a torus's cable, in each direction.",
           .unit = "GB/s",
           .min = 0});
  sourced(v, x.scaleup_latency,
          {.key = "scaleup_latency", .doc = "Inside a domain.", .unit = "ns", .min = 0});
  sourced(v, x.scaleup_share,
          {.key = "scaleup_share",
           .doc = "Of the scale-up bandwidth that a library's kernels reach.",
           .min = 0,
           .max = 1});
  sourced(v, x.reduction_share,
          {.key = "reduction_share",
           .doc = "The same of collectives that the domain's switches reduce.",
           .min = 0,
           .max = 1});
  v(x.reducing_switches, {.key = "reducing_switches", .doc = "The scale-out switches reduce as well."});
  sourced(v, x.planes,
          {.key = "planes", .doc = "Copies of the tree that each card has a port on.", .min = 0});
  sourced(v, x.payload_share,
          {.key = "payload_share", .doc = "What headers leave of a link's rate.", .min = 0, .max = 1});
  v(x.routing, {.key = "routing", .doc = "How flows take ways: single, ecmp, flowlet, spray or adaptive."});
  sourced(v, x.flows_per_pair,
          {.key = "flows_per_pair",
           .doc = "Flows that carry what one card sends another, each hashed on its own.",
           .min = 0});
  v(x.rails, {.key = "rails", .doc = "Card r of every domain sits on leaf r."});
  sourced(v, x.torus_x,
          {.key = "torus_x", .doc = "Endpoints of a torus on a side, in place of tiers.", .min = 0});
  sourced(v, x.torus_y, {.key = "torus_y", .doc = "The same of its second side.", .min = 0});
  sourced(v, x.torus_z, {.key = "torus_z", .doc = "The same of its third side.", .min = 0});
  sourced(v, x.torus_block,
          {.key = "torus_block",
           .doc = "Side of the cubes that optical switches join to a torus of their own for fewer ranks.",
           .min = 0});
  v(x.tiers, {.key = "tier", .doc = "Tiers of the tree, from the endpoints upwards."});
}

void fields(config::FieldVisitor& v, NetworkTier& x) {
  v(x.name, {.key = "name", .doc = "What it joins to.", .required = true});
  sourced(v, x.children, {.key = "children", .doc = "Nodes below.", .min = 1, .required = true});
  sourced(v, x.parents, {.key = "parents", .doc = "Switches above that each node is joined to.", .min = 1});
  sourced(v, x.cables, {.key = "cables", .doc = "Links to each of them.", .min = 1});
  sourced(v, x.bandwidth,
          {.key = "bandwidth",
           .doc = "Of a link in each direction.",
           .unit = "Gbit/s",
           .min = 0,
           .required = true});
  sourced(v, x.latency,
          {.key = "latency",
           .doc = "Of a link and the switch behind it.",
           .unit = "us",
           .min = 0,
           .required = true});
}

}  // namespace gigawatt::catalog

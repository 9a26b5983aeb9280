#include "gigawatt/catalog/system.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, System& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "Name as people write it.", .required = true});
  v(x.accelerator, {.key = "accelerator", .doc = "Canonical accelerator name.", .required = true});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  v(x.cooling, {.key = "cooling", .doc = "air or liquid.", .required = true});
  v(x.fabric,
    {.key = "fabric", .doc = "Scale-out fabric: infiniband, roce, ethernet, ici, efa.", .required = true});
  sourced(v, x.accelerators_per_node,
          {.key = "accelerators_per_node",
           .doc = "Accelerators under one host or tray.",
           .min = 1,
           .required = true});
  sourced(v, x.scaleup_domain,
          {.key = "scaleup_domain",
           .doc = "Accelerators joined by the scale-up fabric.",
           .min = 1,
           .required = true});
  sourced(v, x.scaleup_direct_links,
          {.key = "scaleup_direct_links",
           .doc = "Peers each joined by links of its own; 0: switched.",
           .min = 0});
  sourced(v, x.scaleup_bandwidth,
          {.key = "scaleup_bandwidth",
           .doc = "Per accelerator and direction.",
           .unit = "GB/s",
           .min = 0,
           .required = true});
  sourced(v, x.nic_bandwidth,
          {.key = "nic_bandwidth",
           .doc = "Scale-out, per accelerator and direction.",
           .unit = "Gbit/s",
           .required = true,
           .positive = true});
  sourced(v, x.nics_per_node,
          {.key = "nics_per_node", .doc = "Scale-out ports of a node.", .min = 1, .required = true});
  sourced(v, x.switches_per_accelerator,
          {.key = "switches_per_accelerator",
           .doc = "Scale-out switches per accelerator at full bisection.",
           .min = 0,
           .required = true});
  sourced(v, x.host_memory,
          {.key = "host_memory",
           .doc = "Memory of a node's processors, which bounds what is offloaded; 0: not known.",
           .unit = "GB",
           .min = 0});
  sourced(v, x.node_max_w,
          {.key = "node_max_power",
           .doc = "IT power of a node, every accelerator at its limit.",
           .unit = "kW",
           .required = true,
           .positive = true});
  sourced(v, x.node_idle_w,
          {.key = "node_idle_power",
           .doc = "IT power of an idle node.",
           .unit = "kW",
           .min = 0,
           .required = true});
  sourced(v, x.network_w_per_accelerator,
          {.key = "network_power_per_accelerator",
           .doc = "Scale-out switches and optics outside the node.",
           .unit = "W",
           .min = 0,
           .required = true});
  sourced(v, x.node_price_usd,
          {.key = "node_price",
           .doc = "Node without scale-out network.",
           .unit = "USD",
           .required = true,
           .positive = true});
  sourced(v, x.network_usd_per_accelerator,
          {.key = "network_price_per_accelerator",
           .doc = "Scale-out network.",
           .unit = "USD",
           .min = 0,
           .required = true});
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
}

}  // namespace gigawatt::catalog

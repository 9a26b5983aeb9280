#pragma once
/// A server or rack as bought: accelerators, host, network ports, power, price; data/systems/*.toml.
///
/// Three sizes: a node is what one host runs (a server, a tray of a rack), a scale-up domain what NVLink, xGMI or ICI joins
/// (8 to thousands of accelerators, one node or many), a pod what the scale-out network joins at full bisection. Power is
/// IT power, before any loss of the building; bandwidths are those of one accelerator in one direction, before protocols.

#include <string>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

struct System {
  std::string name;  ///< canonical: "h100-sxm", "gb200-nvl72"
  std::string title;
  std::string accelerator;  ///< canonical accelerator name
  std::vector<std::string> aliases;
  std::string cooling;            ///< "air" or "liquid"
  std::string fabric;             ///< "infiniband", "roce", "ethernet", "ici", "efa"
  Sourced accelerators_per_node;  ///< accelerators under one host / tray (8; 4 for GB200)
  Sourced scaleup_domain;         ///< accelerators joined by the scale-up fabric (8, 72, ...)
  Sourced
      scaleup_direct_links;  ///< peers each joined by links of its own (a board without switches); 0: switched
  Sourced scaleup_bandwidth;  ///< byte/s per direction per accelerator
  Sourced nic_bandwidth;      ///< scale-out byte/s per direction per accelerator
  Sourced nics_per_node;
  Sourced switches_per_accelerator;   ///< scale-out switch ASICs per accelerator in a full-bisection fabric
  Sourced node_max_w;                 ///< IT power of one node, every accelerator at its limit
  Sourced node_idle_w;                ///< IT power of one node, all idle
  Sourced network_w_per_accelerator;  ///< scale-out switches and optics outside the node
  Sourced node_price_usd;             ///< node without scale-out network, at accelerator list price
  Sourced network_usd_per_accelerator;
  Sourced host_memory;       ///< byte of a node's processors, for what is offloaded; 0: not known, no limit
  Sourced pod_accelerators;  ///< full-bisection scale-out island; 0: whole cluster
  Sourced pod_oversubscription;  ///< bandwidth ratio above the pod layer (7 for Llama 3's fabric)
};

void fields(config::FieldVisitor& v, System& x);

}  // namespace gigawatt::catalog

#pragma once
/// The inside of a node as NCCL writes it (NCCL_TOPO_DUMP_FILE) and reads it (NCCL_TOPO_FILE): an XML tree of CPUs, PCI
/// devices, GPUs with their NVLinks, and network cards, as a fabric whose endpoints are the GPUs and then the ports.
///
/// Capacities are those of NCCL's own model (2.28, src/graph/topo.h and topo.cc), so that what it would choose from can
/// be compared: of an NVLink by the GPU's compute capability, of a PCI link lanes x rate / 8 after coding, between CPUs
/// by vendor and model, of a port its speed. All NVSwitches are one crossbar, as for NCCL. A GPU and a port forward
/// nothing. The way between two endpoints is the widest, of these the shortest. Latencies are the ports' own; within the
/// node NCCL's files have none.
///
/// | element | read |
/// | system | version 1 or 2 |
/// | cpu | numaid, arch, vendor, familyid, modelid |
/// | pci | busid, class, link_speed, link_width (missing: PCIe 3.0 x16, as NCCL takes it) |
/// | gpu | dev, sm; nvlink target count tclass; c2c bw count |
/// | nic, net | name, dev, speed (Mbit/s), latency (us) |
/// Other elements and attributes decide nothing here.

#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

/// Whether the root of an XML text is <system>.
bool is_nccl_node(std::string_view text);

/// Everything wrong in the file, at once where that is possible.
tl::expected<std::shared_ptr<const Fabric>, base::Diagnostics> parse_nccl_node(std::string_view text,
                                                                               const std::string& name);

}  // namespace gigawatt::topology

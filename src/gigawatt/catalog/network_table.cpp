#include "gigawatt/catalog/network_table.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, Network& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "Name as people write it.", .required = true});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  v(x.fabric, {.key = "fabric", .doc = "infiniband, roce, ethernet, ici or efa.", .required = true});
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
}

}  // namespace gigawatt::catalog

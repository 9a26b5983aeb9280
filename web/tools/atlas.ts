import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Objects, Topology } from "topojson-specification";
import { filter, filterWeight, presimplify, quantile, simplify } from "topojson-simplify";
import { quantize } from "topojson-client";
import type { Plugin } from "vite";

const require = createRequire(import.meta.url);

/**
 * Outlines for the site map, thinned at build time: a map a hand wide needs a
 * part of the published points (us-atlas and world-atlas, from the US Census
 * Bureau and Natural Earth, both in the public domain).
 */
function thin(file: string, keep: string, share_kept: number): Topology {
  const topology = JSON.parse(readFileSync(require.resolve(file), "utf8")) as Topology;
  topology.objects = { [keep]: topology.objects[keep]! };
  const weighted = presimplify(topology as Topology<Objects<object>>);
  const minimum = quantile(weighted, share_kept);
  const thinned = filter(simplify(weighted, minimum), filterWeight(weighted, minimum));
  const result = quantize(thinned as Topology<Objects<object>>, 2000) as Topology;
  for (const object of Object.values(result.objects))
    if (object.type === "GeometryCollection")
      for (const geometry of object.geometries) {
        delete geometry.properties;
        delete geometry.id;
      }
  return result;
}

/** Serves `virtual:atlas/states` and `virtual:atlas/land` as TopoJSON modules. */
export function atlas(): Plugin {
  const prefix = "virtual:atlas/";
  const make: Record<string, () => Topology> = {
    states: () => thin("us-atlas/states-10m.json", "states", 0.25),
    land: () => thin("world-atlas/land-110m.json", "land", 0.6),
  };
  return {
    name: "gigawatt-atlas",
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      const build = make[id.slice(prefix.length + 1)];
      return build && `export default ${JSON.stringify(build())}`;
    },
  };
}

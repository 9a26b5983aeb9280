import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { geoAlbersUsa, geoNaturalEarth1, geoPath, type GeoPermissibleObjects } from "d3-geo";
import type { GeometryCollection, Objects, Polygon, Topology } from "topojson-specification";
import { filter, filterWeight, presimplify, quantile, simplify } from "topojson-simplify";
import { feature, merge, mesh, quantize } from "topojson-client";
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

/** Width of the frame, in the whole numbers that paths are rounded to. */
const kGrid = 2000;

/** A path of d3-geo on a grid of whole numbers, each point relative to the one before: a third of the letters. */
function relative(path: string): string {
  return path
    .split(/(?=M)/)
    .map((part) => {
      let before: [number, number] = [0, 0];
      const steps = part
        .replace("Z", "")
        .slice(1)
        .split("L")
        .map((point): string | null => {
          const [x, y] = point.split(",").map((one) => Math.round(Number(one))) as [number, number];
          const step = [x - before[0], y - before[1]];
          before = [x, y];
          return step[0] === 0 && step[1] === 0 ? null : step.join(" ").replaceAll(" -", "-");
        });
      const [first, ...rest] = steps
        .map((step, i) => (i === 0 ? (step ?? "0 0") : step))
        .filter((step) => step !== null);
      return rest.length ? `M${first}l${rest.join(" ").replaceAll(" -", "-")}${part.endsWith("Z") ? "z" : ""}` : "";
    })
    .join("");
}

/** A map as it is drawn, in a frame `width` by `height`, and the projection that leads there. */
export interface Outline {
  width: number;
  height: number;
  scale: number;
  translate: [number, number];
  area: string;
  borders: string;
}

type Projection = ReturnType<typeof geoAlbersUsa> | ReturnType<typeof geoNaturalEarth1>;

function drawn(
  project: Projection,
  frame: GeoPermissibleObjects,
  area: GeoPermissibleObjects,
  borders?: GeoPermissibleObjects,
): Outline {
  (project as ReturnType<typeof geoNaturalEarth1>).fitWidth(kGrid, frame);
  const height = Math.ceil(geoPath(project).bounds(frame)[1][1]);
  const path = geoPath(project).digits(0);
  return {
    width: kGrid,
    height,
    scale: project.scale(),
    translate: project.translate(),
    area: relative(path(area) ?? ""),
    borders: borders ? relative(path(borders) ?? "") : "",
  };
}

function states(): Outline {
  const topology = thin("us-atlas/states-10m.json", "states", 0.25);
  const objects = topology.objects.states as GeometryCollection<object>;
  const nation = merge(topology, objects.geometries as Polygon[]);
  return drawn(
    geoAlbersUsa(),
    nation,
    nation,
    mesh(topology, objects, (a, b) => a !== b),
  );
}

/** Frames the world without Antarctica. */
const kInhabited: GeoPermissibleObjects = {
  type: "MultiPoint",
  coordinates: [
    [-170, 0],
    [180, 0],
    [0, -56],
    [0, 78],
  ],
};

function land(): Outline {
  const topology = thin("world-atlas/land-110m.json", "land", 0.6);
  return drawn(geoNaturalEarth1(), kInhabited, feature(topology, topology.objects.land!));
}

/** Serves `virtual:atlas/states` and `virtual:atlas/land`: projected once, here, instead of on each page. */
export function atlas(): Plugin {
  const prefix = "virtual:atlas/";
  const make: Record<string, () => Outline> = { states, land };
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

import { geoAlbersUsa, geoNaturalEarth1, geoPath, type GeoProjection } from "d3-geo";
import { useMemo, useRef, type ReactNode } from "react";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection } from "topojson-specification";
import land from "virtual:atlas/land";
import states from "virtual:atlas/states";
import { place_labels } from "../data/labels";
import { short_title } from "../data/series";
import { quantity } from "../format";
import type { Site } from "../run";
import { series_color } from "./colors";
import { ChartFrame } from "./frame";
import { useWidth } from "./hooks";

interface Outline {
  area: string;
  borders: string;
  project: GeoProjection;
}

type Point = { site: Site; at: [number, number] };

/** Frames the world without Antarctica. */
const kInhabited = [[-170, 0], [180, 0], [0, -56], [0, 78]];

/** The United States when all sites are there, else the world. */
function outline(points: readonly Point[], width: number, height: number): Outline {
  const usa = geoAlbersUsa();
  const margin: [[number, number], [number, number]] = [[2, 2], [width - 2, height - 2]];
  if (points.every(({ at }) => usa(at))) {
    const objects = states.objects.states as GeometryCollection;
    const shapes = feature(states, objects);
    const project = usa.fitExtent(margin, shapes);
    const path = geoPath(project);
    return { area: path(shapes) ?? "", borders: path(mesh(states, objects, (a, b) => a !== b)) ?? "", project };
  }
  const shapes = feature(land, land.objects.land!);
  const project = geoNaturalEarth1().fitExtent(margin, { type: "MultiPoint", coordinates: kInhabited });
  return { area: geoPath(project)(shapes) ?? "", borders: "", project };
}

/** Where the sites are; the area of a circle is the power energised at the end of the run. */
export function SiteMap({ sites, colors, subtitle = "Facility power energised at the end of the run; a circle's area is its MW", scale = 0, controls }: {
  sites: readonly Site[];
  colors: ReadonlyMap<string, number>;
  subtitle?: string;
  /** MW of the largest circle; without it that of the largest site. */
  scale?: number;
  controls?: ReactNode;
}) {
  const [box, width] = useWidth<HTMLDivElement>();
  const drawing = useRef<SVGSVGElement>(null);
  const points = sites.flatMap((site): Point[] =>
    typeof site.latitude === "number" && typeof site.longitude === "number" ? [{ site, at: [site.longitude, site.latitude] }] : []);
  const height = Math.round(Math.min(460, Math.max(220, width * 0.6)));
  // The land stays while the sites grow.
  const where = points.map(({ at }) => at.join()).join(" ");
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const { area, borders, project } = useMemo(() => outline(points, width, height), [where, width, height]);
  if (!points.length) return null;

  const most = Math.max(...points.map(({ site }) => site.energized_mw_facility ?? 0), scale, 1);
  const spots = points
    .map(({ site, at }) => {
      const [x, y] = project(at) ?? [0, 0];
      const power = site.energized_mw_facility ?? 0;
      return { site, x, y, radius: power === 0 ? 2.5 : Math.max(3.5, Math.sqrt(power / most) * Math.min(46, width * 0.062)), text: short_title(site.title ?? site.name), power };
    })
    .sort((a, b) => b.radius - a.radius);
  const small = width < 480;
  const font = small ? 11 : 12.5;
  const power_text = (power: number) => (small ? "" : ` ${quantity(power, "MW")}`);
  const labels = place_labels(spots.map((spot) => ({ ...spot, text: spot.text + power_text(spot.power) })), width, height, font);
  const grid = () => ({
    columns: ["Site", "Latitude", "Longitude", "Energised (MW, facility)"],
    rows: points.map(({ site }) => [site.title ?? site.name, site.latitude, site.longitude, site.energized_mw_facility]),
  });
  return (
    <ChartFrame title="Where the power is" subtitle={subtitle} name="site-map" controls={controls} grid={grid} svg={() => drawing.current}>
      <div ref={box} className="sized" style={{ minHeight: height }}>
        <svg ref={drawing} width="100%" height={height} style={{ overflow: "hidden" }} viewBox={`0 0 ${width} ${height}`} role="img"
          aria-label={`Map: ${spots.map((spot) => `${spot.text} ${quantity(spot.power, "MW")}`).join("; ")}`}>
          <path d={area} fill="var(--hover)" />
          <path d={borders} fill="none" stroke="var(--paper)" strokeWidth={0.8} strokeLinejoin="round" />
          {spots.map((spot) => {
            const color = series_color(colors.get(spot.site.name) ?? 0);
            return (
              <circle key={spot.site.name} cx={spot.x} cy={spot.y} r={spot.radius} fill={color} fillOpacity={0.55} stroke={color} strokeWidth={1.5} strokeDasharray={spot.site.assumed ? "3 2.5" : undefined}>
                <title>{`${spot.site.title ?? spot.site.name}: ${quantity(spot.power, "MW")}${spot.site.assumed ? ", assumed" : ""}`}</title>
              </circle>
            );
          })}
          {spots.map((spot, i) => {
            const label = labels[i]!;
            return (
              <g key={spot.site.name}>
                {label.leader && <line x1={spot.x} y1={spot.y} x2={label.x} y2={label.y - font * 0.35} stroke="var(--line-strong)" strokeWidth={0.8} />}
                <text x={label.x} y={label.y} textAnchor={label.anchor} fontSize={font} fill="var(--ink)" stroke="var(--paper)" strokeWidth={3} strokeLinejoin="round" paintOrder="stroke">
                  <tspan fontWeight={600}>{spot.text}</tspan>{power_text(spot.power)}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
    </ChartFrame>
  );
}

import { geoAlbersUsa, geoNaturalEarth1 } from "d3-geo";
import { useMemo, useRef, type ReactNode } from "react";
import land from "virtual:atlas/land";
import states from "virtual:atlas/states";
import { place_labels } from "../data/labels";
import { short_title } from "../data/series";
import { quantity } from "../format";
import type { Site } from "../run";
import { series_color } from "./colors";
import { ChartFrame } from "./frame";
import { useWidth } from "./hooks";

type Place = [longitude: number, latitude: number];
type Point = { site: Site; at: Place };

/** The United States when all sites are there, else the world; and where a place lies on it. */
function chart_of(points: readonly Point[]) {
  const usa = geoAlbersUsa().scale(states.scale).translate(states.translate);
  if (points.every(({ at }) => usa(at))) return { outline: states, project: usa };
  return { outline: land, project: geoNaturalEarth1().scale(land.scale).translate(land.translate) };
}

const kMargin = 2;

/** Where the sites are; the area of a circle is the power energized at the end of the run. */
export function SiteMap({
  sites,
  colors,
  subtitle = "Facility power energized at the end of the run; a circle's area is its MW",
  scale = 0,
  controls,
}: {
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
    typeof site.latitude === "number" && typeof site.longitude === "number"
      ? [{ site, at: [site.longitude, site.latitude] }]
      : [],
  );
  const height = Math.round(Math.min(460, Math.max(220, width * 0.6)));
  // The land stays while the sites grow.
  const where = points.map(({ at }) => at.join()).join(" ");
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const { outline, project } = useMemo(() => chart_of(points), [where]);
  if (!points.length) return null;
  const zoom = Math.min((width - 2 * kMargin) / outline.width, (height - 2 * kMargin) / outline.height);
  const left = (width - zoom * outline.width) / 2;
  const top = (height - zoom * outline.height) / 2;

  const most = Math.max(...points.map(({ site }) => site.energized_mw_facility ?? 0), scale, 1);
  const spots = points
    .map(({ site, at }) => {
      const [across, down] = project(at) ?? [0, 0];
      const [x, y] = [left + zoom * across, top + zoom * down];
      const power = site.energized_mw_facility ?? 0;
      return {
        site,
        x,
        y,
        radius: power === 0 ? 2.5 : Math.max(3.5, Math.sqrt(power / most) * Math.min(46, width * 0.062)),
        text: short_title(site.title ?? site.name),
        power,
      };
    })
    .sort((a, b) => b.radius - a.radius);
  const small = width < 480;
  const font = small ? 11 : 12.5;
  const power_text = (power: number) => (small ? "" : ` ${quantity(power, "MW")}`);
  const labels = place_labels(
    spots.map((spot) => ({ ...spot, text: spot.text + power_text(spot.power) })),
    width,
    height,
    font,
  );
  const grid = () => ({
    columns: ["Site", "Latitude", "Longitude", "Energized (MW, facility)"],
    rows: points.map(({ site }) => [
      site.title ?? site.name,
      site.latitude,
      site.longitude,
      site.energized_mw_facility,
    ]),
  });
  return (
    <ChartFrame
      title="Where the power is"
      subtitle={subtitle}
      name="site-map"
      controls={controls}
      grid={grid}
      svg={() => drawing.current}
    >
      <div ref={box} className="sized" style={{ minHeight: height }}>
        <svg
          ref={drawing}
          width="100%"
          height={height}
          style={{ overflow: "hidden" }}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`Map: ${spots.map((spot) => `${spot.text} ${quantity(spot.power, "MW")}`).join("; ")}`}
        >
          <g transform={`translate(${left} ${top}) scale(${zoom})`}>
            <path d={outline.area} fill="var(--hover)" />
            <path
              d={outline.borders}
              fill="none"
              stroke="var(--paper)"
              strokeWidth={0.8 / zoom}
              strokeLinejoin="round"
            />
          </g>
          {spots.map((spot) => {
            const color = series_color(colors.get(spot.site.name) ?? 0);
            return (
              <circle
                key={spot.site.name}
                cx={spot.x}
                cy={spot.y}
                r={spot.radius}
                fill={color}
                fillOpacity={0.55}
                stroke={color}
                strokeWidth={1.5}
                strokeDasharray={spot.site.assumed ? "3 2.5" : undefined}
              >
                <title>{`${spot.site.title ?? spot.site.name}: ${quantity(spot.power, "MW")}${spot.site.assumed ? ", assumed" : ""}`}</title>
              </circle>
            );
          })}
          {spots.map((spot, i) => {
            const label = labels[i]!;
            return (
              <g key={spot.site.name}>
                {label.leader && (
                  <line
                    x1={spot.x}
                    y1={spot.y}
                    x2={label.x}
                    y2={label.y - font * 0.35}
                    stroke="var(--line-strong)"
                    strokeWidth={0.8}
                  />
                )}
                <text
                  x={label.x}
                  y={label.y}
                  textAnchor={label.anchor}
                  fontSize={font}
                  fill="var(--ink)"
                  stroke="var(--paper)"
                  strokeWidth={3}
                  strokeLinejoin="round"
                  paintOrder="stroke"
                >
                  <tspan fontWeight={600}>{spot.text}</tspan>
                  {power_text(spot.power)}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
    </ChartFrame>
  );
}

import { sankey, sankeyLinkHorizontal } from "d3-sankey";
import { useMemo, useRef } from "react";
import type { Flow } from "../data/power_chain";
import { percent } from "../format";
import { series_color } from "./colors";
import { ChartFrame } from "./frame";
import { useWidth } from "./hooks";

interface Props {
  title: string;
  subtitle?: string;
  name: string;
  flow: Flow;
  unit: string;
  value: (value: number) => string;
}

interface Placed {
  key: string;
  label: string;
  color: number;
}

/** Where a quantity comes from and goes to; widths are its parts. */
export function Sankey({ title, subtitle, name, flow, unit, value }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const drawing = useRef<SVGSVGElement>(null);
  const height = Math.max(220, Math.min(420, flow.nodes.length * 40));
  const side = width < 560 ? 96 : 190;
  const font = width < 560 ? 11 : 12;
  const graph = useMemo(
    () =>
      sankey<Placed, object>()
        .nodeId((node) => node.key)
        .nodeWidth(12)
        .nodePadding(26)
        .nodeSort(null)
        .iterations(32)
        .extent([
          [2, 16],
          [width - side, height - 6],
        ])({
        nodes: flow.nodes.map((node) => ({ ...node })),
        links: flow.links.map((link) => ({ ...link })),
      }),
    [flow, width, height, side],
  );
  const total = Math.max(...graph.nodes.map((node) => node.value ?? 0)) || 1;
  const path = sankeyLinkHorizontal();
  const labels = new Map(flow.nodes.map((node) => [node.key, node.label]));
  const cut = (text: string) =>
    text.length * font * 0.56 > side - 16 ? `${text.slice(0, Math.floor((side - 16) / (font * 0.56)) - 1)}…` : text;
  return (
    <ChartFrame
      title={title}
      subtitle={subtitle}
      name={name}
      svg={() => drawing.current}
      grid={() => ({
        columns: ["From", "To", unit, "Share"],
        rows: flow.links.map((link) => [
          labels.get(link.source),
          labels.get(link.target),
          link.value,
          link.value / total,
        ]),
      })}
    >
      <div ref={box} className="sized" style={{ minHeight: height }}>
        <svg
          ref={drawing}
          width="100%"
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${title}: ${flow.links.map((link) => `${labels.get(link.source)} to ${labels.get(link.target)} ${value(link.value)}`).join("; ")}`}
        >
          {graph.links.map((link, i) => (
            <path
              key={i}
              d={path(link) ?? ""}
              fill="none"
              stroke={series_color((link.target as Placed).color)}
              strokeOpacity={0.34}
              strokeWidth={Math.max(1, link.width ?? 0)}
            >
              <title>{`${(link.source as Placed).label} to ${(link.target as Placed).label}: ${value(link.value)}, ${percent(link.value / total)}`}</title>
            </path>
          ))}
          {graph.nodes.map((node) => {
            const last = !node.sourceLinks?.length;
            return (
              <g key={node.key}>
                <rect
                  x={node.x0}
                  y={node.y0}
                  width={(node.x1 ?? 0) - (node.x0 ?? 0)}
                  height={Math.max(1, (node.y1 ?? 0) - (node.y0 ?? 0))}
                  fill={series_color(node.color)}
                />
                <text
                  x={last ? (node.x1 ?? 0) + 6 : node.x0}
                  y={last ? ((node.y0 ?? 0) + (node.y1 ?? 0)) / 2 - 1 : (node.y0 ?? 0) - 5}
                  fontSize={font}
                  fontWeight={600}
                  fill="var(--ink)"
                >
                  {last ? cut(node.label) : `${node.label} ${width < 560 ? "" : value(node.value ?? 0)}`}
                </text>
                {last && (
                  <text
                    x={(node.x1 ?? 0) + 6}
                    y={((node.y0 ?? 0) + (node.y1 ?? 0)) / 2 + font}
                    fontSize={font - 1}
                    fill="var(--ink-2)"
                  >{`${value(node.value ?? 0)}, ${percent((node.value ?? 0) / total, 2)}`}</text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
    </ChartFrame>
  );
}

import { useRef } from "react";
import type { Part } from "../data/jobs";
import { humanize, kNone, percent, share } from "../format";
import { series_color } from "./colors";
import { ChartFrame } from "./frame";
import { useWidth } from "./hooks";

export interface BarRow {
  key: string;
  label: string;
  parts: readonly Part[];
  /** Range of the whole. */
  low?: number;
  high?: number;
  /** Drawn thinner and paler: what the others are compared with. */
  ghost?: boolean;
}

interface Props {
  title: string;
  subtitle?: string;
  name: string;
  rows: readonly BarRow[];
  /** In which order parts are listed; all rows together. */
  order: readonly string[];
  color: (key: string) => number;
  value: (value: number) => string;
  unit: string;
  /** A line that the bars should stay below. */
  limit?: { value: number; label: string };
  label_part?: (key: string) => string;
}

const kBar = 26;
const kGhost = 9;
const kGap = 8;

/** Bars of parts on one scale, with a list of every part below: time of a step, memory against its limit. */
export function StackedBars({
  title,
  subtitle,
  name,
  rows,
  order,
  color,
  value,
  unit,
  limit,
  label_part = humanize,
}: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const drawing = useRef<SVGSVGElement>(null);
  const total = (row: BarRow) => row.parts.reduce((sum, part) => sum + part.value, 0);
  const most =
    Math.max(...rows.map((row) => Math.max(total(row), row.high ?? 0)), limit?.value ?? 0) * (limit ? 1.06 : 1.001) ||
    1;
  const named = rows.length > 1 && rows.some((row) => !row.ghost && row.label);
  const left = named
    ? Math.min(width * 0.3, 16 + Math.max(...rows.map((row) => (row.ghost ? 0 : row.label.length * 6.8))))
    : 0;
  const x = (v: number) => left + (v / most) * (width - left - 2);
  const top = limit ? 18 : 2;
  const tops: number[] = [];
  let height = top;
  for (const row of rows) {
    tops.push(height);
    height += (row.ghost ? kGhost : kBar) + kGap;
  }
  height += rows.some((row) => row.high !== undefined) ? 6 : -2;
  const keys = [...new Set(rows.flatMap((row) => row.parts.map((part) => part.key)))].sort(
    (a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99),
  );
  const of = (row: BarRow, key: string) => row.parts.find((part) => part.key === key)?.value;
  const main = rows.filter((row) => !row.ghost);
  const grid = () => ({
    columns: ["Part", ...rows.map((row) => `${row.label || title} (${unit})`)],
    rows: [
      ...keys.map((key) => [label_part(key), ...rows.map((row) => of(row, key))]),
      ["Total", ...rows.map(total)],
      ...(limit ? [[limit.label, ...rows.map(() => limit.value)]] : []),
    ],
  });
  const words = main
    .map(
      (row) =>
        `${row.label} ${value(total(row))}: ${row.parts.map((part) => `${label_part(part.key)} ${percent(part.share, 2)}`).join(", ")}`,
    )
    .join("; ");
  return (
    <ChartFrame
      title={title}
      subtitle={subtitle}
      name={name}
      grid={grid}
      svg={() => drawing.current}
      legend={keys.map((key) => ({ label: label_part(key), color: series_color(color(key)) }))}
    >
      <div ref={box} className="sized" style={{ minHeight: height }}>
        <svg
          ref={drawing}
          width="100%"
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${title}. ${words}${limit ? `; ${limit.label} ${value(limit.value)}` : ""}`}
        >
          {rows.map((row, r) => {
            const tall = row.ghost ? kGhost : kBar;
            const y = tops[r]!;
            let at = 0;
            return (
              <g key={row.key} opacity={row.ghost ? 0.6 : undefined}>
                {named && !row.ghost && (
                  <text x={0} y={y + 17} fontSize={12} fill="var(--ink)">
                    {row.label.length * 6.8 + 12 > left
                      ? `${row.label.slice(0, Math.floor((left - 16) / 6.8))}…`
                      : row.label}
                  </text>
                )}
                {row.parts.map((part) => {
                  const from = at;
                  at += part.value;
                  const wide = x(at) - x(from);
                  return (
                    <rect
                      key={part.key}
                      x={x(from)}
                      y={y}
                      width={Math.max(0, wide > 2 ? wide - 0.75 : wide)}
                      height={tall}
                      fill={series_color(color(part.key))}
                    >
                      <title>{`${row.ghost ? `${row.label}, ` : ""}${label_part(part.key)}: ${value(part.value)}, ${share(part.share)}`}</title>
                    </rect>
                  );
                })}
                {row.low !== undefined && row.high !== undefined && (
                  <g stroke="var(--ink)" strokeWidth={1.5}>
                    <line x1={x(row.low)} x2={x(row.high)} y1={y + tall + 5} y2={y + tall + 5} />
                    {[row.low, row.high].map((end, i) => (
                      <line key={i} x1={x(end)} x2={x(end)} y1={y + tall + 2} y2={y + tall + 8} />
                    ))}
                  </g>
                )}
              </g>
            );
          })}
          {limit && (
            <g>
              <line x1={x(limit.value)} x2={x(limit.value)} y1={13} y2={height} stroke="var(--ink)" strokeWidth={2} />
              <text
                x={x(limit.value)}
                y={10}
                textAnchor="end"
                fontSize={12}
                fontWeight={600}
                fill="var(--ink)"
              >{`${limit.label} ${value(limit.value)}`}</text>
            </g>
          )}
        </svg>
      </div>
      {main.length === 1 && (
        <ul className="parts">
          {keys.map((key) => {
            const ghost = rows.find((row) => row.ghost);
            const now = of(main[0]!, key);
            const then = ghost && of(ghost, key);
            return (
              <li key={key}>
                <span
                  className="swatch"
                  style={{ "--swatch": series_color(color(key)) } as React.CSSProperties}
                  aria-hidden="true"
                />
                {label_part(key)} <b>{now === undefined ? kNone : value(now)}</b>
                <span className="share">
                  {ghost ? difference(now ?? 0, then ?? 0, value) : share((now ?? 0) / total(main[0]!))}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </ChartFrame>
  );
}

function difference(now: number, then: number, value: (value: number) => string): string {
  const by = now - then;
  if (Math.abs(by) < 1e-9 * Math.max(Math.abs(now), Math.abs(then), 1e-9)) return "=";
  return `${by > 0 ? "+" : "−"}${value(Math.abs(by))}`;
}

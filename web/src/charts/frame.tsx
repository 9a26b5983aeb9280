import { useMemo, type ReactNode } from "react";
import type { Grid } from "../data/csv";
import { GridTable } from "../components/table";
import { useView } from "../components/view_state";
import { save_csv, save_png, save_svg, type LegendKey } from "./save";

interface Props {
  title: string;
  /** What is drawn, and in which unit. */
  subtitle?: string;
  /** File name without its ending. */
  name: string;
  /** Buttons that change what is drawn. */
  controls?: ReactNode;
  note?: ReactNode;
  legend?: readonly LegendKey[];
  /** The figures behind the chart, for the table and the CSV file. */
  grid: () => Grid;
  /** The chart as SVG, for saving; made on demand. */
  svg?: () => SVGSVGElement | null | Promise<SVGSVGElement | null>;
  /** May be cut over two sheets of paper. */
  splits?: boolean;
  children: ReactNode;
}

/** What every chart has: a title, a way to read it as a table and to save it. */
export function ChartFrame({ title, subtitle, name, controls, note, legend, grid, svg, splits, children }: Props) {
  const [form, set_form] = useView<"chart" | "table">(`${name}.form`, "chart");
  const as_table = form === "table";
  const save = (how: (drawing: SVGSVGElement) => unknown) => async () => {
    const drawing = await svg?.();
    if (drawing) await how(drawing);
  };
  const caption = { title, subtitle, legend };
  return (
    <figure className={splits ? "chart splits" : "chart"}>
      <div className="chart-head">
        <figcaption className="chart-title">
          <h3>{title}</h3>
          {subtitle && <p>{subtitle}</p>}
        </figcaption>
        <div className="chart-tools">
          {controls}
          <div className="chart-out" role="group" aria-label={`${title}: other forms`}>
            <button
              type="button"
              className="button plain"
              aria-pressed={as_table}
              onClick={() => set_form(as_table ? "chart" : "table")}
            >
              Table
            </button>
            <button
              type="button"
              className="button plain"
              aria-label={`Save ${title} as CSV`}
              onClick={() => save_csv(name, grid())}
            >
              CSV
            </button>
            {svg && (
              <button
                type="button"
                className="button plain"
                aria-label={`Save ${title} as SVG`}
                onClick={save((drawing) => save_svg(name, drawing, caption))}
              >
                SVG
              </button>
            )}
            {svg && (
              <button
                type="button"
                className="button plain"
                aria-label={`Save ${title} as PNG`}
                onClick={save((drawing) => save_png(name, drawing, caption))}
              >
                PNG
              </button>
            )}
          </div>
        </div>
      </div>
      <div className="chart-body">
        {as_table && <GridTable grid={grid()} label={title} />}
        {/* Stays in the page, so that the drawing keeps its size, its zoom and its hidden layers. */}
        <div className="chart-view" hidden={as_table}>
          {children}
        </div>
      </div>
      {note && <p className="chart-note">{note}</p>}
    </figure>
  );
}

export interface LegendEntry extends LegendKey {
  key: string;
  /** The figure at the cursor. */
  value?: string;
}

interface LegendProps {
  entries: readonly LegendEntry[];
  /** What the figures belong to: a month, a year. */
  when?: string;
  hidden?: ReadonlySet<string>;
  toggle?: (key: string) => void;
}

/** Names the colors; a press hides a layer. Shows the figures at the cursor, or the last ones. */
export function Legend({ entries, when, hidden, toggle }: LegendProps) {
  return (
    <div className="legend" role="group" aria-label="Legend">
      {when && <span className="when">{when}</span>}
      {entries.map(({ key, label, color, line, dashed, value }) => {
        const inside = (
          <>
            <span
              className={`swatch${line ? " line" : ""}${dashed ? " dashed" : ""}`}
              style={{ "--swatch": color } as React.CSSProperties}
              aria-hidden="true"
            />
            <span>{label}</span>
            {value !== undefined && <b>{value}</b>}
          </>
        );
        return toggle ? (
          <button type="button" key={key} aria-pressed={!hidden?.has(key)} onClick={() => toggle(key)}>
            {inside}
          </button>
        ) : (
          <span className="key" key={key}>
            {inside}
          </span>
        );
      })}
    </div>
  );
}

/** The set of hidden layers of the chart of that name and a way to flip one; the last visible one stays. */
export function useHidden(name: string, count: number): [ReadonlySet<string>, (key: string) => void] {
  const [text, set_text] = useView(`${name}.hide`, "");
  const hidden = useMemo(() => new Set(text.split(",").filter(Boolean)), [text]);
  const toggle = (key: string) => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    if (next.size < count) set_text([...next].join(","));
  };
  return [hidden, toggle];
}

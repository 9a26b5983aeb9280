import { use, useEffect, useMemo, useState } from "react";
import type { SeriesInfo } from "../app/api";
import { useGet } from "../app/load";
import { Block, PageHead, Problem, RunContext, Waiting } from "../app/parts";
import { useQuery } from "../app/router";
import { useSettled } from "../app/settled";
import { ChartFrame } from "../charts/frame";
import { load_paper, usePaper } from "../charts/paper_later";
import { SpanChart } from "../charts/span_chart";
import type { Points } from "../charts/span_layer";
import { Pick } from "../components/knob";
import { asked_for, covers, inside, type Span } from "../data/window";
import { compact, humanize, tick } from "../format";

const kPoints = 2400;
const kSettle = 90;
/** What the stored series are called; a further one is called by its own name. */
const kNames: Record<string, string> = {
  energized_mw_it: "Energized, at the racks",
  energized_mw_facility: "Energized, at the meter",
  load_mw_it: "Load, at the racks",
  load_mw_facility: "Load, at the meter",
  accelerators: "Accelerators in service",
  energy_mwh: "Electricity at the meter",
  water_m3: "Water",
  co2_t: "Carbon",
  capex_usd: "Capital spent",
  opex_usd: "Operating cost",
  utilization: "Utilization",
};
const name_of = (metric: string) => kNames[metric] ?? humanize(metric);
const ms = (time: number | string) => (typeof time === "number" ? time : Date.parse(time));
const iso = (time: number) => new Date(time).toISOString().slice(0, 19);
/** Rest after which the address is written: browsers allow only some addresses a second. */
const kRest = 200;

export default function SeriesPage() {
  const id = use(RunContext)!;
  const index = useGet("GET /api/runs/{id}/series/index", { id });
  const [query, set_query] = useQuery();
  if (index.error) return <Problem error={index.error} />;
  if (!index.data || index.pending) return <Waiting />;
  const all = index.data.series;
  if (!all.length)
    return (
      <>
        <PageHead title="Series" />
        <p className="wrap">This run stored no series.</p>
      </>
    );
  const metrics = [...new Set(all.map((row) => row.metric))];
  const metric =
    metrics.find((one) => one === query.get("metric")) ??
    metrics.find((one) => one === "load_mw_facility") ??
    metrics[0]!;
  const entities = [...new Set(all.filter((row) => row.metric === metric).map((row) => row.entity))];
  const entity = entities.find((one) => one === query.get("entity")) ?? entities[0]!;
  const labels = [
    ...new Set(all.filter((row) => row.metric === metric && row.entity === entity).map((row) => row.label ?? "")),
  ];
  const label = labels.find((one) => one === query.get("label")) ?? labels[0]!;
  const row = all.find((one) => one.metric === metric && one.entity === entity && (one.label ?? "") === label)!;
  return (
    <>
      <PageHead
        title="Series"
        lead="Every stored series in full. Drag moves, the wheel zooms; with the keyboard the arrows, plus and minus."
      />
      <div className="wrap">
        <Block>
          <div className="knobs search-knobs">
            <Pick
              label="Quantity"
              value={metric}
              set={(next) => set_query({ metric: next, label: null })}
              options={metrics.map((one) => [one, name_of(one)] as const)}
            />
            <Pick
              label="Of"
              value={entity}
              set={(next) => set_query({ metric, entity: next, label: null })}
              options={entities}
            />
            {labels.length > 1 && (
              <Pick
                label="Part"
                value={label}
                set={(next) => set_query({ metric, entity, label: next })}
                options={labels.map((one) => [one, one || "all"] as const)}
              />
            )}
          </div>
        </Block>
        <h2 className="hidden-text">Drawing</h2>
        <One key={`${metric} ${entity} ${label}`} run={id} row={row} />
      </div>
    </>
  );
}

function One({ run, row }: { run: string; row: SeriesInfo }) {
  const [query, set_query] = useQuery();
  const where = {
    id: run,
    metric: row.metric,
    entity: row.entity,
    label: row.label || undefined,
    points: kPoints,
  };
  const first = useGet("GET /api/runs/{id}/series", where);
  const whole = useMemo((): Span | null => {
    const times = first.data?.t.map(ms) ?? [];
    return times.length > 1 ? { from: times[0]!, to: times.at(-1)! } : null;
  }, [first.data]);
  const wanted = { from: Date.parse(`${query.get("from")}Z`), to: Date.parse(`${query.get("to")}Z`) };
  const addressed = whole && (wanted.to > wanted.from ? inside(wanted, whole) : whole);
  // While it is moved the piece is held here; once it rests it goes into the address.
  const [held, hold] = useState<Span | null>(null);
  useEffect(() => {
    if (!held || !whole) return;
    const timer = setTimeout(() => {
      set_query(
        held.from === whole.from && held.to === whole.to
          ? { from: null, to: null }
          : { from: iso(held.from), to: iso(held.to) },
      );
      hold(null);
    }, kRest);
    return () => clearTimeout(timer);
  }, [held, whole, set_query]);
  const span = held ?? addressed;
  // Points at hand stand in until those of the piece are there: the finer ones as far as they reach, or those of the whole.
  const piece =
    span && whole && span.to - span.from < 0.6 * (whole.to - whole.from) && (row.points ?? 0) > kPoints
      ? asked_for(span, whole)
      : null;
  const [from, to] = [piece && Math.floor(piece.from), piece && Math.ceil(piece.to) + 1];
  const asked = useSettled(from === null || to === null ? null : `${from} ${to}`, kSettle)?.split(" ");
  const finer = useGet("GET /api/runs/{id}/series", asked ? { ...where, from: asked[0]!, to: asked[1]! } : null);
  const reach =
    finer.data && finer.data.t.length > 1 ? { from: ms(finer.data.t[0]!), to: ms(finer.data.t.at(-1)!) } : null;
  const slice = piece && span && reach && (!finer.pending || covers(reach, span)) ? finer.data : first.data;
  const drawn = useMemo(
    () => (slice ? { times: slice.t.map(ms), low: slice.min, high: slice.max, mean: slice.mean } : null),
    [slice],
  );
  if (first.error) return <Problem error={first.error} />;
  if (!drawn) return <Waiting />;
  if (!whole || !span)
    return (
      <p>
        Only {drawn.times.length} point: {compact(drawn.mean[0])} {row.unit}.
      </p>
    );
  return <Drawing row={row} drawn={drawn} span={span} whole={whole} move={hold} />;
}

interface DrawingProps {
  row: SeriesInfo;
  drawn: Points;
  span: Span;
  whole: Span;
  move: (span: Span) => void;
}

function Drawing({ row, drawn, span, whole, move }: DrawingProps) {
  const unit = row.unit || name_of(row.metric);
  const title = `${name_of(row.metric)}, ${row.entity}${row.label ? `, ${row.label}` : ""}`;
  const seen = useMemo(
    () => drawn.times.flatMap((time, i) => (time >= span.from && time <= span.to ? [i] : [])),
    [drawn, span],
  );
  const at = (i: number) => new Date(drawn.times[i]!).toISOString();
  const spec = () => ({
    dates: seen.map(at),
    layers: [
      {
        key: "mean",
        label: title,
        color: 0,
        values: seen.map((i) => drawn.mean[i] ?? null),
        low: seen.map((i) => drawn.low[i] ?? null),
        high: seen.map((i) => drawn.high[i] ?? null),
      },
    ],
    y_label: unit,
    tick,
  });
  const paper = usePaper((on) => on.time_series_svg(spec(), 720, 300));
  return (
    <ChartFrame
      title={title}
      subtitle={`${unit}; the band is the least and the most of what a point stands for`}
      name={`series-${row.metric}`}
      note={`${compact(row.points)} points stored; ${seen.length.toLocaleString("en-US")} drawn here.`}
      controls={
        span.from > whole.from || span.to < whole.to ? (
          <button type="button" className="button" onClick={() => move(whole)}>
            Whole period
          </button>
        ) : undefined
      }
      grid={() => ({
        columns: ["Time", `Mean (${unit})`, `Least (${unit})`, `Most (${unit})`],
        rows: seen.map((i) => [at(i), drawn.mean[i], drawn.low[i], drawn.high[i]]),
      })}
      svg={async () => (await load_paper()).time_series_svg(spec(), 720)}
    >
      <div className="screen-only">
        <SpanChart label={title} y_label={unit} points={drawn} span={span} whole={whole} move={move} />
      </div>
      <div ref={paper} className="paper-only" />
    </ChartFrame>
  );
}

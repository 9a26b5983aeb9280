import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { useGet } from "../app/load";
import type { Answer } from "../app/operation";
import { OneOf } from "../app/filter";
import { Block, PageHead, Problem, Waiting } from "../app/parts";
import { useQuery } from "../app/router";
import type { ValidationRow } from "../app/api";
import { Scatter, type Point, type PointGroup } from "../charts/scatter";
import { StackedBars } from "../charts/stacked_bar";
import { Choice } from "../components/small";
import { Stat } from "../components/stat";
import { DataTable, type Column } from "../components/table";
import { useView } from "../components/view_state";
import { accuracy, values_of } from "../data/validation";
import { kTimeParts, ordered, time_color } from "../data/step_parts";
import { compact, duration, kNone, percent, plural } from "../format";
import { web_address } from "../report/source_link";

type Memory = Answer<"GET /api/validation">["memory"];

const kFilters = [
  ["source", "Source"],
  ["level", "Level"],
  ["generation", "Generation"],
  ["accelerator", "Accelerator"],
  ["model", "Model"],
] as const;
type Field = (typeof kFilters)[number][0];

const pct = (value: number | undefined) => (value === undefined ? kNone : percent(value / 100, 2));
const signed = (value: number | undefined) =>
  value === undefined ? kNone : `${value > 0 ? "+" : value < 0 ? "−" : ""}${percent(Math.abs(value) / 100, 2)}`;

export default function ValidationPage() {
  const { data, error } = useGet("GET /api/validation");
  if (error) return <Problem title="The validation cannot be shown" error={error} />;
  if (!data) return <Waiting what="Predicting the measured runs" />;
  return <Validation rows={data.rows} memory={data.memory} />;
}

function Validation({ rows, memory }: { rows: readonly ValidationRow[]; memory: Memory }) {
  const [query, set_query] = useQuery();
  const [by, set_by] = useView<Field>("by", "generation");
  const [against, set_against] = useView<"predicted" | "error">("plot", "predicted");
  const chosen_key = query.get("row") ?? "";
  const picks = kFilters.map(([field]) => query.get(field) ?? "").join("\n");
  const shown = useMemo(() => {
    const wanted = picks.split("\n");
    return rows.filter((row) => kFilters.every(([field], i) => !wanted[i] || String(row[field] ?? "") === wanted[i]));
  }, [rows, picks]);
  const groups = useMemo(
    (): PointGroup[] =>
      values_of(rows, by).map((value, i) => ({
        key: value,
        label: value || "not stated",
        color: i,
        symbol: (["circle", "diamond", "square", "triangle", "times", "plus"] as const)[i % 6],
      })),
    [rows, by],
  );
  const points = useMemo(
    (): Point[] =>
      shown.map((row) => ({
        key: row.id,
        group: String(row[by] ?? ""),
        x: against === "predicted" ? row.measured_s : (row.gpus ?? NaN),
        y: against === "predicted" ? row.predicted_s : row.error_pct / 100,
        title: `${row.id}\n${[row.model, row.gpus && `${compact(row.gpus)} × ${row.accelerator ?? ""}`].filter(Boolean).join(" on ")}\nmeasured ${duration(row.measured_s)}, predicted ${duration(row.predicted_s)}\n${signed(row.error_pct)}`,
      })),
    [shown, by, against],
  );
  const drawn = useMemo(
    () => groups.filter((group) => points.some((point) => point.group === group.key)),
    [groups, points],
  );
  const figures = useMemo(() => accuracy(shown), [shown]);
  const chosen = rows.find((row) => row.id === chosen_key);
  const select = (id: string) => set_query({ row: id === chosen_key ? null : id });
  const columns: Column<ValidationRow>[] = [
    {
      key: "id",
      label: "Row",
      plain: (row) => row.id,
      show: (row) => (
        <button type="button" className="link-button" onClick={() => select(row.id)}>
          {row.id}
        </button>
      ),
    },
    ...kFilters.map(
      ([field, label]): Column<ValidationRow> => ({
        key: field,
        label,
        plain: (row) => row[field],
      }),
    ),
    { key: "gpus", label: "Accelerators", number: true, plain: (row) => row.gpus, show: (row) => compact(row.gpus) },
    {
      key: "measured",
      label: "Measured",
      saved_unit: "s",
      number: true,
      plain: (row) => row.measured_s,
      show: (row) => duration(row.measured_s),
    },
    {
      key: "predicted",
      label: "Predicted",
      saved_unit: "s",
      number: true,
      plain: (row) => row.predicted_s,
      show: (row) => duration(row.predicted_s),
    },
    {
      key: "low",
      label: "Low",
      saved_unit: "s",
      number: true,
      plain: (row) => row.low_s,
      show: (row) => duration(row.low_s),
    },
    {
      key: "high",
      label: "High",
      saved_unit: "s",
      number: true,
      plain: (row) => row.high_s,
      show: (row) => duration(row.high_s),
    },
    {
      key: "error",
      label: "Error",
      saved_unit: "%",
      number: true,
      plain: (row) => row.error_pct,
      show: (row) => signed(row.error_pct),
    },
  ];
  const diagonal = (domain: { x: [number, number]; y: [number, number] }) => {
    const [low, high] = domain.x;
    const line = (factor: number, dash?: string) =>
      Plot.line(
        [
          [low, low * factor],
          [high, high * factor],
        ],
        { stroke: "var(--line-strong)", strokeDasharray: dash, clip: true },
      );
    return [line(1), line(1.1, "4 4"), line(1 / 1.1, "4 4")];
  };
  const flat = () => [
    Plot.ruleY([0], { stroke: "var(--line-strong)" }),
    Plot.ruleY([-0.1, 0.1], { stroke: "var(--line-strong)", strokeDasharray: "4 4" }),
  ];
  return (
    <>
      <PageHead
        title="Validation"
        lead={`Step times predicted for ${plural(rows.length, "measured run")}, each with its source.`}
      />
      <div className="wrap">
        <Block>
          <dl className="headline">
            <Stat
              label="Rows shown"
              figure={compact(shown.length)}
              note={shown.length < rows.length ? `of ${rows.length.toLocaleString("en-US")}` : "all"}
            />
            <Stat label="Median error" figure={percent(figures.median / 100)} note="of the step time, absolute" />
            <Stat
              label="Mean of sources' medians"
              figure={percent(figures.macro / 100)}
              note={plural(figures.sources, "source")}
            />
            <Stat label="9 of 10 within" figure={percent(figures.p90 / 100)} note="absolute error" />
            <Stat label="Within 10%" figure={percent(figures.within)} />
            <Stat label="Inside their interval" figure={percent(figures.covered)} note="80% intervals" />
            {memory.oom_rows > 0 && (
              <Stat
                label="Out of memory, caught"
                figure={percent(memory.oom_recall)}
                note={`of ${compact(memory.oom_rows)} published; ${percent(memory.fit_recall)} of those that fit`}
              />
            )}
          </dl>
        </Block>
        <Block>
          <div className="filters" role="group" aria-label="Filters">
            {kFilters.map(([field, label]) => (
              <OneOf
                key={field}
                label={label}
                value={query.get(field) ?? ""}
                values={values_of(rows, field)}
                choose={(value) => set_query({ [field]: value })}
              />
            ))}
            {kFilters.some(([field]) => query.get(field)) && (
              <button
                type="button"
                className="button"
                onClick={() => set_query(Object.fromEntries(kFilters.map(([field]) => [field, null])))}
              >
                All rows
              </button>
            )}
          </div>
        </Block>
        <h2 className="hidden-text">Points and groups</h2>
        <div className="columns">
          <Scatter
            title={against === "predicted" ? "Predicted against measured" : "Error against size"}
            name="validation"
            subtitle={
              against === "predicted"
                ? "Seconds of a step; dashed: 10% off"
                : "Error of the step time by number of accelerators; dashed: 10% off"
            }
            square={against === "predicted"}
            height={against === "predicted" ? 380 : 500}
            points={points}
            groups={drawn}
            under={against === "predicted" ? diagonal : flat}
            x={
              against === "predicted"
                ? { label: "Measured (s)", log: true, tick: (v) => compact(v, 2) }
                : { label: "Accelerators", log: true, tick: (v) => compact(v, 2) }
            }
            y={
              against === "predicted"
                ? { label: "Predicted (s)", log: true, tick: (v) => compact(v, 2) }
                : { label: "Error", tick: (v) => `${Math.round(v * 100)}%` }
            }
            selected={chosen_key}
            select={select}
            grid={() => ({
              columns: ["Row", "Source", "Accelerators", "Measured (s)", "Predicted (s)", "Error (%)"],
              rows: shown.map((row) => [row.id, row.source, row.gpus, row.measured_s, row.predicted_s, row.error_pct]),
            })}
            controls={
              <>
                <Choice
                  label="Plot"
                  value={against}
                  options={[
                    ["predicted", "Times"],
                    ["error", "Error"],
                  ]}
                  choose={set_against}
                />
                <Choice
                  label="Color by"
                  value={by}
                  options={[
                    ["generation", "Generation"],
                    ["source", "Source"],
                    ["level", "Level"],
                  ]}
                  choose={set_by}
                />
              </>
            }
          />
          <div className="stack">
            {chosen ? (
              <Chosen row={chosen} close={() => set_query({ row: null })} />
            ) : (
              <p className="note-line">
                Choose a point or a row to see where its time goes and where it was published.
              </p>
            )}
            <Groups rows={shown} by={by} />
          </div>
        </div>
        <Block>
          <DataTable
            label="Rows"
            title="Rows"
            name="rows"
            columns={columns}
            rows={shown}
            row_key={(row) => row.id}
            selected={chosen_key}
            filter
            limit={30}
          />
        </Block>
      </div>
    </>
  );
}

function Chosen({ row, close }: { row: ValidationRow; close: () => void }) {
  const parts = ordered(row.time, kTimeParts);
  const url = web_address(row.citation);
  return (
    <section className="job-panel" aria-label={`Row ${row.id}`}>
      <div className="job-head">
        <h3>{row.id}</h3>
        <span className="small quiet">
          {[row.model, row.gpus && `${compact(row.gpus)} × ${row.accelerator}`].filter(Boolean).join(" on ")}
        </span>
        <button type="button" className="button" onClick={close}>
          Close
        </button>
      </div>
      <dl className="facts">
        <div>
          <dt>Measured</dt>
          <dd>{duration(row.measured_s)}</dd>
        </div>
        <div>
          <dt>Predicted</dt>
          <dd>{duration(row.predicted_s)}</dd>
        </div>
        <div>
          <dt>80% interval</dt>
          <dd>
            {duration(row.low_s)} to {duration(row.high_s)}
          </dd>
        </div>
        <div>
          <dt>Error</dt>
          <dd>{signed(row.error_pct)}</dd>
        </div>
        <div>
          <dt>Level</dt>
          <dd>{row.level ?? kNone}</dd>
        </div>
        <div>
          <dt>Source</dt>
          <dd>
            {url ? (
              <a href={url} rel="noreferrer">
                {row.source}
              </a>
            ) : (
              row.source
            )}
          </dd>
        </div>
      </dl>
      {row.citation && !url && <p className="small">{row.citation}</p>}
      {parts.length > 0 && (
        <StackedBars
          title="Predicted step"
          name={`step-${row.id}`}
          rows={[{ key: "row", label: row.id, parts }]}
          order={kTimeParts}
          color={time_color}
          value={duration}
          unit="s"
        />
      )}
    </section>
  );
}

function Groups({ rows, by }: { rows: readonly ValidationRow[]; by: Field }) {
  const list = useMemo(
    () =>
      values_of(rows, by).map((value) => ({
        value,
        ...accuracy(rows.filter((row) => String(row[by] ?? "") === value)),
      })),
    [rows, by],
  );
  type Row = (typeof list)[number];
  const columns: Column<Row>[] = [
    { key: "value", label: kFilters.find(([field]) => field === by)![1], plain: (row) => row.value || "not stated" },
    { key: "n", label: "Rows", number: true, plain: (row) => row.n },
    {
      key: "median",
      label: "Median",
      saved_unit: "%",
      number: true,
      plain: (row) => row.median,
      show: (row) => pct(row.median),
    },
    {
      key: "p90",
      label: "9 of 10",
      saved_unit: "%",
      number: true,
      plain: (row) => row.p90,
      show: (row) => pct(row.p90),
    },
    {
      key: "bias",
      label: "Bias",
      saved_unit: "%",
      number: true,
      plain: (row) => row.bias,
      show: (row) => signed(row.bias),
    },
    {
      key: "covered",
      label: "In interval",
      number: true,
      plain: (row) => row.covered,
      show: (row) => percent(row.covered, 2),
    },
  ];
  return (
    <DataTable
      label="Groups"
      title="By group"
      name="groups"
      columns={columns}
      rows={list}
      row_key={(row) => row.value}
      limit={14}
    />
  );
}

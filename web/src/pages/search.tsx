import { useMemo } from "react";
import { post, type FoundPlan, type SearchResult } from "../app/api";
import { useCatalog } from "../app/catalog";
import { OneOf } from "../app/filter";
import { useAnswer } from "../app/load";
import { Block, PageHead, Refusal, Waiting } from "../app/parts";
import { href, useQuery } from "../app/router";
import { Scatter, type Point } from "../charts/scatter";
import { Knob, Pick } from "../components/knob";
import { Stat } from "../components/stat";
import { DataTable, type Column } from "../components/table";
import { kDefaultQuestion, kPrecisions, with_plan, write_question } from "../data/plan";
import { pareto_of, scaling_rows, type ScalingRow } from "../data/search";
import { compact, duration, kNone, percent, quantity, tick } from "../format";
import { useSettled } from "../app/settled";

interface Question {
  model: string;
  system: string;
  gpus: number;
  seq: number;
  global_batch: number;
  precision: string;
  objective: string;
  max_memory_gb: number;
}

function read(query: URLSearchParams): Question {
  const number = (key: string, otherwise: number) => Number(query.get(key)) || otherwise;
  const { model, system, gpus, seq, global_batch, precision } = kDefaultQuestion;
  return {
    model: query.get("model") ?? model,
    system: query.get("system") ?? system,
    gpus: number("gpus", gpus),
    seq: number("seq", seq),
    global_batch: number("global_batch", global_batch),
    precision: query.get("precision") ?? precision,
    objective: query.get("objective") ?? "time",
    max_memory_gb: number("max_memory_gb", 0),
  };
}

const kTop = 200;
const kFixed = [
  ["tp", "Tensor"],
  ["cp", "Context"],
  ["pp", "Pipeline"],
  ["ep", "Expert"],
  ["micro_batch", "Micro-batch"],
  ["zero", "ZeRO"],
  ["recompute", "Recompute"],
] as const;
const kObjectives = [
  ["time", "Least time"],
  ["cost", "Least cost"],
  ["energy", "Least energy"],
] as const;

const step_link = (question: Question, plan: FoundPlan, gpus = question.gpus) =>
  href(["step"], write_question(with_plan({ ...kDefaultQuestion, ...question_of(question), gpus }, plan.plan)));
const question_of = ({ model, system, seq, global_batch, precision }: Question) => ({
  model,
  system,
  seq,
  global_batch,
  precision,
});

export default function SearchPage() {
  const [query, set_query] = useQuery();
  const question = useMemo(() => read(query), [query]);
  const settled = useSettled(question, 250);
  const key = JSON.stringify(settled);
  const catalog = useCatalog();
  const body = useMemo(() => {
    const { max_memory_gb, ...rest } = settled;
    return { ...rest, ...(max_memory_gb > 0 ? { max_memory_gb } : {}) };
  }, [settled]);
  const { data, error, pending, again, stop } = useAnswer(
    key,
    (signal) => post("POST /api/search", { ...body, top: kTop }, signal),
    true,
  );
  const searching = pending || (!data && !error);
  const set = (part: Partial<Question>) => set_query(part);
  return (
    <>
      <PageHead title="Search" lead="Every legal parallel plan for one training step, the best first.">
        <button type="button" className="button" disabled={!searching} onClick={stop}>
          Stop searching
        </button>
      </PageHead>
      <div className="wrap">
        <Block>
          <div className="knobs search-knobs" role="group" aria-label="Question">
            <Pick label="Model" value={question.model} set={(model) => set({ model })} options={catalog.of("model")} />
            <Pick
              label="System"
              value={question.system}
              set={(system) => set({ system })}
              options={catalog.of("system")}
            />
            <Knob label="Accelerators" value={question.gpus} set={(gpus) => set({ gpus })} />
            <Knob
              label="Global batch"
              note="sequences"
              value={question.global_batch}
              set={(global_batch) => set({ global_batch })}
            />
            <Knob label="Sequence" note="tokens" value={question.seq} set={(seq) => set({ seq })} />
            <Pick
              label="Precision"
              value={question.precision}
              set={(precision) => set({ precision })}
              options={kPrecisions}
            />
            <Pick
              label="Best is"
              value={question.objective}
              set={(objective) => set({ objective })}
              options={kObjectives}
            />
            <Knob
              label="Memory at most"
              note="GB, 0: all"
              least={0}
              value={question.max_memory_gb}
              set={(max_memory_gb) => set({ max_memory_gb })}
              step={(v, up) => Math.max(0, v + (up ? 4 : -4))}
            />
          </div>
        </Block>
        {error && <Refusal error={error} again={again} />}
        {data ? (
          <div className={error || pending ? "stale" : undefined} aria-busy={pending}>
            <Results question={settled} result={data} body={body} settled={!pending && !error} />
          </div>
        ) : (
          !error && <Waiting what="Searching" />
        )}
      </div>
    </>
  );
}

function Results({
  question,
  result,
  body,
  settled,
}: {
  question: Question;
  result: SearchResult;
  body: Record<string, unknown>;
  settled: boolean;
}) {
  const [query, set_query] = useQuery();
  const best = result.best?.[0];
  const front = useMemo(() => new Set(pareto_of(result).map((row) => row.plan.text)), [result]);
  const filters = kFixed.map(([key]) => query.get(`only_${key}`) ?? "").join("\n");
  const all = useMemo(() => {
    const seen = new Set<string>();
    return [...(result.best ?? []), ...(result.pareto ?? [])].filter(
      (row) => !seen.has(row.plan.text) && seen.add(row.plan.text),
    );
  }, [result]);
  const rows = useMemo(() => {
    const wanted = filters.split("\n");
    return all.filter((row) => kFixed.every(([key], i) => !wanted[i] || String(row.plan[key]) === wanted[i]));
  }, [all, filters]);
  const points = useMemo(
    (): Point[] =>
      rows.map((row) => ({
        key: row.plan.text,
        x: row.memory_gb,
        y: row.step_time_s,
        group: front.has(row.plan.text) ? "front" : "other",
        title: `${row.plan.text}\n${duration(row.step_time_s)}, ${quantity(row.memory_gb, "GB")}\nMFU ${percent(row.mfu)}`,
      })),
    [rows, front],
  );
  const chosen = query.get("plan") ?? "";
  const values = (key: (typeof kFixed)[number][0]) =>
    [...new Set(all.map((row) => row.plan[key]))]
      .filter((value) => value !== undefined)
      .sort((a, b) =>
        typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)),
      ) as (string | number)[];
  const columns: Column<FoundPlan>[] = [
    {
      key: "plan",
      label: "Plan",
      plain: (row) => row.plan.text,
      show: (row) => (
        <a className="nowrap" href={step_link(question, row)}>
          {row.plan.text}
        </a>
      ),
    },
    {
      key: "time",
      label: "Step",
      saved_unit: "s",
      number: true,
      plain: (row) => row.step_time_s,
      show: (row) => duration(row.step_time_s),
    },
    {
      key: "over",
      label: "Over the best",
      saved_unit: "share",
      number: true,
      plain: (row) => row.step_time_s / best!.step_time_s - 1,
      show: (row) => (row === best ? kNone : `+${percent(row.step_time_s / best!.step_time_s - 1, 2)}`),
    },
    { key: "mfu", label: "MFU", number: true, plain: (row) => row.mfu, show: (row) => percent(row.mfu) },
    {
      key: "memory",
      label: "Memory",
      saved_unit: "GB",
      number: true,
      plain: (row) => row.memory_gb,
      show: (row) => quantity(row.memory_gb, "GB"),
    },
    {
      key: "front",
      label: "Front",
      plain: (row) => (front.has(row.plan.text) ? "yes" : ""),
      show: (row) => (front.has(row.plan.text) ? "on it" : ""),
    },
  ];
  if (!best)
    return (
      <p className="note-line">
        {result.reason
          ? `${result.reason.charAt(0).toUpperCase()}${result.reason.slice(1)}.`
          : `No plan fits: ${compact(result.legal)} legal plans, and all need more memory than there is.`}
        {result.hint && ` Try ${result.hint}.`}
      </p>
    );
  return (
    <>
      <Block>
        <dl className="headline">
          <Stat
            label="Best step"
            figure={duration(best.step_time_s)}
            note={<a href={step_link(question, best)}>{best.plan.text}</a>}
          />
          <Stat label="MFU" figure={percent(best.mfu)} />
          <Stat label="Memory" figure={quantity(best.memory_gb, "GB")} />
          <Stat
            label="Plans evaluated"
            figure={compact(result.evaluated)}
            note={`of ${compact(result.legal)} legal ones; ${compact(result.fit)} fit in memory`}
          />
        </dl>
      </Block>
      <h2 className="hidden-text">Charts</h2>
      <div className="columns">
        <Scatter
          title="Time against memory"
          subtitle={`The ${points.length} best plans; the front is what nothing beats in both`}
          name="plans"
          points={points}
          selected={chosen}
          select={(plan) => set_query({ plan: plan === chosen ? null : plan })}
          groups={[
            { key: "front", label: "Pareto front", color: 1, symbol: "diamond", line: true },
            { key: "other", label: "Other plans", color: 0 },
          ]}
          x={{ label: "Memory (GB)", tick: (v) => tick(v) }}
          y={{ label: "Step time (s)", log: true, tick: (v) => tick(v) }}
          height={340}
          grid={() => ({
            columns: ["Plan", "Step (s)", "Memory (GB)", "MFU", "Front"],
            rows: rows.map((row) => [
              row.plan.text,
              row.step_time_s,
              row.memory_gb,
              row.mfu,
              front.has(row.plan.text) ? "yes" : "no",
            ]),
          })}
          note={
            chosen && rows.some((row) => row.plan.text === chosen) ? (
              <>
                Chosen: <a href={step_link(question, rows.find((row) => row.plan.text === chosen)!)}>{chosen}</a>
              </>
            ) : (
              "Press a point to name its plan."
            )
          }
        />
        <Scaling question={question} body={body} ready={settled} />
      </div>
      <Block>
        <div className="filters" role="group" aria-label="Filters">
          {kFixed.map(([key, label]) => (
            <OneOf
              key={key}
              label={label}
              value={query.get(`only_${key}`) ?? ""}
              values={values(key)}
              choose={(value) => set_query({ [`only_${key}`]: value })}
            />
          ))}
        </div>
        <DataTable
          label="Plans"
          name="plan-table"
          columns={columns}
          rows={rows}
          row_key={(row) => row.plan.text}
          selected={chosen}
          limit={25}
        />
      </Block>
    </>
  );
}

/** The best plan at each doubling of the accelerators, batch unchanged, against a straight line. */
function Scaling({ question, body, ready }: { question: Question; body: Record<string, unknown>; ready: boolean }) {
  const range = [Math.max(1, Math.round(question.gpus / 16)), question.gpus * 4];
  const asked = useMemo(() => {
    const { gpus: _, ...rest } = body;
    return { ...rest, gpus_range: range, top: 1 };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [body, range[0], range[1]]);
  const { data, error, again, stop } = useAnswer(
    ready ? `scaling ${JSON.stringify(asked)}` : null,
    (signal) => post("POST /api/search", asked, signal),
    true,
  );
  const rows = useMemo(() => scaling_rows(data?.scaling ?? [], question.seq * question.global_batch), [data, question]);
  if (error)
    return (
      <div className="chart-place">
        <Refusal error={error} again={again} />
      </div>
    );
  if (!data)
    return (
      <div className="chart-place">
        <p className="note-line">
          Searching at {compact(range[0])} to {compact(range[1])} accelerators …{" "}
          <button type="button" className="button" onClick={stop}>
            Stop
          </button>
        </p>
      </div>
    );
  const title = (row: ScalingRow) =>
    `${compact(row.gpus)} accelerators\n${row.plan?.plan.text ?? ""}\n${duration(row.plan?.step_time_s)}, ${percent(row.efficiency)} of linear`;
  const fits = rows.filter((row) => row.plan);
  const points: Point[] = fits.flatMap((row) => [
    { key: `${row.gpus}`, x: row.gpus, y: row.tokens_per_s!, group: "best", title: title(row) },
    {
      key: `linear-${row.gpus}`,
      x: row.gpus,
      y: row.tokens_per_s! / row.efficiency!,
      group: "linear",
      title: `${compact(row.gpus)} accelerators, linear`,
    },
  ]);
  if (!fits.length)
    return (
      <p className="note-line">
        No plan fits at {compact(range[0])} to {compact(range[1])} accelerators.
      </p>
    );
  return (
    <Scatter
      title="Strong scaling"
      subtitle="Tokens a second of the best plan, batch unchanged, against a straight line from the smallest"
      name="strong-scaling"
      points={points}
      height={340}
      groups={[
        { key: "best", label: "Best plan", color: 0, line: true },
        { key: "linear", label: "Linear", color: "muted", line: true, symbol: "plus" },
      ]}
      x={{ label: "Accelerators", log: true, tick: (v) => compact(v, 2) }}
      y={{ label: "Tokens a second", log: true, tick: (v) => compact(v, 2) }}
      grid={() => ({
        columns: ["Accelerators", "Plan", "Step (s)", "Tokens a second", "Share of linear", "Why none"],
        rows: rows.map((row) => [
          row.gpus,
          row.plan?.plan.text,
          row.plan?.step_time_s,
          row.tokens_per_s,
          row.efficiency,
          row.reason,
        ]),
      })}
      note={`At ${compact(fits.at(-1)!.gpus)}: ${percent(fits.at(-1)!.efficiency)} of linear.`}
    />
  );
}

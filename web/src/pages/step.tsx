import { useCallback, useDeferredValue, useMemo, useState, type DragEvent, type ReactNode } from "react";
import { post, post_for_blob, type Neighbour, type SearchResult, type StepResult } from "../app/api";
import { useCatalog } from "../app/catalog";
import { useAnswer } from "../app/load";
import { PageHead, Refusal, Waiting } from "../app/parts";
import { open_in_perfetto } from "../app/perfetto";
import { href, useQuery } from "../app/router";
import { StackedBars, type BarRow } from "../charts/stacked_bar";
import { download } from "../charts/save";
import { FitsChip } from "../components/small";
import { Knob, Pick } from "../components/knob";
import { Stat } from "../components/stat";
import { DataTable, type Column } from "../components/table";
import { check_config, data_parallel, kFlags, kPrecisions, kRecompute, kSchedules, nudge, read_question, step_body, with_flag, with_plan, write_question, type StepQuestion } from "../data/plan";
import { kMemoryParts, kTimeParts, memory_color, ordered, time_color } from "../data/step_parts";
import { compact, duration, kNone, percent, quantity, usd } from "../format";

const ask_step = (question: StepQuestion) => (signal: AbortSignal) => post<StepResult>("/step", step_body(question), signal);
const key_of = (question: StepQuestion) => JSON.stringify(question);
const gigabytes = (value: number) => quantity(value, "GB");

/** The pinned question travels in the address as a query of its own. */
function read_pin(query: URLSearchParams): StepQuestion | null {
  const pin = query.get("pin");
  return pin === null ? null : read_question(new URLSearchParams(pin));
}

function write_pin(question: StepQuestion): string {
  return new URLSearchParams(Object.entries(write_question(question)).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString() || "default";
}

export default function StepPage() {
  const [query, set_query] = useQuery();
  const question = useMemo(() => read_question(query), [query]);
  const pinned = useMemo(() => read_pin(query), [query]);
  const change = useCallback((part: Partial<StepQuestion>) => set_query(write_question({ ...question, ...part })), [question, set_query]);
  const answer = useAnswer(key_of(question), ask_step(question));
  const pin = useAnswer(pinned && key_of(pinned), ask_step(pinned ?? question));
  const result = answer.data;
  return (
    <>
      <PageHead title="Step" lead="One training step from its plan. Arrow keys in a field double and halve.">
        <button type="button" className="button" aria-pressed={!!pinned} onClick={() => set_query({ pin: pinned ? null : write_pin(question) })}>{pinned ? "Unpin" : "Pin to compare"}</button>
        {pinned && <button type="button" className="button" onClick={() => set_query(write_question(pinned))}>Back to pinned</button>}
      </PageHead>
      <div className="wrap bench">
        <Knobs question={question} change={change} />
        {result && <Strip result={result} refused={!!answer.error} />}
        <div className="bench-main">
          {answer.error && <Refusal error={answer.error} />}
          {result ? (
            <div className={`bench-main${answer.error ? " stale" : ""}`} aria-busy={answer.pending}>
              <Figures result={result} pinned={pinned ? pin.data : undefined} />
              <Bars result={result} pinned={pinned ? pin.data : undefined} />
            </div>
          ) : !answer.error && <Waiting />}
          {!answer.error && result && <Neighbours question={question} now={result} change={change}><TakeAway question={question} /></Neighbours>}
        </div>
      </div>
    </>
  );
}

function Knobs({ question, change }: { question: StepQuestion; change: (part: Partial<StepQuestion>) => void }) {
  const catalog = useCatalog();
  const dp = data_parallel(question);
  const [searching, set_searching] = useState(false);
  const [found, set_found] = useState("");
  const knob = (key: "tp" | "cp" | "pp" | "vpp" | "ep" | "etp" | "micro_batch" | "gpus" | "seq" | "global_batch", label: string, note?: string) => (
    <Knob label={label} note={note} value={question[key]} set={(value) => change({ [key]: value })} />
  );
  const best = async () => {
    set_searching(true);
    set_found("");
    try {
      const { config, model, system, gpus, seq, global_batch, precision, software } = question;
      const answer = await post<SearchResult>("/search", { ...(config ? { config_json: JSON.parse(config) as unknown } : { model }), system, gpus, seq, global_batch, precision, ...(software ? { software } : {}), objective: "time", top: 1 });
      const plan = answer.best[0];
      if (plan) change(with_plan(question, plan.plan));
      set_found(plan ? `Best of ${compact(answer.evaluated)} plans.` : "No plan fits.");
    } catch (error) {
      set_found((error as Error).message);
    } finally {
      set_searching(false);
    }
  };
  return (
    <div className="bench-side" role="group" aria-label="Question">
      <div className="knobs">
        <div className="whole"><ModelPick question={question} change={change} models={catalog.of("model")} /></div>
        <div className="whole"><Pick label="System" value={question.system} set={(system) => change({ system })} options={catalog.of("system")} /></div>
        {knob("gpus", "Accelerators")}
        {knob("global_batch", "Global batch", "sequences")}
        {knob("seq", "Sequence", "tokens")}
        <Pick label="Precision" value={question.precision} set={(precision) => change({ precision })} options={kPrecisions} />
      </div>
      <div>
        <h2>Plan</h2>
        <div className="knobs">
          {knob("tp", "Tensor")}
          {knob("cp", "Context")}
          {knob("pp", "Pipeline")}
          {knob("vpp", "Virtual stages")}
          {knob("ep", "Expert")}
          {knob("etp", "Expert tensor")}
          {knob("micro_batch", "Micro-batch")}
          <div className="knob"><span className="knob-name">Data parallel</span><output className="derived">{Number.isNaN(dp) ? "does not divide" : compact(dp)}</output></div>
          <Knob label="ZeRO" value={question.zero} least={0} most={3} step={(v, up) => v + (up ? 1 : -1)} set={(zero) => change({ zero })} />
          <Knob label="Shard group" note="0: all" value={question.shard_group} least={0} step={(v, up) => (v <= 1 && !up ? 0 : nudge(v, up, 0))} set={(shard_group) => change({ shard_group })} />
          <Pick label="Schedule" value={question.schedule} set={(schedule) => change({ schedule })} options={kSchedules} />
          <Pick label="Recompute" value={question.recompute} set={(recompute) => change({ recompute })} options={kRecompute} />
        </div>
        <details className="flags" open={question.flags !== "" || question.software !== "" || undefined}>
          <summary>More</summary>
          {kFlags.map(([key, label]) => <label key={key}><input type="checkbox" checked={question.flags.split(",").includes(key)} onChange={(event) => change({ flags: with_flag(question.flags, key, event.target.checked) })} /> {label}</label>)}
          {question.software && <label><input type="checkbox" checked onChange={() => change({ software: "" })} /> Software {question.software}</label>}
        </details>
      </div>
      <div className="bench-actions">
        <button type="button" className="button strong" disabled={searching} onClick={() => void best()}>{searching ? "Searching …" : "Best plan"}</button>
        <a className="button" href={href(["search"], { model: question.config ? undefined : question.model, system: question.system, gpus: question.gpus, seq: question.seq, global_batch: question.global_batch, precision: question.precision })}>All plans</a>
        <span className="small quiet" role="status">{found}</span>
      </div>
    </div>
  );
}

/** A model of the catalogue, or the config.json of any other, dropped or chosen. */
function ModelPick({ question, change, models }: { question: StepQuestion; change: (part: Partial<StepQuestion>) => void; models: [string, string][] }) {
  const [over, set_over] = useState(false);
  const [problem, set_problem] = useState("");
  const read = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > 200_000) return set_problem("That file is too large for a config.json.");
    const text = await file.text();
    const checked = check_config(text);
    set_problem(checked.ok ? "" : checked.reason);
    if (checked.ok) change({ config: JSON.stringify(JSON.parse(text)) });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    set_over(false);
    void read(event.dataTransfer.files[0]);
  };
  const config = question.config === undefined ? null : check_config(question.config);
  return (
    <div className={`model-pick${over ? " drop over" : ""}`} onDragOver={(event) => {
      event.preventDefault();
      set_over(true);
    }} onDragLeave={() => set_over(false)} onDrop={drop}>
      {config ? (
        <div className="knob">
          <span className="knob-name">Model</span>
          <div className="drop"><strong>{config.ok ? config.name : "config.json"}</strong> <button type="button" className="link-button" onClick={() => change({ config: undefined })}>use the catalogue</button></div>
        </div>
      ) : <Pick label="Model" value={question.model} set={(model) => change({ model })} options={models} />}
      <label className="file-line"><span>or drop a <code>config.json</code>, or </span><input type="file" accept=".json,application/json" aria-label="Choose a config.json" onChange={(event) => void read(event.target.files?.[0])} /><span className="link-button" aria-hidden="true">choose one</span></label>
      {problem && <p className="small" role="alert">{problem}</p>}
    </div>
  );
}

/** By how much a figure differs from the pinned one; `less_is_better` decides the colour, the sign says it too. */
function Delta({ now, then, less_is_better }: { now: number | undefined; then: number | undefined; less_is_better?: boolean }) {
  if (now === undefined || then === undefined || !then) return null;
  const by = now / then - 1;
  const same = Math.abs(by) < 5e-4;
  return <span className={`delta${same ? "" : by < 0 === !!less_is_better ? " better" : " worse"}`}>{same ? "as pinned" : `${by > 0 ? "+" : "−"}${percent(Math.abs(by), 2)} to pinned`}</span>;
}

/** On a narrow screen, where the answer stands below the knobs: its gist, always in sight. */
function Strip({ result, refused }: { result: StepResult; refused: boolean }) {
  return (
    <div className="strip" aria-hidden="true">
      {refused ? <span>Not a legal plan</span> : <><b>{duration(result.step_time_s)}</b><span>MFU {percent(result.mfu)}</span><span><FitsChip fits={result.memory.fits} /> {gigabytes(result.memory.peak_gb)}</span></>}
    </div>
  );
}

function Figures({ result, pinned }: { result: StepResult; pinned?: StepResult }) {
  const { memory, interval } = result;
  const note = (text: string, delta: React.ReactNode) => <>{pinned && <>{delta}<br /></>}{text}</>;
  return (
    <dl className="headline">
      <Stat label="Step time" figure={duration(result.step_time_s)} note={note(`${duration(interval.low)} to ${duration(interval.high)}`, <Delta now={result.step_time_s} then={pinned?.step_time_s} less_is_better />)} />
      <Stat label="MFU" figure={percent(result.mfu)} note={note(`HFU ${percent(result.hfu)}`, <Delta now={result.mfu} then={pinned?.mfu} />)} />
      <Stat label="Tokens a second" figure={compact((result.tokens_per_s_per_gpu ?? NaN) * result.gpus)} note={note(`${compact(result.tokens_per_s_per_gpu)} an accelerator`, <Delta now={(result.tokens_per_s_per_gpu ?? NaN) * result.gpus} then={pinned && (pinned.tokens_per_s_per_gpu ?? NaN) * pinned.gpus} />)} />
      <Stat label="A trillion tokens" figure={usd(result.cost_usd_per_trillion_tokens)} note={note(result.tokens_per_s_per_gpu ? `${duration(1e12 / result.tokens_per_s_per_gpu / result.gpus)} without interruptions` : "", <Delta now={result.cost_usd_per_trillion_tokens} then={pinned?.cost_usd_per_trillion_tokens} less_is_better />)} />
      <Stat label="Memory at its peak" figure={gigabytes(memory.peak_gb)} note={<>{pinned && <><Delta now={memory.peak_gb} then={pinned.memory.peak_gb} less_is_better /><br /></>}<FitsChip fits={memory.fits} /> of {gigabytes(memory.limit_gb)}</>} />
    </dl>
  );
}

function Bars({ result, pinned }: { result: StepResult; pinned?: StepResult }) {
  const times = ordered(result.time, kTimeParts);
  const memory = ordered(result.memory.by, kMemoryParts);
  const ghost = (row: Omit<BarRow, "ghost" | "label" | "key">): BarRow => ({ ...row, key: "pinned", label: "Pinned", ghost: true });
  return (
    <>
      <StackedBars title="Where the step goes" subtitle={`${duration(result.step_time_s)}; the bracket is the 80% interval`} name="step-time" order={kTimeParts} color={time_color} value={duration} unit="s"
        rows={[{ key: "now", label: "This plan", parts: times, ...result.interval }, ...(pinned ? [ghost({ parts: ordered(pinned.time, kTimeParts) })] : [])]} />
      <StackedBars title="Memory of the fullest accelerator" subtitle={`${gigabytes(result.memory.peak_gb)} of ${gigabytes(result.memory.limit_gb)}`} name="step-memory" order={kMemoryParts} color={memory_color} value={gigabytes} unit="GB"
        limit={{ value: result.memory.limit_gb, label: "Limit" }}
        rows={[{ key: "now", label: "This plan", parts: memory }, ...(pinned ? [ghost({ parts: ordered(pinned.memory.by, kMemoryParts) })] : [])]} />
    </>
  );
}

/** The plans one change away, and below them what comes after: nothing that a late answer would push down. */
function Neighbours({ question, now, change, children }: { question: StepQuestion; now: StepResult; change: (part: Partial<StepQuestion>) => void; children: ReactNode }) {
  const settled = useDeferredValue(question);
  const { data, error } = useAnswer(key_of(settled), (signal) => post<{ neighbours: Neighbour[] }>("/step/neighbours", step_body(settled), signal));
  const by = (row: Neighbour) => (row.step_time_s == null ? undefined : row.step_time_s / now.step_time_s - 1);
  const columns: Column<Neighbour>[] = [
    { key: "change", label: "Change", plain: (row) => row.change, show: (row) => (row.plan ? <button type="button" className="link-button" onClick={() => change(with_plan(question, row.plan!))}>{row.change}</button> : row.change) },
    { key: "time", label: "Step", number: true, plain: (row) => row.step_time_s ?? undefined, show: (row) => duration(row.step_time_s) },
    {
      key: "by", label: "Against this plan", number: true, plain: by, show: (row) => {
        const part = by(row);
        return part === undefined ? kNone : <span className={`delta${Math.abs(part) < 5e-4 ? "" : part < 0 ? " better" : " worse"}`}>{Math.abs(part) < 5e-4 ? "same" : `${part > 0 ? "+" : "−"}${percent(Math.abs(part), 2)}`}</span>;
      },
    },
    { key: "memory", label: "Memory", number: true, plain: (row) => row.memory_gb, show: (row) => quantity(row.memory_gb, "GB") },
    { key: "fits", label: "Fits", plain: (row) => (row.fits === undefined ? row.why_not : row.fits ? "yes" : "no"), show: (row) => (row.why_not ? <span className="quiet">{row.why_not}</span> : row.fits === undefined ? kNone : <FitsChip fits={row.fits} />) },
    { key: "terms", label: "What grows", plain: (row) => row.slower_by, show: (row) => (row.slower_by ? <span className="quiet">{row.slower_by}</span> : kNone) },
  ];
  if (error) return <><Refusal error={error} />{children}</>;
  if (!data) return null;
  const rows = [...data.neighbours].sort((a, b) => Number(b.fits ?? false) - Number(a.fits ?? false) || (a.step_time_s ?? Infinity) - (b.step_time_s ?? Infinity));
  return (
    <>
      {rows.length > 0 && <DataTable label="Neighbours" title="One knob away" name="neighbours" columns={columns} rows={rows} row_key={(row) => row.change} limit={12} />}
      {children}
    </>
  );
}

const kForms: [key: string, label: string][] = [["gigawatt", "Command line"], ["megatron", "Megatron-LM"], ["torchtitan", "torchtitan"], ["nemo", "NeMo"]];

/** The plan for use elsewhere: as arguments of other programs, or as a timeline. */
function TakeAway({ question }: { question: StepQuestion }) {
  const { data } = useAnswer(key_of(question), (signal) => post<Record<string, string>>("/step/command", step_body(question), signal));
  const [form, set_form] = useState("gigawatt");
  const [said, set_said] = useState("");
  const forms = kForms.filter(([key]) => data?.[key]);
  const shown = forms.some(([key]) => key === form) ? form : forms[0]?.[0];
  const trace = () => post_for_blob("/step/trace", step_body(question));
  const act = (what: () => Promise<string>) => void what().then(set_said, (error: Error) => set_said(error.message));
  const copy = async () => {
    await navigator.clipboard.writeText(data![shown!]!);
    return "Copied.";
  };
  return (
    <div>
      <div className="table-tools"><h3>Take it along</h3></div>
      <div className="bench-actions take">
        <button type="button" className="button" onClick={() => act(async () => {
          download("step-trace.json", await trace());
          return "Saved as step-trace.json.";
        })}>Save the timeline</button>
        <button type="button" className="button" onClick={() => act(async () => open_in_perfetto(trace(), "Gigawatt step"))}>Open in Perfetto</button>
        <span className="small quiet" role="status">{said || "Perfetto opens at ui.perfetto.dev; the timeline does not leave this browser."}</span>
      </div>
      {shown && (
        <div className="copybox">
          <div className="copybox-head">
            {forms.length > 1 && <div className="choice" role="group" aria-label="Written for">{forms.map(([key, label]) => <button type="button" key={key} aria-pressed={key === shown} onClick={() => set_form(key)}>{label}</button>)}</div>}
            {forms.length === 1 && <span className="small">{forms[0]![1]}</span>}
            <button type="button" className="button" onClick={() => act(copy)}>Copy</button>
          </div>
          <pre tabIndex={0}>{data![shown]}</pre>
        </div>
      )}
    </div>
  );
}

import { useEffect, useRef, useState, type DragEvent } from "react";
import { post } from "../app/api";
import { useCatalog } from "../app/catalog";
import { href } from "../app/router";
import { Knob, Pick } from "../components/knob";
import {
  check_config,
  data_parallel,
  kFlags,
  kPrecisions,
  kRecompute,
  kSchedules,
  nudge,
  step_key,
  with_flag,
  with_plan,
  type StepQuestion,
} from "../data/plan";
import { compact } from "../format";

/** The question: what is trained, on what, by which plan. */
export function Knobs({ question, change }: { question: StepQuestion; change: (part: Partial<StepQuestion>) => void }) {
  const catalog = useCatalog();
  const dp = data_parallel(question);
  const [searching, set_searching] = useState(false);
  const [found, set_found] = useState("");
  const running = useRef<AbortController | null>(null);
  const knob = (
    key: "tp" | "cp" | "pp" | "vpp" | "ep" | "etp" | "micro_batch" | "gpus" | "seq" | "global_batch",
    label: string,
    note?: string,
  ) => <Knob label={label} note={note} value={question[key]} set={(value) => change({ [key]: value })} />;
  const best = async () => {
    const abort = new AbortController();
    running.current = abort;
    set_searching(true);
    set_found("");
    try {
      const { config, model, system, gpus, seq, global_batch, precision, software } = question;
      const answer = await post(
        "POST /api/search",
        {
          ...(config ? { config_json: JSON.parse(config) as unknown } : { model }),
          system,
          gpus,
          seq,
          global_batch,
          precision,
          ...(software ? { software } : {}),
          objective: "time",
          top: 1,
        },
        abort.signal,
      );
      const plan = answer.best?.[0];
      if (plan) change(with_plan(question, plan.plan));
      set_found(plan ? `Best of ${compact(answer.evaluated)} plans.` : "No plan fits.");
    } catch (error) {
      set_found(abort.signal.aborted ? "Stopped." : (error as Error).message);
    } finally {
      set_searching(false);
    }
  };
  // Another question makes the plan being looked for worthless.
  const asked = step_key(question);
  useEffect(() => () => running.current?.abort(), [asked]);
  return (
    <div className="bench-side" role="group" aria-label="Question">
      <div className="knobs">
        <div className="whole">
          <ModelPick question={question} change={change} models={catalog.of("model")} />
        </div>
        <div className="whole">
          <Pick
            label="System"
            value={question.system}
            set={(system) => change({ system })}
            options={catalog.of("system")}
          />
        </div>
        {knob("gpus", "Accelerators")}
        {knob("global_batch", "Global batch", "sequences")}
        {knob("seq", "Sequence", "tokens")}
        <Pick
          label="Precision"
          value={question.precision}
          set={(precision) => change({ precision })}
          options={kPrecisions}
        />
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
          <div className="knob">
            <span className="knob-name">Data parallel</span>
            <output className="derived">{Number.isNaN(dp) ? "does not divide" : compact(dp)}</output>
          </div>
          <Knob
            label="ZeRO"
            value={question.zero}
            least={0}
            most={3}
            step={(v, up) => v + (up ? 1 : -1)}
            set={(zero) => change({ zero })}
          />
          <Knob
            label="Shard group"
            note="0: all"
            value={question.shard_group}
            least={0}
            step={(v, up) => (v <= 1 && !up ? 0 : nudge(v, up, 0))}
            set={(shard_group) => change({ shard_group })}
          />
          <Pick
            label="Schedule"
            value={question.schedule}
            set={(schedule) => change({ schedule })}
            options={kSchedules}
          />
          <Pick
            label="Recompute"
            value={question.recompute}
            set={(recompute) => change({ recompute })}
            options={kRecompute}
          />
        </div>
        <details className="flags" open={question.flags !== "" || question.software !== "" || undefined}>
          <summary>More</summary>
          {kFlags.map(([key, label]) => (
            <label key={key}>
              <input
                type="checkbox"
                checked={question.flags.split(",").includes(key)}
                onChange={(event) => change({ flags: with_flag(question.flags, key, event.target.checked) })}
              />{" "}
              {label}
            </label>
          ))}
          {question.software && (
            <label>
              <input type="checkbox" checked onChange={() => change({ software: "" })} /> Software {question.software}
            </label>
          )}
        </details>
      </div>
      <div className="bench-actions">
        <button
          type="button"
          className="button strong"
          onClick={() => (searching ? running.current?.abort() : void best())}
        >
          {searching ? "Stop searching" : "Best plan"}
        </button>
        <a
          className="button"
          href={href(["search"], {
            model: question.config ? undefined : question.model,
            system: question.system,
            gpus: question.gpus,
            seq: question.seq,
            global_batch: question.global_batch,
            precision: question.precision,
          })}
        >
          All plans
        </a>
        <span className="small quiet" role="status">
          {found}
        </span>
      </div>
    </div>
  );
}

/** A model of the catalogue, or the config.json of any other, dropped or chosen. */
function ModelPick({
  question,
  change,
  models,
}: {
  question: StepQuestion;
  change: (part: Partial<StepQuestion>) => void;
  models: [string, string][];
}) {
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
    <div
      className={`model-pick${over ? " drop over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        set_over(true);
      }}
      onDragLeave={() => set_over(false)}
      onDrop={drop}
    >
      {config ? (
        <div className="knob">
          <span className="knob-name">Model</span>
          <div className="drop">
            <strong>{config.ok ? config.name : "config.json"}</strong>{" "}
            <button type="button" className="link-button" onClick={() => change({ config: undefined })}>
              use the catalogue
            </button>
          </div>
        </div>
      ) : (
        <Pick label="Model" value={question.model} set={(model) => change({ model })} options={models} />
      )}
      <label className="file-line">
        <span>
          or drop a <code>config.json</code>, or{" "}
        </span>
        <input
          type="file"
          accept=".json,application/json"
          aria-label="Choose a config.json"
          onChange={(event) => void read(event.target.files?.[0])}
        />
        <span className="link-button" aria-hidden="true">
          choose one
        </span>
      </label>
      {problem && (
        <p className="small" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

import { useDeferredValue, useState, type ReactNode } from "react";
import { post, post_for_blob, type Neighbor, type StepResult } from "../app/api";
import { useAnswer } from "../app/load";
import type { Answer } from "../app/operation";
import { Refusal } from "../app/parts";
import { open_in_perfetto } from "../app/perfetto";
import { download } from "../charts/save";
import { FitsChip } from "../components/small";
import { DataTable, type Column } from "../components/table";
import { useView } from "../components/view_state";
import { step_body, step_key, with_plan, type StepQuestion } from "../data/plan";
import { duration, humanize, kNone, percent, quantity } from "../format";

/** The share that it is slower by stands in a column of its own. */
const grows = (row: Neighbor) =>
  (row.why_not ?? row.slower_by)?.replace(/^\+[\d.]+%: /, "").replace(/\b[a-z]+_[a-z]+\b/g, humanize);

/** The plans one change away, and below them what comes after: nothing that a late answer would push down. */
export function Neighbors({
  question,
  now,
  change,
  children,
}: {
  question: StepQuestion;
  now: StepResult;
  change: (part: Partial<StepQuestion>) => void;
  children: ReactNode;
}) {
  const settled = useDeferredValue(question);
  const { data, error } = useAnswer(step_key(settled), (signal) =>
    post("POST /api/step/neighbors", step_body(settled), signal),
  );
  const by = (row: Neighbor) => (row.step_time_s == null ? undefined : row.step_time_s / now.step_time_s - 1);
  const columns: Column<Neighbor>[] = [
    {
      key: "change",
      label: "Change",
      plain: (row) => row.change,
      show: (row) =>
        row.plan ? (
          <button type="button" className="link-button" onClick={() => change(with_plan(question, row.plan!))}>
            {row.change}
          </button>
        ) : (
          row.change
        ),
    },
    {
      key: "time",
      label: "Step",
      number: true,
      plain: (row) => row.step_time_s ?? undefined,
      show: (row) => duration(row.step_time_s),
    },
    {
      key: "by",
      label: "Against this plan",
      number: true,
      plain: by,
      show: (row) => {
        const part = by(row);
        return part === undefined ? (
          kNone
        ) : (
          <span className={`delta${Math.abs(part) < 5e-4 ? "" : part < 0 ? " better" : " worse"}`}>
            {Math.abs(part) < 5e-4 ? "same" : `${part > 0 ? "+" : "−"}${percent(Math.abs(part), 2)}`}
          </span>
        );
      },
    },
    {
      key: "memory",
      label: "Memory",
      number: true,
      plain: (row) => row.memory_gb,
      show: (row) => quantity(row.memory_gb, "GB"),
    },
    {
      key: "fits",
      label: "Fits",
      plain: (row) => (row.fits === undefined ? undefined : row.fits ? "yes" : "no"),
      show: (row) => (row.fits === undefined ? kNone : <FitsChip fits={row.fits} />),
    },
    {
      key: "terms",
      label: "What grows, or stops it",
      plain: grows,
      show: (row) => <span className="quiet">{grows(row) ?? kNone}</span>,
    },
  ];
  if (error)
    return (
      <>
        <Refusal error={error} />
        {children}
      </>
    );
  if (!data) return null;
  const rows = [...data.neighbors].sort(
    (a, b) =>
      Number(b.fits ?? false) - Number(a.fits ?? false) || (a.step_time_s ?? Infinity) - (b.step_time_s ?? Infinity),
  );
  return (
    <>
      {rows.length > 0 && (
        <DataTable
          label="Neighbors"
          title="One knob away"
          name="neighbors"
          columns={columns}
          rows={rows}
          row_key={(row) => row.change}
          limit={12}
        />
      )}
      {children}
    </>
  );
}

type Form = keyof Answer<"POST /api/step/command">;
const kForms: [key: Form, label: string][] = [
  ["gigawatt", "Command line"],
  ["megatron", "Megatron-LM"],
  ["torchtitan", "torchtitan"],
  ["nemo", "NeMo"],
];

/** The plan for use elsewhere: as arguments of other programs, or as a timeline. */
export function TakeAway({ question }: { question: StepQuestion }) {
  const { data } = useAnswer(step_key(question), (signal) =>
    post("POST /api/step/command", step_body(question), signal),
  );
  const [form, set_form] = useView<Form>("words", "gigawatt");
  const [said, set_said] = useState("");
  const forms = kForms.filter(([key]) => data?.[key]);
  const shown = forms.some(([key]) => key === form) ? form : forms[0]?.[0];
  const trace = () => post_for_blob("POST /api/step/trace", step_body(question));
  const act = (what: () => Promise<string>) => void what().then(set_said, (error: Error) => set_said(error.message));
  const copy = async () => {
    await navigator.clipboard.writeText(data![shown!]!);
    return "Copied.";
  };
  return (
    <div>
      <div className="table-tools">
        <h3>Take it along</h3>
      </div>
      <div className="bench-actions take">
        <button
          type="button"
          className="button"
          onClick={() =>
            act(async () => {
              download("step-trace.json", await trace());
              return "Saved as step-trace.json.";
            })
          }
        >
          Save the timeline
        </button>
        <button
          type="button"
          className="button"
          onClick={() => act(async () => open_in_perfetto(trace(), "Gigawatt step"))}
        >
          Open in Perfetto
        </button>
        <span className="small quiet" role="status">
          {said || "Perfetto opens at ui.perfetto.dev; the timeline does not leave this browser."}
        </span>
      </div>
      {shown && (
        <div className="copybox">
          <div className="copybox-head">
            {forms.length > 1 && (
              <div className="choice" role="group" aria-label="Written for">
                {forms.map(([key, label]) => (
                  <button type="button" key={key} aria-pressed={key === shown} onClick={() => set_form(key)}>
                    {label}
                  </button>
                ))}
              </div>
            )}
            {forms.length === 1 && <span className="small">{forms[0]![1]}</span>}
            <button type="button" className="button" onClick={() => act(copy)}>
              Copy
            </button>
          </div>
          <pre tabIndex={0}>{data![shown]}</pre>
        </div>
      )}
    </div>
  );
}

import { useMemo, useState } from "react";
import { remove } from "../app/api";
import type { RunRow } from "../app/operation";
import { PageHead, Problem, Waiting } from "../app/parts";
import { href } from "../app/router";
import { RunStateChip } from "../app/run_state";
import { RunNote, RunTexts, run_name } from "../app/run_texts";
import { is_open, refresh_runs, useRuns } from "../app/runs";
import { DataTable, type Column } from "../components/table";
import { useView } from "../components/view_state";
import { date, kNone, percent } from "../format";

/** "2026-11-22T01:02:03Z" as "22 Nov 2026 01:02" in the reader's time. */
function when(text: string | undefined): string {
  const time = new Date(text ?? "");
  if (Number.isNaN(time.getTime())) return kNone;
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60000).toISOString();
  return `${date(local.slice(0, 10))} ${local.slice(11, 16)}`;
}

const seconds_taken = (row: RunRow) =>
  row.started && row.finished ? (Date.parse(row.finished) - Date.parse(row.started)) / 1000 : undefined;

export default function RunsPage() {
  const { rows, progress, error } = useRuns();
  const [marked_text, set_marked] = useView("marked", "");
  const marked = useMemo(() => new Set(marked_text.split(",").filter(Boolean)), [marked_text]);
  const [said, set_said] = useState("");
  if (!rows) return error ? <Problem error={error} /> : <Waiting />;
  const mark = (id: string, on: boolean) => {
    const next = new Set(marked);
    if (on) next.add(id);
    else next.delete(id);
    set_marked([...next].join(","));
  };
  const end = (row: RunRow) => {
    if (!is_open(row) && !confirm(`Delete run ${row.id} for good?`)) return;
    void remove("DELETE /api/runs/{id}", { id: row.id }).then(
      () => refresh_runs(),
      (problem: Error) => set_said(problem.message),
    );
  };
  const shown = (row: RunRow) => row.status === "done" || row.status === "interrupted";
  const columns: Column<RunRow>[] = [
    {
      key: "run",
      label: "Run",
      plain: (row) => row.id,
      show: (row) => (
        <>
          {shown(row) ? (
            <a href={href(["runs", String(row.id)])}>
              {row.id} · {run_name(row)}
            </a>
          ) : (
            <span>
              {row.id} · {run_name(row)}
            </span>
          )}
          <RunNote row={row} />
        </>
      ),
    },
    {
      key: "status",
      label: "Status",
      plain: (row) => row.status,
      show: (row) =>
        is_open(row) ? (
          <span className="running">
            <RunStateChip status={row.status} />{" "}
            <progress
              max={1}
              value={progress.get(row.id)?.fraction ?? row.fraction ?? 0}
              aria-label={`Run ${row.id}`}
            />{" "}
            {percent(progress.get(row.id)?.fraction ?? row.fraction ?? 0, 2)}
          </span>
        ) : (
          <>
            <RunStateChip status={row.status} />
            {row.error && <span className="quiet"> {row.error}</span>}
          </>
        ),
    },
    { key: "created", label: "Created", plain: (row) => row.created, show: (row) => when(row.created) },
    {
      key: "took",
      label: "Took",
      saved_unit: "s",
      number: true,
      plain: seconds_taken,
      show: (row) => (seconds_taken(row) === undefined ? kNone : `${seconds_taken(row)!.toFixed(1)} s`),
    },
    { key: "futures", label: "Futures", number: true, plain: (row) => row.futures },
    {
      key: "seed",
      label: "Seed",
      number: true,
      plain: (row) => (row.seed === undefined ? undefined : String(row.seed)),
    },
    {
      key: "hash",
      label: "Hash",
      screen_only: true,
      plain: (row) => row.hash,
      show: (row) => <code>{row.hash?.slice(0, 8)}</code>,
    },
    {
      key: "act",
      label: "Actions",
      screen_only: true,
      plain: (row) => (marked.has(String(row.id)) ? "marked" : " "),
      show: (row) => (
        <span className="row-actions">
          {shown(row) && (
            <label>
              <input
                type="checkbox"
                checked={marked.has(String(row.id))}
                onChange={(event) => mark(String(row.id), event.target.checked)}
              />{" "}
              compare
            </label>
          )}
          <RunTexts row={row} />
          <a href={href(["scenario"], { from: row.id })}>edit</a>
          <button type="button" className="link-button" onClick={() => end(row)}>
            {is_open(row) ? "stop" : "delete"}
            <span className="hidden-text"> run {row.id}</span>
          </button>
        </span>
      ),
    },
  ];
  return (
    <>
      <PageHead title="Runs" lead="Every run that this server keeps, newest first.">
        {marked.size > 1 && (
          <a className="button strong" href={href(["compare"], { runs: [...marked].join(",") })}>
            Compare {marked.size} runs
          </a>
        )}
        <a className="button" href="#/scenario">
          New run
        </a>
      </PageHead>
      <div className="wrap">
        {rows.length ? (
          <DataTable
            label="Runs"
            name="runs"
            columns={columns}
            rows={rows}
            row_key={(row) => String(row.id)}
            filter={rows.length > 12}
          />
        ) : (
          <p>
            No runs yet. <a href="#/scenario">Write a scenario and run it.</a>
          </p>
        )}
        <p className="small" role="status">
          {said}
        </p>
      </div>
    </>
  );
}

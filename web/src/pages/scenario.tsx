import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError, post, remove, type Diagnostic } from "../app/api";
import { useCatalog } from "../app/catalog";
import { useAnswer, useGet } from "../app/load";
import type { Answer } from "../app/operation";
import { PageHead, Problem, Waiting } from "../app/parts";
import { href, useQuery } from "../app/router";
import { is_open, refresh_runs, useRuns } from "../app/runs";
import { useSettled } from "../app/settled";
import { RunStateChip } from "../app/run_state";
import { TextKnob } from "../components/knob";
import { useView } from "../components/view_state";
import { compact, date, percent, plural } from "../format";
import type { EditorHandle } from "../editor/editor";
import kTemplate from "../editor/template.toml?raw";

const kNew = "a new scenario";
const kMine = "mine:";

const TomlEditor = lazy(() => import("../editor/editor"));

type Example = Answer<"GET /api/scenarios">["scenarios"][number];

const draft_key = (source: string) => `gigawatt-draft:${source}`;

function read_draft(source: string): string | null {
  try {
    return localStorage.getItem(draft_key(source));
  } catch {
    return null;
  }
}

function keep_draft(source: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(draft_key(source));
    else localStorage.setItem(draft_key(source), text);
  } catch {
    // No storage: the text lasts as long as the page.
  }
}

/** Scenarios that the reader keeps in this browser, by name. */
const kKept = "gigawatt-scenarios";
function kept_texts(): Record<string, string> {
  try {
    const all: unknown = JSON.parse(localStorage.getItem(kKept) ?? "{}");
    return all && typeof all === "object" ? (all as Record<string, string>) : {};
  } catch {
    return {};
  }
}
function keep_texts(all: Record<string, string>): boolean {
  try {
    localStorage.setItem(kKept, JSON.stringify(all));
    return true;
  } catch {
    return false;
  }
}

/** The name in the text, for a file or to keep it under. */
const name_in = (text: string): string => /^\s*name\s*=\s*"([^"]+)"/m.exec(text)?.[1] ?? "scenario";

export default function ScenarioPage() {
  const [query] = useQuery();
  const from = query.get("from");
  const asked = query.get("example");
  const mine = query.get("mine");
  const examples = useGet("GET /api/scenarios");
  const of_run = useGet("GET /api/runs/{id}/toml", from === null ? null : { id: from });
  if (examples.error) return <Problem error={examples.error} />;
  if (of_run.error) return <Problem title={`The scenario of run ${from} cannot be shown`} error={of_run.error} />;
  if (!examples.data || (from !== null && (!of_run.data || of_run.pending))) return <Waiting />;
  const example = examples.data.scenarios.find((one) => one.name === asked);
  const source = from !== null ? `run ${from}` : mine !== null ? kMine + mine : (example?.name ?? kNew);
  const original =
    from !== null
      ? of_run.data!.toml
      : mine !== null
        ? (kept_texts()[mine] ?? kTemplate)
        : (example?.toml ?? kTemplate);
  return <Editor key={source} source={source} original={original} examples={examples.data.scenarios} />;
}

function Editor({ source, original, examples }: { source: string; original: string; examples: readonly Example[] }) {
  const [query, set_query] = useQuery();
  const [text, set_text] = useState(() => read_draft(source) ?? original);
  const handle = useRef<EditorHandle>(null);
  const schema = useGet("GET /api/scenario/schema");
  const catalog = useCatalog();
  const settled = useSettled(text, 350);
  const checked = useAnswer(settled, (signal) => post("POST /api/scenario/check", { toml: settled }, signal));
  const diagnostics = useMemo(() => checked.data?.diagnostics ?? [], [checked.data]);
  const [refused, set_refused] = useState<readonly Diagnostic[] | null>(null);
  const { rows } = useRuns();

  const change = useCallback(
    (next: string) => {
      set_text(next);
      set_refused(null);
      keep_draft(source, next === original ? null : next);
    },
    [source, original],
  );

  const names = useCallback(
    (key: string): string[] => {
      const kind = {
        model: "model",
        teacher: "model",
        system: "system",
        catalog: "site",
        profile: "failures",
        grid: "grid",
        source: "",
        source_key: "",
      }[key];
      return kind ? catalog.entries.filter((entry) => entry.kind === kind).map((entry) => entry.name) : [];
    },
    [catalog.entries],
  );

  const [name, set_name] = useState("");
  const [kept, set_kept] = useState(kept_texts);
  const mine = source.startsWith(kMine) ? source.slice(kMine.length) : null;
  const keep = () => {
    const wanted = prompt("Keep it in this browser as", mine ?? name_in(text))?.trim();
    if (!wanted) return;
    if (wanted !== mine && kept[wanted] !== undefined && !confirm(`Replace what is kept as ${wanted}?`)) return;
    const all = { ...kept, [wanted]: text };
    if (mine !== null && wanted !== mine && confirm(`Keep the old name ${mine} too? Cancel renames it.`) === false)
      delete all[mine];
    if (!keep_texts(all)) return set_said("this browser keeps nothing");
    set_kept(all);
    keep_draft(source, null);
    location.hash = href(["scenario"], { mine: wanted });
  };
  const forget = () => {
    if (mine === null || !confirm(`Forget ${mine}?`)) return;
    const { [mine]: _, ...rest } = kept;
    keep_texts(rest);
    keep_draft(source, null);
    location.hash = href(["scenario"]);
  };
  const upload = (file: File | undefined) => void file?.text().then(change);
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
    link.download = `${name_in(text)}.toml`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  const [seed, set_seed] = useView("seed", "");
  const [futures, set_futures] = useView("futures", "1");
  const [until, set_until] = useView("until", "");
  const [starting, set_starting] = useState(false);
  const [said, set_said] = useState("");
  const run = useCallback(async () => {
    set_starting(true);
    set_said("");
    try {
      const { id } = await post("POST /api/runs", {
        toml: text,
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(seed ? { seed: Number(seed) } : {}),
        ...(until ? { until } : {}),
        futures: Math.max(1, Number(futures) || 1),
      });
      await refresh_runs();
      set_query({ run: String(id) });
    } catch (error) {
      if (error instanceof ApiError && error.diagnostics.length) set_refused(error.diagnostics);
      else set_said((error as Error).message);
    } finally {
      set_starting(false);
    }
  }, [text, name, seed, until, futures, set_query]);

  const shown = refused ?? diagnostics;
  const wrong = shown.filter((one) => one.severity !== "warning").length;
  const ok = checked.data?.ok && !wrong;
  return (
    <>
      <PageHead
        title="Scenario"
        lead={
          <>
            Every key is completed and explained as you type: <kbd>Ctrl</kbd> <kbd>Space</kbd> lists what may stand
            here, <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs.
          </>
        }
      />
      <pre className="wrap paper-only written">{text}</pre>
      <div className="wrap writer screen-only">
        <div className="writer-text">
          <div className="table-tools">
            <label className="small">
              Start from{" "}
              <select
                className="field"
                value={query.get("from") !== null ? "" : source}
                onChange={({ target: { value } }) =>
                  (location.hash = href(
                    ["scenario"],
                    value === kNew
                      ? {}
                      : value.startsWith(kMine)
                        ? { mine: value.slice(kMine.length) }
                        : { example: value },
                  ))
                }
              >
                {query.get("from") !== null && <option value="">run {query.get("from")}</option>}
                <option value={kNew}>{kNew}</option>
                {Object.keys(kept).map((one) => (
                  <option key={kMine + one} value={kMine + one}>
                    {one} (kept here)
                  </option>
                ))}
                {examples.map((one) => (
                  <option key={one.name} value={one.name}>
                    {one.title ?? one.name}
                  </option>
                ))}
              </select>
            </label>
            <label className="button">
              Open a file
              <input
                type="file"
                accept=".toml,.txt"
                className="hidden-text"
                onChange={(event) => {
                  upload(event.target.files?.[0]);
                  event.target.value = "";
                }}
              />
            </label>
            <button type="button" className="button" onClick={keep}>
              {mine === null ? "Keep" : "Keep or rename"}
            </button>
            {mine !== null && (
              <button type="button" className="button" onClick={forget}>
                Forget
              </button>
            )}
            <button type="button" className="button" onClick={download}>
              Save as file
            </button>
            {text !== original && <span className="small quiet">changed, kept in this browser</span>}
            {text !== original && (
              <button type="button" className="button" onClick={() => change(original)}>
                Undo all changes
              </button>
            )}
          </div>
          <Suspense
            fallback={
              <div className="editor">
                <Waiting what="Opening the editor" />
              </div>
            }
          >
            <TomlEditor
              text={text}
              change={change}
              schema={schema.data}
              names={names}
              diagnostics={shown}
              handle={handle}
              run={() => void run()}
            />
          </Suspense>
        </div>
        <div className="writer-side">
          <section aria-label="Check">
            <h2>
              {checked.error && !refused
                ? "Not checked"
                : wrong
                  ? plural(wrong, "mistake")
                  : ok
                    ? "No mistakes"
                    : "Checking …"}
            </h2>
            {checked.error && !refused && <p className="small">{checked.error.message}</p>}
            {ok && (
              <p className="small quiet">
                {checked.data?.name}
                {checked.data?.start && `, ${date(checked.data.start)} to ${date(checked.data.end)}`}
              </p>
            )}
            <ul className="mistakes" aria-live="polite">
              {shown.map((one, i) => (
                <li key={i}>
                  <button
                    type="button"
                    className="link-button"
                    onClick={() => handle.current?.jump(one.line ?? 1, one.column)}
                  >
                    Line {one.line ?? 1}
                  </button>
                  <span>
                    {one.message}
                    {one.hint && <span className="quiet"> {one.hint}</span>}
                  </span>
                </li>
              ))}
            </ul>
          </section>
          <section aria-label="Run">
            <h2>Run</h2>
            <div className="knobs">
              <TextKnob id="run-name" label="Name" value={name} set={set_name} placeholder="of this run" />
              <TextKnob id="futures" label="Futures" value={futures} set={set_futures} digits />
              <TextKnob id="seed" label="Seed" value={seed} set={set_seed} placeholder="as written" digits />
              <TextKnob id="until" label="Until" value={until} set={set_until} placeholder="2027-06" />
            </div>
            <div className="bench-actions run-actions">
              <button
                type="button"
                className="button strong"
                disabled={starting || wrong > 0}
                onClick={() => void run()}
              >
                Run
              </button>
              <span className="small" role="status">
                {said}
              </span>
            </div>
          </section>
          <Progress id={query.get("run")} />
          {!!rows?.length && (
            <p className="small">
              <a href="#/runs">All runs</a>
            </p>
          )}
        </div>
      </div>
    </>
  );
}

/** The run that this page started, or that the address names: how far it is, a way to stop it, and to what came out. */
function Progress({ id }: { id: string | null }) {
  const { rows, progress } = useRuns();
  const [said, set_said] = useState("");
  const row = rows?.find((one) => String(one.id) === id);
  const was_open = useRef(false);
  const link = useRef<HTMLAnchorElement>(null);
  const open = !!row && is_open(row);
  useEffect(() => {
    // The reader waited for it: the way on gets the keyboard, unless it is in use.
    if (was_open.current && row?.status === "done" && !document.activeElement?.closest(".editor, input, select"))
      link.current?.focus();
    was_open.current = open;
  }, [open, row?.status]);
  if (!row) return null;
  const at = progress.get(row.id);
  const fraction = row.status === "done" ? 1 : (at?.fraction ?? row.fraction ?? 0);
  const stop = () =>
    void remove("DELETE /api/runs/{id}", { id: row.id }).then(
      () => refresh_runs(),
      (error: Error) => set_said(error.message),
    );
  return (
    <section className="progress-box" aria-label={`Run ${row.id}`}>
      <div className="job-head">
        <h2>Run {row.id}</h2>
        <RunStateChip status={row.status} />
        {open && (
          <button type="button" className="button" onClick={stop}>
            Stop
          </button>
        )}
      </div>
      <progress max={1} value={fraction} aria-label="Simulated" />
      <p className="small quiet">
        {percent(fraction, 2)}
        {at?.date && ` · ${date(at.date)}`}
        {at?.what && ` · ${at.what}`}
        {!!(at?.events ?? row.events) && ` · ${compact(at?.events ?? row.events)} events`}
        {open && !!at?.events_per_s && ` · ${compact(at.events_per_s)} a second`}
      </p>
      {row.error && (
        <p className="small" role="alert">
          {row.error}
        </p>
      )}
      {row.status === "done" && (
        <p>
          <a ref={link} className="button strong" href={href(["runs", String(row.id)])}>
            Open run {row.id}
          </a>
        </p>
      )}
      <p className="small" role="status">
        {said}
      </p>
    </section>
  );
}

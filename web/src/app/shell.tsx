import { Component, Suspense, useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { ThemeToggle } from "../components/small";
import { on_token_wanted } from "./api";
import { useGet } from "./load";
import { kPages, resolve, type Page, type Shown } from "./pages";
import { href, usePlace } from "./router";
import { default_run, is_open, useRuns } from "./runs";
import { Problem, RunContext, Waiting } from "./parts";
import { percent } from "../format";

const kGroups: readonly Page["group"][] = ["Run", "Ask", "Write", "Look up"];

export function App() {
  const { path } = usePlace();
  const { rows, error } = useRuns();
  const version = useGet("GET /api/version");
  const pages = kPages.filter((page) => !page.needs || version.data?.features?.includes(page.needs));
  const home = path.length === 0;
  const newest = default_run(rows ?? []);
  // The first page: the newest run, or where one is written.
  const target = !home ? path : rows && (newest ? ["runs", String(newest.id)] : ["scenario"]);
  const shown = target ? resolve(target, pages) : null;
  const nothing_yet = home && !!rows && !newest;
  useEffect(() => {
    // Without any run the scenario is the first page, and stays so when the first run ends.
    if (nothing_yet) location.replace("#/scenario");
  }, [nothing_yet]);
  const run = shown?.run ?? (newest && String(newest.id));
  const key = shown ? `${shown.page.id}/${shown.run ?? ""}` : path.join("/");

  return (
    <div className="app">
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        Skip to the page
      </a>
      <Rail shown={shown} run={run} asked={!rows && !error} pages={pages} version={version.data?.version} />
      <main id="main" tabIndex={-1}>
        <Follow title={shown?.page.title} place={key} />
        {home && !rows ? (
          error ? (
            <Problem error={error} />
          ) : (
            <Waiting />
          )
        ) : shown ? (
          <Guard key={key}>
            <RunContext value={shown.run}>
              <Suspense fallback={<Waiting />}>
                <shown.page.View rest={shown.rest} />
              </Suspense>
            </RunContext>
          </Guard>
        ) : (
          <Problem title="No such page" error={new Error(`Nothing stands at ${href(path)}.`)} />
        )}
      </main>
      <TokenDialog />
    </div>
  );
}

/** Names the window, and on a change of page takes the keyboard to its beginning. */
function Follow({ title, place }: { title?: string; place: string }) {
  const before = useRef(place);
  useEffect(() => {
    document.title = title ? `${title} · Gigawatt` : "Gigawatt";
    if (before.current === place) return;
    before.current = place;
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }, [title, place]);
  return null;
}

function Rail({
  shown,
  run,
  asked,
  pages,
  version,
}: {
  shown: Shown | null;
  run?: string;
  /** The list of runs is on its way: the place of their pages is kept, so that nothing moves when it comes. */
  asked: boolean;
  pages: readonly Page[];
  version?: string;
}) {
  const [open, set_open] = useState(false);
  const link = (page: Page) =>
    page.of_run
      ? href(["runs", run ?? "", ...(page.id === "overview" ? [] : [page.id])])
      : href([page.id], page.id === "compare" && run ? { runs: run } : {});
  return (
    <header
      className="rail"
      data-open={open || undefined}
      onKeyDown={(event) => event.key === "Escape" && set_open(false)}
    >
      <div className="rail-top">
        <a className="brand" href="#/">
          <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
            <path d="M10.5 1 3 10.2h4.6L6.9 17 15 7.4h-5z" fill="currentColor" />
          </svg>
          Gigawatt
        </a>
        <span className="rail-here">{shown?.page.title}</span>
        <button
          type="button"
          className="button rail-menu"
          aria-expanded={open}
          aria-controls="pages"
          onClick={() => set_open(!open)}
        >
          Menu
        </button>
      </div>
      <div className="rail-body" id="pages">
        <nav aria-label="Pages" onClick={() => set_open(false)}>
          {kGroups.map((group) => {
            const listed = pages.filter(
              (page) => page.group === group && (run || asked || (!page.of_run && page.id !== "compare")),
            );
            return (
              listed.length > 0 && (
                <div
                  key={group}
                  className="rail-group"
                  style={group === "Run" && !run ? { visibility: "hidden" } : undefined}
                >
                  {group === "Run" ? <RunPicker shown={shown} run={run} /> : <p className="rail-label">{group}</p>}
                  <ul>
                    {listed.map((page) => (
                      <li key={page.id}>
                        <a
                          href={link(page)}
                          aria-current={shown?.page.id === page.id ? "page" : undefined}
                          onMouseEnter={() => void page.load()}
                          onFocus={() => void page.load()}
                        >
                          {page.title}
                        </a>
                      </li>
                    ))}
                  </ul>
                </div>
              )
            );
          })}
        </nav>
        <Under />
        <div className="rail-foot">
          <ThemeToggle />
          {version && <span className="quiet">{version}</span>}
          <a className="quiet" href="/assets/licences.txt">
            Licences
          </a>
        </div>
      </div>
    </header>
  );
}

/** Which run the pages above speak of. */
function RunPicker({ shown, run }: { shown: Shown | null; run?: string }) {
  const { rows } = useRuns();
  const finished = (rows ?? []).filter(
    (row) => row.status === "done" || row.status === "interrupted" || String(row.id) === run,
  );
  return (
    <label className="run-picker" onClick={(event) => event.stopPropagation()}>
      <span className="rail-label">Run</span>
      <select
        className="field"
        value={run ?? ""}
        onChange={(event) => {
          const page = shown?.run !== undefined && shown.page.id !== "overview" ? [shown.page.id] : [];
          location.hash = href(["runs", event.target.value, ...page]);
        }}
      >
        {finished.map((row) => (
          <option key={row.id} value={row.id}>{`${row.id} · ${row.name ?? row.scenario}`}</option>
        ))}
      </select>
    </label>
  );
}

/** Runs under way, wherever the reader is. */
function Under() {
  const { rows, progress } = useRuns();
  const open = (rows ?? []).filter(is_open);
  if (!open.length) return null;
  return (
    <ul className="under" aria-label="Under way">
      {open.map((row) => {
        const at = progress.get(row.id);
        return (
          <li key={row.id}>
            <a href={href(["scenario"], { run: row.id })}>{row.name ?? row.scenario}</a>
            <progress max={1} value={at?.fraction ?? row.fraction ?? 0} aria-label={`Run ${row.id}`} />
            <span className="quiet">
              {row.status === "queued" ? "queued" : percent(at?.fraction ?? row.fraction ?? 0, 2)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** A page that throws says so in its place; the others stay. */
class Guard extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  override render() {
    return this.state.error ? <Problem error={this.state.error} /> : this.props.children;
  }
}

function TokenDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const answer = useRef<((token: string) => void) | null>(null);
  const [refused, set_refused] = useState(false);
  useEffect(() => {
    let times = 0;
    on_token_wanted(
      () =>
        new Promise((give) => {
          answer.current = give;
          set_refused(times++ > 0);
          if (!dialog.current?.open) dialog.current?.showModal();
        }),
    );
  }, []);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token") ?? "").trim();
    if (!token) return;
    dialog.current?.close();
    answer.current?.(token);
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="token-title" onCancel={(event) => event.preventDefault()}>
      <form onSubmit={send}>
        <h2 id="token-title">Access token</h2>
        <p className="small">
          {refused ? "The server refused that token. " : ""}The secret line of the file that gigawatt serve was started
          with. It stays in this tab.
        </p>
        <input className="field" type="password" name="token" aria-label="Token" autoComplete="off" required />
        <button className="button strong" type="submit">
          Continue
        </button>
      </form>
    </dialog>
  );
}

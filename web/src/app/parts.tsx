/** Parts that every page of the interface is made of. */
import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { read_run, type Run } from "../run";
import { site_names } from "../data/series";
import { ApiError, get } from "./api";
import { Stopped, useAnswer, useGet } from "./load";
import type { RunRow } from "./operation";

export { Block } from "../components/block";

export const RunContext = createContext<string | undefined>(undefined);

/** A quiet line while something comes; nothing in the first moment, so that quick answers do not flicker. */
export function Waiting({ what = "Loading" }: { what?: string }) {
  const [late, set_late] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set_late(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="wrap waiting" role="status">
      {late ? `${what} …` : ""}
    </div>
  );
}

export function Problem({
  error,
  title = "This cannot be shown",
  children,
}: {
  error: Error;
  title?: string;
  children?: ReactNode;
}) {
  return (
    <div className="wrap problem" role="alert">
      <h1>{title}</h1>
      {reasons_of(error).map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      {children}
    </div>
  );
}

/** Hints name options as the command line writes them; on a page they are fields. */
export const as_fields = (text: string) =>
  text.replace(/--([a-z][a-z0-9-]*)/g, (_, name: string) => name.replaceAll("-", " "));

/** A remark without its end, and with its first letter large. */
export const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;

/** What the server did not like, a sentence or two for each. */
export function reasons_of(error: Error): string[] {
  if (!(error instanceof ApiError)) return [error.message];
  if (error.diagnostics.length === 0)
    return [`${sentence(error.message)}${error.hint ? ` Try ${as_fields(error.hint)}.` : ""}`];
  return error.diagnostics.map(
    ({ message, hint }) => sentence(as_fields(message)) + (hint ? ` ${sentence(as_fields(hint))}` : ""),
  );
}

/** A mistake in the question, beside what is still shown of the answer before. */
export function Refusal({ error, again }: { error: Error; again?: () => void }) {
  return (
    <div className="notice refusal" role="status">
      <strong>
        {error instanceof Stopped
          ? "Stopped"
          : error instanceof ApiError && error.code === "illegal_plan"
            ? "Not a legal plan"
            : "No answer"}
      </strong>
      {!(error instanceof Stopped) && (
        <div className="reasons">
          {reasons_of(error).map((reason) => (
            <p key={reason}>{reason}</p>
          ))}
        </div>
      )}
      {again && (
        <button type="button" className="button" onClick={again}>
          Again
        </button>
      )}
    </div>
  );
}

export function PageHead({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <div className="page-head wrap">
      <div className="page-title">
        <h1>{title}</h1>
        {lead && <p className="quiet">{lead}</p>}
      </div>
      {children && <div className="page-tools">{children}</div>}
    </div>
  );
}

export interface RunView {
  id: string;
  run: Run;
  row: RunRow | undefined;
  /** Asks for the row anew. */
  row_changed: () => void;
  colors: ReadonlyMap<string, number>;
}

const documents = new Map<string, Promise<Run>>();

/** The document of a finished run; it never changes. */
export function run_document(id: string): Promise<Run> {
  let document = documents.get(id);
  if (!document) {
    document = get("GET /api/runs/{id}/document", { id }).then((value) => {
      const result = read_run(value);
      if (!result.ok) throw new Error(result.reason);
      return result.run;
    });
    document.catch(() => documents.delete(id));
    documents.set(id, document);
  }
  return document;
}

export const useDocument = (id: string | undefined) =>
  useAnswer<Run>(id === undefined ? null : `/runs/${id}/document`, () => run_document(id!), true);

/** Hands the document of the run in the address to a page, or says why there is none. */
export function OfRun({ children }: { children: (view: RunView) => ReactNode }) {
  const id = use(RunContext);
  const { data, error, pending } = useDocument(id);
  const row = useGet("GET /api/runs/{id}", id === undefined ? null : { id });
  if (error) return <Problem title={`Run ${id} cannot be shown`} error={error} />;
  if (!data || pending) return <Waiting what="Reading the run" />;
  return children({
    id: id!,
    run: data,
    row: row.data,
    row_changed: row.again,
    colors: new Map(site_names(data).map((name, index) => [name, index])),
  });
}

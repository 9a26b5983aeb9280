import { useId, useRef, useState, type SyntheticEvent } from "react";
import { change } from "./api";
import { forget } from "./load";
import { address, type RunRow } from "./operation";
import { refresh_runs } from "./runs";

/** What a run is called, where nobody gave it a name what it simulates. */
export const run_name = (row: Pick<RunRow, "name" | "title" | "scenario">): string =>
  row.name ?? (row.title || row.scenario);

/** The note beside a run, in the lines of its author. */
export function RunNote({ row }: { row: Pick<RunRow, "note"> }) {
  return row.note ? <p className="run-note small">{row.note}</p> : null;
}

/** A button that opens a form for a run's name and note. */
export function RunTexts({ row, changed }: { row: RunRow; changed?: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [name, set_name] = useState("");
  const [note, set_note] = useState("");
  const [said, set_said] = useState("");
  const [busy, set_busy] = useState(false);
  const id = useId();
  const open = () => {
    set_name(row.name ?? "");
    set_note(row.note ?? "");
    set_said("");
    dialog.current?.showModal();
  };
  const keep = async (event: SyntheticEvent) => {
    event.preventDefault();
    set_busy(true);
    try {
      // An empty name is none: what it was called stays.
      await change("PATCH /api/runs/{id}", { id: row.id }, { note, ...(name.trim() ? { name: name.trim() } : {}) });
      forget(address("GET /api/runs/{id}", { id: row.id }));
      await refresh_runs();
      changed?.();
      dialog.current?.close();
    } catch (error) {
      set_said((error as Error).message);
    } finally {
      set_busy(false);
    }
  };
  return (
    <>
      <button type="button" className="link-button" onClick={open}>
        name, note
        <span className="hidden-text"> of run {row.id}</span>
      </button>
      <dialog ref={dialog} className="dialog" aria-labelledby={`${id}-title`}>
        <form onSubmit={(event) => void keep(event)}>
          <h2 id={`${id}-title`}>Run {row.id}</h2>
          <label htmlFor={`${id}-name`}>Name</label>
          <input
            className="field"
            id={`${id}-name`}
            value={name}
            maxLength={200}
            placeholder={row.title || row.scenario}
            onChange={(event) => set_name(event.target.value)}
          />
          <label htmlFor={`${id}-note`}>Note</label>
          <textarea
            className="field"
            id={`${id}-note`}
            rows={5}
            value={note}
            maxLength={20000}
            onChange={(event) => set_note(event.target.value)}
          />
          <p className="small" role="alert">
            {said}
          </p>
          <p className="row-actions">
            <button type="submit" className="button strong" disabled={busy}>
              Keep
            </button>
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </p>
        </form>
      </dialog>
    </>
  );
}

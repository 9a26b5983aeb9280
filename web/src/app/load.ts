import { useCallback, useEffect, useRef, useState } from "react";
import { get } from "./api";
import { address, type Answer, type Get, type Where, type WhereArgs } from "./operation";

export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  /** A newer answer is on its way; `data` may be of the question before. */
  pending: boolean;
  again: () => void;
  /** Gives up waiting: the connection is closed, and the server ends the work. */
  stop: () => void;
}

/** The reader did not want to wait any longer. */
export class Stopped extends Error {}

const cache = new Map<string, unknown>();

/** Forgets answers whose address begins so. */
export function forget(prefix: string): void {
  for (const key of [...cache.keys()]) if (key.startsWith(prefix)) cache.delete(key);
}

/**
 * The answer to a question that changes: the one before stays until the new one
 * is there, and an answer that comes too late is dropped. `key` names the
 * question; null asks nothing.
 */
export function useAnswer<T>(key: string | null, ask: (signal: AbortSignal) => Promise<T>, keep = false): Loaded<T> {
  const [state, set_state] = useState<{ key: string | null; data?: T; error?: Error }>(() => ({
    key,
    data: key !== null && keep ? (cache.get(key) as T | undefined) : undefined,
  }));
  const [round, set_round] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  const running = useRef<AbortController | null>(null);
  useEffect(() => {
    if (key === null) return;
    if (keep && cache.has(key)) {
      set_state({ key, data: cache.get(key) as T });
      return;
    }
    const abort = new AbortController();
    running.current = abort;
    latest.current(abort.signal).then(
      (data) => {
        if (keep) cache.set(key, data);
        if (!abort.signal.aborted) set_state({ key, data });
      },
      (error: Error) => {
        if (!abort.signal.aborted) set_state((before) => ({ key, data: before.data, error }));
      },
    );
    return () => abort.abort();
  }, [key, keep, round]);
  const again = useCallback(() => {
    if (key !== null) cache.delete(key);
    set_round((n) => n + 1);
  }, [key]);
  const stop = useCallback(() => {
    running.current?.abort();
    set_state((before) => ({ key, data: before.data, error: new Stopped("Stopped.") }));
  }, [key]);
  const kept = keep && key !== null && state.key !== key ? (cache.get(key) as T | undefined) : undefined;
  return {
    data: kept ?? state.data,
    error: state.key === key ? state.error : undefined,
    pending: key !== null && state.key !== key && kept === undefined,
    again,
    stop,
  };
}

/** A GET whose answer does not change while the page is open; without a place (null) nothing is asked. */
export function useGet<Asked extends Get>(
  operation: Asked,
  ...[where = {} as Where<Asked>]: WhereArgs<Asked>
): Loaded<Answer<Asked>> {
  return useAnswer(where && address(operation, where), (signal) => get(operation, where!, signal), true);
}

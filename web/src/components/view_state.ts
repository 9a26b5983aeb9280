import { createContext, use, useCallback, useState, useSyncExternalStore } from "react";

/**
 * Where small choices of a view live (which form, which layers, which order).
 * The report keeps them in memory; the interface keeps them in the address, so
 * that a link restores the view exactly.
 */
export interface ViewStore {
  get: (key: string) => string | undefined;
  /** `undefined` forgets the choice: the default holds again. */
  set: (key: string, value: string | undefined) => void;
  subscribe: (changed: () => void) => () => void;
}

export const ViewContext = createContext<ViewStore | null>(null);

const kNever = () => () => {};

/** A choice by name, like useState of a string. Names are unique within a page. */
export function useView<T extends string = string>(key: string, initial: NoInfer<T>): [T, (value: T) => void] {
  const store = use(ViewContext);
  const [own, set_own] = useState<T>(initial);
  const read = () => store?.get(key);
  const kept = useSyncExternalStore(store?.subscribe ?? kNever, read, read);
  const set = useCallback(
    (value: T) => {
      if (store) store.set(key, value === initial ? undefined : value);
      else set_own(value);
    },
    [store, key, initial],
  );
  return [store ? ((kept as T | undefined) ?? initial) : own, set];
}

/** "CSV file name" and the like as the part of a key: short, plain letters. */
export const view_key = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

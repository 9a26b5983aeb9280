/** The catalogue's lists as one list, whatever the server calls its groups. */
import type { CatalogEntry } from "./api";
import { useGet } from "./load";

export type CatalogAnswer = Record<string, unknown>;

export function entries_of(answer: CatalogAnswer | undefined): CatalogEntry[] {
  return Object.entries(answer ?? {}).flatMap(([group, list]) => {
    if (!Array.isArray(list)) return [];
    return list.flatMap((entry): CatalogEntry[] =>
      entry && typeof entry === "object" && typeof (entry as CatalogEntry).name === "string"
        ? [{ ...(entry as CatalogEntry), kind: (entry as CatalogEntry).kind ?? group }]
        : [],
    );
  });
}

export function useCatalog(): {
  entries: CatalogEntry[];
  error: Error | undefined;
  ready: boolean;
  of: (kind: string) => [string, string][];
} {
  const { data, error } = useGet<CatalogAnswer>("/catalog");
  const entries = entries_of(data);
  /** Name and title of every entry of a kind, for a list to choose from. */
  const of = (kind: string) =>
    entries
      .filter((entry) => entry.kind === kind)
      .map((entry): [string, string] => [
        entry.name,
        entry.title && entry.title.toLowerCase() !== entry.name ? entry.title : entry.name,
      ])
      .sort((a, b) => a[1].localeCompare(b[1], "en"));
  return { entries, error, ready: !!data, of };
}

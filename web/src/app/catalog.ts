/** The catalogue's lists as one list: every entry says its kind. */
import type { CatalogEntry } from "./api";
import { useGet } from "./load";
import type { Answer } from "./operation";

function entries_of(answer: Answer<"GET /api/catalog"> | undefined): CatalogEntry[] {
  if (!answer) return [];
  const { sources: _, ...kinds } = answer;
  return Object.values(kinds).flat();
}

export function useCatalog(): {
  entries: CatalogEntry[];
  error: Error | undefined;
  ready: boolean;
  of: (kind: string) => [string, string][];
} {
  const { data, error } = useGet("GET /api/catalog");
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

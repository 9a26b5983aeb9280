import type { Source } from "../run";

/** Only web addresses become links; anything else in a run stays text. */
export const web_address = (url: string | undefined): string | undefined => (url && /^https?:\/\//.test(url) ? url : undefined);

/** The title of a source by its key, leading to the list at the end; text that is no key stays as it is. */
export function SourceLink({ name, sources }: { name: string; sources: readonly Source[] }) {
  const source = sources.find((candidate) => candidate.key === name);
  return source ? <a href={`#source-${source.key}`}>{source.title ?? source.key}</a> : <>{name}</>;
}

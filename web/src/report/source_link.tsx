import { use } from "react";
import { ViewContext } from "../components/view_state";
import type { Source } from "../run";

/** Only web addresses become links; anything else in a run stays text. */
export const web_address = (url: string | undefined): string | undefined =>
  url && /^https?:\/\//.test(url) ? url : undefined;

/** Inside the interface, where addresses after "#" are pages, a source leads straight to what it cites. */
function address(source: Source, in_app: boolean): string | undefined {
  return in_app ? web_address(source.url) : `#source-${source.key}`;
}

/** The title of a source by its key, leading to the list at the end; text that is no key stays as it is. */
export function SourceLink({ name, sources }: { name: string; sources: readonly Source[] }) {
  const source = sources.find((candidate) => candidate.key === name);
  const in_app = use(ViewContext) !== null;
  if (!source) return <>{name}</>;
  const url = address(source, in_app);
  return url ? (
    <a href={url} rel="noreferrer">
      {source.title ?? source.key}
    </a>
  ) : (
    <>{source.title ?? source.key}</>
  );
}

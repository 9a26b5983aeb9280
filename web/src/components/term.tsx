import { meaning } from "../data/glossary";

/** A word of the pages; where the glossary knows it, what it means is shown on pointing at it or reaching it by keyboard. */
export function Term({ label }: { label: string }) {
  const means = meaning(label);
  if (!means) return <>{label}</>;
  return (
    <span className="term" data-means={means} tabIndex={0}>
      {label}
      <span className="hidden-text">: {means}</span>
    </span>
  );
}

import type { ReactNode } from "react";
import { split_unit } from "../format";
import { Term } from "./term";

/** One figure with its name, set large; the unit smaller. Stands in a <dl>. */
export function Stat({ label, figure, note }: { label: string; figure: string; note?: ReactNode }) {
  const [number, unit] = split_unit(figure);
  return (
    <div className="stat">
      <dt>
        <Term label={label} />
      </dt>
      <dd className={number.length > 8 ? "figure long" : "figure"}>
        {number}
        {unit && <small>{unit}</small>}
      </dd>
      {note && <dd className="note">{note}</dd>}
    </div>
  );
}

import { useEffect, useId, useMemo, useState } from "react";
import { Block } from "../app/parts";
import { Curve } from "../charts/curve";
import { compact } from "../format";
import { question_page, type MoreProps } from "./question";

interface SliderProps {
  label: string;
  unit: string;
  value: number;
  /** Powers of ten of the ends. */
  from: number;
  to: number;
  set: (value: number) => void;
}

/** A number over several powers of ten: it moves at once, and asks once it rests. */
function Slider({ label, unit, value, from, to, set }: SliderProps) {
  const id = useId();
  const [held, hold] = useState(Math.log10(value));
  useEffect(() => hold(Math.log10(value)), [value]);
  const read = () => Number((10 ** held).toPrecision(2));
  return (
    <div className="knob">
      <label htmlFor={id}>
        {label}{" "}
        <span className="unit">
          {compact(read())} {unit}
        </span>
      </label>
      <input
        id={id}
        type="range"
        min={from}
        max={to}
        step={0.05}
        value={held}
        onChange={(event) => hold(Number(event.target.value))}
        onPointerUp={() => set(read())}
        onKeyUp={() => set(read())}
      />
    </div>
  );
}

const first = (text: string | undefined, initial: number): number => Number.parseFloat(text ?? "") || initial;

function Split({ answer, values, set }: MoreProps<"across">) {
  const { rows } = answer;
  const schemes = useMemo(() => [...new Set(rows.map((row) => row.scheme))], [rows]);
  // Slower, in percent, over whichever of distance and capacity varies.
  const varied = new Set(rows.map((row) => row.capacity_tbps)).size > 1 ? "capacity_tbps" : "distance_km";
  const points = useMemo(() => {
    const at = new Map<number, Record<string, number>>();
    for (const row of rows) {
      const x = row[varied];
      if (varied === "capacity_tbps" && row.distance_km !== rows[0]!.distance_km) continue;
      at.set(x, { ...at.get(x), [varied]: x, [row.scheme]: 100 * (row.slowdown - 1) });
    }
    return [...at.values()].sort((a, b) => a[varied]! - b[varied]!);
  }, [rows, varied]);
  return (
    <>
      <Block>
        <div className="knobs">
          <Slider
            label="Distance"
            unit="km"
            from={0}
            to={4.3}
            value={first(values.distance_km, rows[0]?.distance_km || 1)}
            set={(km) => set("distance_km", String(km))}
          />
          <Slider
            label="Capacity"
            unit="Tbit/s"
            from={-1}
            to={4}
            value={first(values.capacity_tbps, rows[0]?.capacity_tbps || 1)}
            set={(tbps) => set("capacity_tbps", String(tbps))}
          />
        </div>
      </Block>
      {points.length > 1 && (
        <Block>
          <Curve
            title="Slower than at one site, %"
            name="across-slowdown"
            rows={points}
            x={varied}
            ys={schemes}
            x_log
            x_label={varied === "capacity_tbps" ? "Tbit/s out of a site" : "km"}
          />
        </Block>
      )}
    </>
  );
}

export default question_page("across", "Sites apart", {
  headline: ["step_time_s", "gpus", "gradient_gb", "activation_gb", "sites"],
  More: Split,
});

import { useEffect, useId, useMemo, useState } from "react";
import type { CommandAnswer } from "../app/operation";
import { Block } from "../app/parts";
import { Curve } from "../charts/curve";
import { Spectrum, type Band } from "../charts/spectrum";
import { compact } from "../format";
import { question_page, type MoreProps } from "./question";

interface Slider {
  name: string;
  label: string;
  most: number;
  step: number;
  /** As the command reads it; 0 is none. */
  write: (x: number) => string;
}

const kSliders: readonly Slider[] = [
  { name: "floor", label: "Floor, of limit", most: 0.9, step: 0.05, write: (x) => `floor=${x.toFixed(2)}` },
  { name: "rack-storage", label: "Rack store, J", most: 500, step: 5, write: (x) => `rack-storage=${x} J` },
  { name: "battery", label: "Battery, kWh", most: 500, step: 5, write: (x) => `battery=${x} kWh` },
];

/** The sizes that stand in `mitigate`, by name. */
function sizes(text: string): Record<string, number> {
  return Object.fromEntries(
    text
      .split(",")
      .map((part) => part.trim().split("="))
      .map(([name, size]) => [name ?? "", Number.parseFloat(size ?? "") || 0]),
  );
}

/** One mitigation: it moves at once, and asks once it rests. */
function Size({ slider, value, set }: { slider: Slider; value: number; set: (value: number) => void }) {
  const id = useId();
  const [held, hold] = useState(value);
  useEffect(() => hold(value), [value]);
  return (
    <div className="knob">
      <label htmlFor={id}>
        {slider.label} <span className="unit">{held > 0 ? compact(held) : "none"}</span>
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={slider.most}
        step={slider.step}
        value={held}
        onChange={(event) => hold(Number(event.target.value))}
        onPointerUp={() => set(held)}
        onKeyUp={() => set(held)}
      />
    </div>
  );
}

type Power = CommandAnswer<"power">;
type Wave = Power["waveform"];

/** Least and most of the load at the meter over the window, and with the mitigations over whole steps. */
function Waveform({ wave, title, name }: { wave: Wave | undefined; title: string; name: string }) {
  const rows = useMemo(
    () =>
      (wave?.facility_low_mw ?? []).map((least, i, all) => ({
        seconds: (wave!.seconds * i) / all.length,
        least,
        most: wave!.facility_high_mw[i],
      })),
    [wave],
  );
  return (
    rows.length > 0 && (
      <Block>
        <Curve title={title} name={name} rows={rows} x="seconds" ys={kEnds} x_label="seconds" />
      </Block>
    )
  );
}
const kEnds = ["least", "most"] as const;

/** Bands of a limit that a load is held against. */
const bands_of = (limit: Power["limit"]): Band[] =>
  limit.checks.flatMap(({ low_hz, high_hz, ...rest }) =>
    low_hz === null || high_hz === null ? [] : [{ low_hz, high_hz, ...rest }],
  );

/** Batteries against the limit: 1 is its bound. */
function Batteries({ rows, limit }: { rows: NonNullable<Power["batteries"]>; limit: string }) {
  const points = rows.map((row) => ({
    battery: 1000 * row.battery_mwh,
    "worst over bound": row.worst,
    bound: 1,
  }));
  const least = rows.find((row) => row.holds);
  return (
    <Block>
      <Curve
        title={
          least
            ? `A battery of ${compact(1000 * least.battery_mwh)} kWh meets it: ${limit}`
            : `No battery meets it alone: ${limit}`
        }
        name="power-batteries"
        rows={points}
        x="battery"
        ys={["worst over bound", "bound"]}
        x_label="Battery, kWh"
      />
    </Block>
  );
}

function Mitigations({ answer, values, set }: MoreProps<"power">) {
  const now = sizes(values.mitigate ?? "");
  const change = (name: string, size: number) =>
    set(
      "mitigate",
      kSliders
        .flatMap((slider) => {
          const x = slider.name === name ? size : (now[slider.name] ?? 0);
          return x > 0 ? [slider.write(x)] : [];
        })
        .join(","),
    );
  return (
    <>
      <Block>
        <div className="knobs">
          {kSliders.map((slider) => (
            <Size
              key={slider.name}
              slider={slider}
              value={now[slider.name] ?? 0}
              set={(size) => change(slider.name, size)}
            />
          ))}
        </div>
      </Block>
      <Waveform wave={answer.waveform} title="Load at the meter, MW" name="power-waveform" />
      <Block>
        <Spectrum
          title="Amplitudes at the meter, MW"
          name="power-spectrum"
          rows={answer.spectrum}
          bands={bands_of(answer.limit)}
        />
      </Block>
      {answer.batteries && <Batteries rows={answer.batteries} limit={answer.limit.title} />}
      <Waveform wave={answer.waveform_mitigated} title="With the mitigations, MW" name="power-mitigated" />
    </>
  );
}

export default question_page("power", "Power", {
  headline: ["mean_mw", "peak_mw", "swing_mw", "ramp_1s_mw_per_s", "step_period_s", "facility_pue", "verdict"],
  More: Mitigations,
  drawn: ["waveform", "waveform_mitigated", "spectrum", "batteries"],
});

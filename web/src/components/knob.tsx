import { useEffect, useId, useState, type ReactNode } from "react";
import { nudge } from "../data/plan";

interface KnobProps {
  label: string;
  value: number;
  set: (value: number) => void;
  least?: number;
  most?: number;
  /** How one step up or down goes; by factors of two without it. */
  step?: (value: number, up: boolean) => number;
  note?: ReactNode;
  name?: string;
}

/** A whole number: type it, or double and halve it with the buttons or the arrow keys. */
export function Knob({
  label,
  value,
  set,
  least = 1,
  most = 1e9,
  step = (v, up) => nudge(v, up, least),
  note,
  name,
}: KnobProps) {
  const id = useId();
  const [text, set_text] = useState(String(value));
  useEffect(() => set_text(String(value)), [value]);
  const turn = (up: boolean) => set(Math.min(most, Math.max(least, step(value, up))));
  const commit = (raw: string) => {
    const next = Math.round(Number(raw.replaceAll(/[,_\s]/g, "")));
    if (Number.isFinite(next) && next >= least && next <= most && raw.trim() !== "") {
      if (next !== value) set(next);
    } else set_text(String(value));
  };
  return (
    <div className="knob">
      <label htmlFor={id}>
        {label}
        {note && <span className="unit"> {note}</span>}
      </label>
      <div className="knob-row">
        <button
          type="button"
          tabIndex={-1}
          aria-label={`${label}: less`}
          disabled={value <= least}
          onClick={() => turn(false)}
        >
          −
        </button>
        <input
          id={id}
          name={name}
          inputMode="numeric"
          role="spinbutton"
          aria-valuenow={value}
          aria-valuemin={least}
          aria-valuemax={most}
          value={text}
          autoComplete="off"
          onChange={(event) => {
            set_text(event.target.value);
            const next = Number(event.target.value);
            if (/^\d+$/.test(event.target.value) && next >= least && next <= most) set(next);
          }}
          onFocus={(event) => event.target.select()}
          onBlur={(event) => commit(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowUp" || event.key === "ArrowDown") {
              event.preventDefault();
              turn(event.key === "ArrowUp");
            } else if (event.key === "Enter") commit(event.currentTarget.value);
          }}
        />
        <button
          type="button"
          tabIndex={-1}
          aria-label={`${label}: more`}
          disabled={value >= most}
          onClick={() => turn(true)}
        >
          +
        </button>
      </div>
    </div>
  );
}

interface PickProps {
  label: string;
  value: string;
  set: (value: string) => void;
  options: readonly (string | readonly [value: string, label: string])[];
  note?: ReactNode;
}

export function Pick({ label, value, set, options, note }: PickProps) {
  const id = useId();
  const listed = options.map((option) => (typeof option === "string" ? ([option, option] as const) : option));
  return (
    <div className="knob">
      <label htmlFor={id}>
        {label}
        {note && <span className="unit"> {note}</span>}
      </label>
      <select id={id} className="field" value={value} onChange={(event) => set(event.target.value)}>
        {!listed.some(([key]) => key === value) && <option value={value}>{value}</option>}
        {listed.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface TextKnobProps {
  id: string;
  label: string;
  value: string;
  set: (value: string) => void;
  placeholder?: string;
  /** Only digits are taken. */
  digits?: boolean;
}

/** A text, or a whole number that may be left out. */
export function TextKnob({ id, label, value, set, placeholder, digits }: TextKnobProps) {
  return (
    <div className="knob">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field"
        inputMode={digits ? "numeric" : undefined}
        placeholder={placeholder}
        value={value}
        onChange={(event) => set(digits ? event.target.value.replace(/\D/g, "") : event.target.value)}
      />
    </div>
  );
}

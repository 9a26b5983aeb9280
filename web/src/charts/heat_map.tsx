import { useRef, useState, type PointerEvent } from "react";
import { kMonthNames } from "../format";
import { ChartFrame } from "./frame";
import { useWidth } from "./hooks";

interface Props {
  title: string;
  subtitle: string;
  name: string;
  /** [month][hour], January first. */
  values: readonly (readonly number[])[];
  /** Of what is read at the pointer and at the ends of the scale. */
  value: (value: number) => string;
  /** For the head of the table: "PUE", "Water (L/kWh)". */
  quantity: string;
  color: number;
}

const kLeft = 34;
const kBottom = 22;
const kRow = 17;
const kHours = [0, 3, 6, 9, 12, 15, 18, 21];
const clock = (hour: number) => `${String(hour).padStart(2, "0")}:00`;

/** A quantity by month (down) and hour of the day (across), as shades of one color: darker is more. */
export function HeatMap({ title, subtitle, name, values, value, quantity, color }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const drawing = useRef<SVGSVGElement>(null);
  const [at, set_at] = useState<{ month: number; hour: number } | null>(null);
  const all = values.flat();
  const low = Math.min(...all);
  const high = Math.max(...all);
  const hours = values[0]?.length ?? 24;
  const wide = (width - kLeft) / hours;
  const height = values.length * kRow + kBottom;
  const shade = (share: number) =>
    `color-mix(in oklab, var(--c${color}) ${(6 + 94 * share).toFixed(1)}%, var(--paper))`;
  const share = (one: number) => (high > low ? (one - low) / (high - low) : 0.5);
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const place = event.currentTarget.getBoundingClientRect();
    const hour = Math.floor((event.clientX - place.left - kLeft) / wide);
    const month = Math.floor((event.clientY - place.top) / kRow);
    set_at(hour >= 0 && hour < hours && month >= 0 && month < values.length ? { month, hour } : null);
  };
  const shown = at ?? { month: 6, hour: 14 };
  const text = `${kMonthNames[shown.month]}, ${clock(shown.hour)} to ${clock(shown.hour + 1)}`;
  return (
    <ChartFrame
      title={title}
      subtitle={subtitle}
      name={name}
      svg={() => drawing.current}
      legend={[
        { label: value(low), color: shade(0) },
        { label: value(high), color: shade(1) },
      ]}
      grid={() => ({
        columns: ["Hour", ...kMonthNames.map((month) => `${month}, ${quantity}`)],
        rows: Array.from({ length: hours }, (_, hour) => [clock(hour), ...values.map((day) => day[hour])]),
      })}
    >
      <div className="legend" role="group" aria-label="Legend">
        <span className="when">{text}</span>
        <span className="key">
          <b>{value(values[shown.month]![shown.hour]!)}</b>
        </span>
        <span className="key scale">
          <span>{value(low)}</span>
          <i aria-hidden="true">
            {[0, 0.25, 0.5, 0.75, 1].map((part) => (
              <span key={part} className="swatch" style={{ "--swatch": shade(part) } as React.CSSProperties} />
            ))}
          </i>
          <span>{value(high)}</span>
        </span>
      </div>
      <div ref={box} className="sized" style={{ minHeight: height }}>
        <svg
          ref={drawing}
          width="100%"
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${title}: from ${value(low)} to ${value(high)}; the Table button shows every hour.`}
          onPointerMove={point}
          onPointerLeave={() => set_at(null)}
        >
          {values.map((day, month) => (
            <g key={month}>
              <text x={kLeft - 6} y={month * kRow + 12.5} textAnchor="end" fontSize={11} fill="var(--ink-3)">
                {kMonthNames[month]}
              </text>
              {day.map((one, hour) => (
                <rect
                  key={hour}
                  x={kLeft + hour * wide}
                  y={month * kRow}
                  width={Math.max(1, wide - 1)}
                  height={kRow - 1}
                  fill={shade(share(one))}
                />
              ))}
            </g>
          ))}
          {at && (
            <rect
              x={kLeft + at.hour * wide - 0.5}
              y={at.month * kRow - 0.5}
              width={wide}
              height={kRow}
              fill="none"
              stroke="var(--ink)"
              strokeWidth={1.5}
            />
          )}
          {kHours
            .filter((hour) => wide > 9 || hour % 6 === 0)
            .map((hour) => (
              <text key={hour} x={kLeft + hour * wide} y={height - 7} fontSize={11} fill="var(--ink-3)">
                {clock(hour)}
              </text>
            ))}
        </svg>
      </div>
    </ChartFrame>
  );
}

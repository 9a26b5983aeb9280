import type { ReactNode } from "react";
import { series_color } from "../charts/colors";
import { set_theme, useTheme } from "../charts/hooks";
import type { Part } from "../data/jobs";
import { humanize, percent, share } from "../format";
import type { JobStatus, Verdict } from "../run";

const kIcons: Record<string, ReactNode> = {
  yes: <path d="M2.5 6.5 5 9l4.5-6" />,
  no: <path d="m3 3 6 6M9 3 3 9" />,
  open: (
    <>
      <circle cx="6" cy="6" r="4" strokeDasharray="2.2 2" />
    </>
  ),
  run: <path d="M4 2.5v7l5.5-3.5z" fill="currentColor" />,
};

export function Icon({ name }: { name: string }) {
  return (
    <svg
      width="12"
      height="12"
      viewBox="0 0 12 12"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {kIcons[name]}
    </svg>
  );
}

export function VerdictChip({ verdict }: { verdict: Verdict | undefined }) {
  if (verdict === "consistent")
    return (
      <span className="chip good">
        <Icon name="yes" />
        Consistent
      </span>
    );
  if (verdict === "inconsistent")
    return (
      <span className="chip bad">
        <Icon name="no" />
        Inconsistent
      </span>
    );
  return (
    <span className="chip">
      <Icon name="open" />
      Not decidable
    </span>
  );
}

export function StatusChip({ status }: { status: JobStatus | undefined }) {
  if (status === "completed")
    return (
      <span className="chip good">
        <Icon name="yes" />
        Completed
      </span>
    );
  if (status === "running")
    return (
      <span className="chip">
        <Icon name="run" />
        Running
      </span>
    );
  if (status === "waiting")
    return (
      <span className="chip bad">
        <Icon name="open" />
        Waiting
      </span>
    );
  if (status === "stopped")
    return (
      <span className="chip bad">
        <Icon name="no" />
        Stopped by failures
      </span>
    );
  return null;
}

export function FitsChip({ fits }: { fits: boolean }) {
  return fits ? (
    <span className="chip good">
      <Icon name="yes" />
      Fits
    </span>
  ) : (
    <span className="chip bad">
      <Icon name="no" />
      Too large
    </span>
  );
}

export const AssumedTag = () => (
  <>
    {" "}
    <span className="tag">assumed</span>
  </>
);

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  choose: (value: T) => void;
}

/** Two or three views to choose from. */
export function Choice<T extends string>({ label, value, options, choose }: ChoiceProps<T>) {
  return (
    <div className="choice" role="group" aria-label={label}>
      {options.map(([key, text]) => (
        <button type="button" key={key} aria-pressed={key === value} onClick={() => choose(key)}>
          {text}
        </button>
      ))}
    </div>
  );
}

/** Like Choice, for places that have addresses of their own. */
export function Places({
  label,
  at,
  options,
}: {
  label: string;
  at: string;
  options: readonly (readonly [key: string, text: string, href: string])[];
}) {
  return (
    <nav className="places" aria-label={label}>
      {options.map(([key, text, href]) => (
        <a key={key} href={href} aria-current={key === at ? "page" : undefined}>
          {text}
        </a>
      ))}
    </nav>
  );
}

export function ThemeToggle() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button type="button" className="button" onClick={() => set_theme(other)}>
      {other === "dark" ? "Dark" : "Light"}
      <span className="hidden-text"> theme</span>
    </button>
  );
}

interface SplitProps {
  label: string;
  parts: readonly Part[];
  value: (value: number) => string;
  color?: (key: string, index: number) => number;
}

/** One bar cut into its parts, with a list that names each. */
export function SplitBar({ label, parts, value, color = (_, index) => index }: SplitProps) {
  const swatch = (part: Part, index: number) =>
    ({ "--swatch": series_color(color(part.key, index)) }) as React.CSSProperties;
  return (
    <div>
      <div
        className="split"
        role="img"
        aria-label={`${label}: ${parts.map((part) => `${humanize(part.key)} ${percent(part.share)}`).join(", ")}`}
      >
        {parts.map((part, i) => (
          <i key={part.key} style={{ ...swatch(part, i), flex: `${part.share} 1 0` }} />
        ))}
      </div>
      <ul className="parts">
        {parts.map((part, i) => (
          <li key={part.key}>
            <span className="swatch" style={swatch(part, i)} aria-hidden="true" />
            {humanize(part.key)} <b>{value(part.value)}</b> <span className="share">{share(part.share)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Section({
  id,
  title,
  lead,
  children,
}: {
  id: string;
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="section" id={id} aria-labelledby={`${id}-title`}>
      <div className="wrap">
        <h2 id={`${id}-title`}>{title}</h2>
        {lead && <p className="section-lead">{lead}</p>}
        {children}
      </div>
    </section>
  );
}

import { Section, VerdictChip } from "../components/small";
import { DataTable, type Column } from "../components/table";
import { humanize, kNone, plural, quantity, with_dates } from "../format";
import type { Claim, Source } from "../run";
import type { SectionProps } from "./report";
import { SourceLink } from "./source_link";

/** The values that a claim allows, from its tolerance and, for a claimed range, from end to end; "at least" has no end above. */
export function allowed(claim: Claim): { low: number; high: number } | undefined {
  if (typeof claim.claimed !== "number") return undefined;
  const ends = [claim.claimed, claim.claimed_upper ?? claim.claimed];
  const slack = claim.tolerance ?? 0;
  return {
    low:
      claim.relation === "at_most"
        ? Number.NEGATIVE_INFINITY
        : Math.min(...ends.map((end) => end - Math.abs(end) * slack)),
    high:
      claim.relation === "at_least"
        ? Number.POSITIVE_INFINITY
        : Math.max(...ends.map((end) => end + Math.abs(end) * slack)),
  };
}

const kSigns = { at_least: "≥ ", at_most: "≤ ", equals: "= ", range: "", approximately: "~ " } as const;

/** "≥ 65 billion USD", or "60 to 65 billion USD" for a claimed range. */
export function claimed_words(claim: Claim): string {
  const first = `${claim.relation ? kSigns[claim.relation] : ""}${quantity(claim.claimed, claim.unit)}`;
  return claim.claimed_upper == null ? first : `${first} to ${quantity(claim.claimed_upper, claim.unit)}`;
}

/** What is claimed (an upright line at each end of it) against what is computed (dot) and its range (bar). */
function Range({ claim }: { claim: Claim }) {
  const may = allowed(claim);
  const ends = [claim.claimed, claim.claimed_upper].filter((n): n is number => typeof n === "number");
  const numbers = [...ends, claim.value, claim.low, claim.high].filter((n): n is number => typeof n === "number");
  if (numbers.length < 2) return null;
  if (may) numbers.push(...[may.low, may.high].filter(Number.isFinite));
  // All on one point: it stands in the middle.
  const room = Math.max(...numbers) > Math.min(...numbers) ? 0 : 0.1 * Math.abs(numbers[0]!) || 1;
  const low = Math.min(...numbers) - room;
  const high = Math.max(...numbers) + room;
  const span = high - low;
  const [from, to] = may ? [Math.max(may.low, low), Math.min(may.high, high)] : [0, 0];
  const at = (value: number) => `${4 + (92 * (value - low)) / span}%`;
  const width = (value: number) => `${(92 * value) / span}%`;
  return (
    <svg
      className="range"
      role="img"
      aria-label={`Claimed ${claimed_words(claim)}, computed ${quantity(claim.value, claim.unit)}`}
    >
      <line x1="0" x2="100%" y1="24" y2="24" stroke="var(--line)" />
      {to > from && (
        <rect
          className="allowed"
          x={at(from)}
          width={width(to - from)}
          y="10"
          height="28"
          fill="var(--hover)"
          stroke="var(--line)"
        />
      )}
      {typeof claim.low === "number" && typeof claim.high === "number" && (
        <rect
          x={at(claim.low)}
          width={width(claim.high - claim.low)}
          y="20"
          height="8"
          rx="4"
          fill="var(--c0)"
          fillOpacity="0.35"
        />
      )}
      {ends.map((end) => (
        <svg key={end} x={at(end)} overflow="visible">
          <path d="M0 8v32" stroke="var(--ink)" strokeWidth="2" />
        </svg>
      ))}
      {typeof claim.value === "number" && (
        <circle cx={at(claim.value)} cy="24" r="6" fill="var(--c0)" stroke="var(--paper)" strokeWidth="1.5" />
      )}
    </svg>
  );
}

export function ClaimRow({ claim, sources }: { claim: Claim; sources: readonly Source[] }) {
  const range =
    claim.low != null && claim.high != null
      ? `${quantity(claim.low, claim.unit)} to ${quantity(claim.high, claim.unit)}`
      : "";
  return (
    <li className="claim">
      <div>
        <VerdictChip verdict={claim.verdict} />
      </div>
      <div className="text">
        <h3>{claim.statement}</h3>
        {claim.explanation && <p>{with_dates(claim.explanation)}</p>}
        <p>
          {claim.binding && (
            <>
              What binds: <strong>{claim.binding}</strong>.{" "}
            </>
          )}
          {claim.source && (
            <>
              Source: <SourceLink name={claim.source} sources={sources} />.
            </>
          )}
        </p>
      </div>
      <div>
        <Range claim={claim} />
        <p className="range-words">
          <span>
            Claimed <b>{claimed_words(claim)}</b>
          </span>
          <span>
            Computed <b>{quantity(claim.value, claim.unit)}</b>
          </span>
          {range && <span>Range {range}</span>}
          {claim.nominal != null && claim.nominal !== claim.value && (
            <span>Without delays {quantity(claim.nominal, claim.unit)}</span>
          )}
        </p>
      </div>
    </li>
  );
}

export const kClaimColumns: Column<Claim>[] = [
  { key: "claim", label: "Claim", plain: (claim) => claim.statement },
  {
    key: "verdict",
    label: "Verdict",
    plain: (claim) => claim.verdict,
    show: (claim) => <VerdictChip verdict={claim.verdict} />,
  },
  { key: "claimed", label: "Claimed", number: true, plain: (claim) => claim.claimed, show: claimed_words },
  {
    key: "value",
    label: "Computed",
    number: true,
    plain: (claim) => claim.value,
    show: (claim) => quantity(claim.value, claim.unit),
  },
  {
    key: "low",
    label: "Low",
    number: true,
    plain: (claim) => claim.low,
    show: (claim) => quantity(claim.low, claim.unit),
  },
  {
    key: "high",
    label: "High",
    number: true,
    plain: (claim) => claim.high,
    show: (claim) => quantity(claim.high, claim.unit),
  },
  { key: "unit", label: "Unit", plain: (claim) => claim.unit },
  {
    key: "binding",
    label: "What binds",
    plain: (claim) => claim.binding,
    show: (claim) => (claim.binding ? humanize(claim.binding) : kNone),
  },
  {
    key: "quantity",
    label: "Quantity",
    plain: (claim) => claim.quantity,
    show: (claim) => (claim.quantity ? <code>{claim.quantity}</code> : kNone),
  },
  { key: "source", label: "Source", plain: (claim) => claim.source },
];

export function ClaimsSection({ run }: SectionProps) {
  const claims = run.claims!;
  const count = (verdict: Claim["verdict"]) =>
    claims.filter((claim) => (claim.verdict ?? "undecidable") === verdict).length;
  const lead = `${plural(claims.length, "published statement")} held against the run: ${count("consistent")} consistent, ${count("inconsistent")} inconsistent, ${count("undecidable")} not decidable. The upright line is the claim with its tolerance (two lines: a claimed range), the dot what the run gives, the bar its range.`;
  return (
    <Section id="claims" title="Claims" lead={lead}>
      <div className="stack">
        <ul className="claims">
          {claims.map((claim) => (
            <ClaimRow key={claim.id} claim={claim} sources={run.sources ?? []} />
          ))}
        </ul>
        <details className="more screen-only">
          <summary>As a table</summary>
          <DataTable label="Claims" name="claims" columns={kClaimColumns} rows={claims} row_key={(claim) => claim.id} />
        </details>
      </div>
    </Section>
  );
}

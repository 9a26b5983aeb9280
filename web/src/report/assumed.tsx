import { Section } from "../components/small";
import { DataTable, type Column } from "../components/table";
import { humanize, is_year, kNone, percent, quantity } from "../format";
import type { Assumption, Balance, Input, Source } from "../run";
import type { SectionProps } from "./report";
import { SourceLink, web_address } from "./source_link";

const plain_leaf = (value: Input["value"]) => (typeof value === "boolean" ? String(value) : value);

const sourced = (name: string | undefined, sources: readonly Source[]) =>
  name ? (
    <span className="wraps">
      <SourceLink name={name} sources={sources} />
    </span>
  ) : (
    kNone
  );

const kLongText = 24;
const written = ({ path, value, unit }: Pick<Input, "path" | "value" | "unit">) => {
  if (is_year(path, value)) return String(value);
  const text = quantity(value, unit);
  return text.length > kLongText ? <span className="wraps text">{text}</span> : text;
};

const assumed_columns = (sources: readonly Source[]): Column<Assumption>[] => [
  { key: "path", label: "Input", plain: (row) => row.path, show: (row) => <code>{row.path}</code> },
  {
    key: "value",
    label: "Value",
    number: true,
    plain: (row) => plain_leaf(row.value),
    show: (row) => written(row),
  },
  { key: "low", label: "Low", number: true, plain: (row) => row.low, show: (row) => quantity(row.low, row.unit) },
  { key: "high", label: "High", number: true, plain: (row) => row.high, show: (row) => quantity(row.high, row.unit) },
  {
    key: "reason",
    label: "Reason",
    plain: (row) => row.reason,
    show: (row) => <span style={{ display: "block", minWidth: "18rem" }}>{row.reason ?? kNone}</span>,
  },
  {
    key: "source",
    label: "Source",
    plain: (row) => row.source,
    show: (row) => sourced(row.source, sources),
  },
];

const input_columns = (sources: readonly Source[]): Column<Input>[] => [
  { key: "path", label: "Input", plain: (row) => row.path, show: (row) => <code>{row.path}</code> },
  {
    key: "value",
    label: "Value",
    number: true,
    plain: (row) => plain_leaf(row.value),
    show: (row) => written(row),
  },
  {
    key: "origin",
    label: "From",
    plain: (row) => row.origin,
    show: (row) => (row.origin ? humanize(row.origin) : kNone),
  },
  {
    key: "source",
    label: "Source",
    plain: (row) => row.source,
    show: (row) => sourced(row.source, sources),
  },
];

const kBalanceColumns: Column<Balance>[] = [
  { key: "name", label: "Balance", plain: (row) => row.name },
  {
    key: "total",
    label: "Total",
    number: true,
    plain: (row) => row.total,
    show: (row) => quantity(row.total, row.unit),
  },
  {
    key: "residual",
    label: "Left over",
    number: true,
    plain: (row) => row.residual,
    show: (row) => quantity(row.residual, row.unit),
  },
  {
    key: "parts",
    label: "Parts",
    plain: (row) =>
      Object.entries(row.parts ?? {})
        .map(([key, value]) => `${key} ${value}`)
        .join("; "),
    show: (row) => (
      <span style={{ display: "block", minWidth: "18rem" }}>
        {Object.entries(row.parts ?? {})
          .map(
            ([key, value]) =>
              `${humanize(key)} ${row.total ? percent((value ?? 0) / row.total) : quantity(value, row.unit)}`,
          )
          .join(", ")}
      </span>
    ),
  },
];

export function AssumedSection({ run }: SectionProps) {
  const { assumed = [], inputs = [], balances = [], sources = [] } = run;
  return (
    <Section
      id="assumed"
      title="Assumptions and inputs"
      lead={
        assumed.length
          ? "What is not published had to be assumed: each with its range and the reason for it."
          : undefined
      }
    >
      <div className="stack">
        {assumed.length > 0 && (
          <DataTable
            label="Assumed inputs"
            title="Assumed"
            name="assumed"
            columns={assumed_columns(sources)}
            rows={assumed}
            row_key={(row) => row.path}
            filter={assumed.length > 12}
          />
        )}
        {balances.length > 0 && (
          <DataTable
            label="Balances"
            title="Balances"
            name="balances"
            columns={kBalanceColumns}
            rows={balances}
            row_key={(row) => row.name}
          />
        )}
        {inputs.length > 0 && (
          <details className="more screen-only">
            <summary>
              All inputs <span className="quiet">({inputs.length.toLocaleString("en-US")})</span>
            </summary>
            <DataTable
              label="Inputs"
              name="inputs"
              columns={input_columns(sources)}
              rows={inputs}
              row_key={(row) => row.path}
              filter
              limit={60}
            />
          </details>
        )}
      </div>
    </Section>
  );
}

export function SourcesSection({ run }: SectionProps) {
  return (
    <Section id="sources" title="Sources">
      <ul className="sources">
        {run.sources!.map((source) => {
          const url = web_address(source.url);
          return (
            <li key={source.key} id={`source-${source.key}`}>
              <code>{source.key}</code>
              <span>
                {url ? (
                  <a href={url} rel="noreferrer">
                    {source.title ?? url}
                  </a>
                ) : (
                  (source.title ?? source.url)
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

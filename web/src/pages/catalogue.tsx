import { useMemo } from "react";
import { useCatalog } from "../app/catalog";
import { useGet } from "../app/load";
import type { Answer } from "../app/operation";
import { Block, PageHead, Problem, Waiting } from "../app/parts";
import type { CatalogEntry } from "../app/api";
import { href } from "../app/router";
import { Places } from "../components/small";
import { DataTable, type Column } from "../components/table";
import { entry_rows, type EntryRow } from "../data/entry";
import { humanize, kNone, plural, quantity } from "../format";
import { web_address } from "../report/source_link";

const kKinds: Record<string, string> = {
  accelerator: "Accelerators",
  system: "Systems",
  model: "Models",
  site: "Sites",
  network: "Networks",
  software: "Software",
  grid: "Grids",
  failures: "Failures",
  prices: "Prices",
  carbon: "Carbon",
  facility: "Facility",
  fact: "Facts",
};
const kOrder = Object.keys(kKinds);

interface Figure {
  value?: number | string;
  unit?: string;
  kind?: string;
}

export default function CataloguePage({ rest }: { rest: readonly string[] }) {
  const [kind = "accelerator", name] = rest;
  return name === undefined ? <List kind={kind} /> : <Entry kind={kind} name={name} />;
}

/** The figures of entries of a kind that most of them have, as columns. */
function figure_columns(entries: readonly CatalogEntry[]): Column<CatalogEntry>[] {
  const figures = (entry: CatalogEntry) => (entry.figures ?? {}) as Record<string, Figure | string | number | boolean>;
  const counts = new Map<string, number>();
  for (const entry of entries)
    for (const key of Object.keys(figures(entry))) counts.set(key, (counts.get(key) ?? 0) + 1);
  const of = (entry: CatalogEntry, key: string): Figure => {
    const figure = figures(entry)[key];
    return typeof figure === "object" && figure !== null
      ? figure
      : { value: typeof figure === "boolean" ? String(figure) : figure };
  };
  return [...counts]
    .filter(([, count]) => count >= entries.length * 0.6)
    .slice(0, 7)
    .map(([key]): Column<CatalogEntry> => {
      const numeric = entries.some((entry) => typeof of(entry, key).value === "number");
      return {
        key,
        label: humanize(key),
        number: numeric,
        plain: (entry) => of(entry, key).value,
        show: (entry) =>
          of(entry, key).value === undefined ? kNone : quantity(of(entry, key).value, of(entry, key).unit),
      };
    });
}

function List({ kind }: { kind: string }) {
  const { entries, error, ready } = useCatalog();
  const shown = useMemo(() => entries.filter((entry) => entry.kind === kind), [entries, kind]);
  const kinds = kOrder.filter((one) => entries.some((entry) => entry.kind === one));
  const columns = useMemo(
    (): Column<CatalogEntry>[] => [
      {
        key: "name",
        label: "Name",
        plain: (entry) => entry.name,
        show: (entry) => <a href={href(["catalogue", kind, entry.name])}>{entry.title ?? entry.name}</a>,
      },
      { key: "key", label: "Key", plain: (entry) => entry.name, show: (entry) => <code>{entry.name}</code> },
      ...figure_columns(shown),
      {
        key: "aliases",
        label: "Also called",
        screen_only: true,
        plain: (entry) => entry.aliases?.join(", "),
        show: (entry) => <span className="quiet">{entry.aliases?.slice(0, 3).join(", ")}</span>,
      },
    ],
    [shown, kind],
  );
  if (error) return <Problem error={error} />;
  if (!ready) return <Waiting />;
  return (
    <>
      <PageHead
        title="Catalogue"
        lead={`${plural(entries.filter((entry) => kOrder.includes(entry.kind)).length, "entry", "entries")}; open one for every value with its band, its kind of evidence and its source.`}
      />
      <div className="wrap">
        <Places
          label="Kinds"
          at={kind}
          options={kinds.map((one) => [one, kKinds[one]!, href(["catalogue", one])] as const)}
        />
        <h2 className="hidden-text">{kKinds[kind] ?? kind}</h2>
        {shown.length ? (
          <DataTable
            key={kind}
            label={kKinds[kind] ?? kind}
            name={`catalogue-${kind}`}
            columns={columns}
            rows={shown}
            row_key={(entry) => entry.name}
            filter
            limit={60}
          />
        ) : (
          <p>The catalogue has no kind called {kind}.</p>
        )}
      </div>
    </>
  );
}

type Source = Answer<"GET /api/catalog/{kind}/{name}">["sources"][string];

function Entry({ kind, name }: { kind: string; name: string }) {
  const { data, error, pending } = useGet("GET /api/catalog/{kind}/{name}", { kind, name });
  const rows = useMemo(() => entry_rows(data?.entry), [data]);
  const back = href(["catalogue", kind]);
  if (error)
    return (
      <Problem title="Not in the catalogue" error={error}>
        <p>
          <a href={back}>All {(kKinds[kind] ?? kind).toLowerCase()}</a>
        </p>
      </Problem>
    );
  if (!data || pending) return <Waiting />;
  const source = (key: string | undefined) => (key ? data.sources[key] : undefined);
  const columns: Column<EntryRow>[] = [
    {
      key: "path",
      label: "Quantity",
      plain: (row) => row.path,
      show: (row) => row.path.split(".").map(humanize).join(", "),
    },
    {
      key: "value",
      label: "Value",
      number: true,
      plain: (row) => (typeof row.value === "boolean" ? String(row.value) : row.value),
      show: (row) => (
        <span className={typeof row.value === "string" && row.value.length > 24 ? "long-value" : undefined}>
          {quantity(row.value, row.unit)}
        </span>
      ),
    },
    { key: "low", label: "Low", number: true, plain: (row) => row.low, show: (row) => quantity(row.low, row.unit) },
    { key: "high", label: "High", number: true, plain: (row) => row.high, show: (row) => quantity(row.high, row.unit) },
    {
      key: "kind",
      label: "Evidence",
      plain: (row) => row.kind,
      show: (row) => (row.kind === "assumed" ? <span className="tag">assumed</span> : (row.kind ?? kNone)),
    },
    {
      key: "source",
      label: "Source",
      plain: (row) => source(row.source)?.title ?? row.source,
      show: (row) => (row.source ? <SourceOf name={row.source} source={source(row.source)} /> : kNone),
    },
    {
      key: "reason",
      label: "Reason",
      plain: (row) => row.reason,
      show: (row) => (row.reason ? <span className="long-value">{row.reason}</span> : kNone),
    },
  ];
  const title = String(data.entry.title ?? data.name);
  const aliases = Array.isArray(data.entry.aliases) ? data.entry.aliases.map(String) : [];
  const system = kind === "system" ? { system: name } : kind === "model" ? { model: name } : null;
  return (
    <>
      <PageHead
        title={title}
        lead={
          <>
            <a href={back}>{kKinds[kind] ?? kind}</a> · <code>{data.name}</code>
            {aliases.length > 0 && ` · also ${aliases.join(", ")}`}
          </>
        }
      >
        {system && (
          <a className="button" href={href(["step"], system)}>
            Try in a step
          </a>
        )}
      </PageHead>
      <div className="wrap">
        <Block>
          <h2 className="hidden-text">Values</h2>
          <DataTable
            label="Values"
            name={data.name}
            columns={columns}
            rows={rows}
            row_key={(row) => row.path}
            limit={120}
            filter={rows.length > 20}
          />
        </Block>
      </div>
    </>
  );
}

function SourceOf({ name, source }: { name: string; source: Source | undefined }) {
  const url = web_address(source?.citation);
  const title = source?.title ?? name;
  return (
    <span className="long-value">
      {url ? (
        <a href={url} rel="noreferrer">
          {title}
        </a>
      ) : (
        title
      )}
      {source?.date && <span className="quiet"> {source.date}</span>}
      {source?.citation && !url && <span className="quiet"> {source.citation}</span>}
    </span>
  );
}

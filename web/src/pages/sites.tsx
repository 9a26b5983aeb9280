import { useMemo } from "react";
import { Block, OfRun, PageHead, type RunView } from "../app/parts";
import { href } from "../app/router";
import { Sankey } from "../charts/sankey";
import { TimeSeries } from "../charts/time_series";
import { range_words } from "../components/figure";
import { AssumedTag, Places } from "../components/small";
import { Stat } from "../components/stat";
import { DataTable, type Column } from "../components/table";
import { fit, has_values, short_title, type Layer } from "../data/series";
import { power_chain, site_rates } from "../data/power_chain";
import { compact, date, humanize, kNone, period, quantity, tick, usd } from "../format";
import type { Milestone, Num, Site } from "../run";
import { kTypicalDay, TypicalDays } from "../report/hours";
import { SitesSection } from "../report/sites";

export default function SitesPage({ rest }: { rest: readonly string[] }) {
  return <OfRun>{(view) => <Sites {...view} name={rest[0]} />}</OfRun>;
}

function Sites({ name, ...view }: RunView & { name: string | undefined }) {
  const { id, run } = view;
  const sites = run.sites ?? [];
  const site = sites.find((one) => one.name === name) ?? (sites.length === 1 ? sites[0] : undefined);
  const places = [
    ["", "All", href(["runs", id, "sites"])] as const,
    ...sites.map(
      (one) => [one.name, short_title(one.title ?? one.name), href(["runs", id, "sites", one.name])] as const,
    ),
  ];
  return (
    <>
      <PageHead title={site ? (site.title ?? site.name) : "Sites"} lead={site?.assumed ? <AssumedTag /> : undefined} />
      {sites.length > 1 && (
        <div className="wrap">
          <Places label="Sites" at={site?.name ?? ""} options={places} />
        </div>
      )}
      {site ? (
        <One key={site.name} {...view} site={site} />
      ) : sites.length ? (
        <SitesSection run={run} colors={view.colors} />
      ) : (
        <p className="wrap">This run has no sites.</p>
      )}
    </>
  );
}

const kLimits: Record<string, string> = {
  power: "Power: accelerators wait for it, or use all there is",
  chips: "Accelerators: there is power for more",
  demand: "Demand: accelerators stand idle",
  none: "Nothing",
};

function One({ run, site }: RunView & { site: Site }) {
  const series = run.series;
  const own = series?.per_site?.[site.name];
  const flow = useMemo(() => power_chain(site, run.jobs ?? []), [site, run]);
  const rates = useMemo(() => (own ? site_rates(own) : {}), [own]);
  const every = series ? period(series.dates) : "month";
  const lines = (list: (Layer | false | undefined)[]) =>
    series
      ? fit(
          series,
          list.filter((layer): layer is Layer => !!layer && has_values(layer.values)),
        )
      : [];
  const line = (
    key: string,
    label: string,
    values: Layer["values"] | undefined,
    color: Layer["color"],
    more: Partial<Layer> = {},
  ): Layer | false => !!values && { key, label, values, color, ...more };
  const power = lines([
    line("energized", "Energized", own?.energized_mw_facility, 0, {
      low: own?.energized_mw_facility_low,
      high: own?.energized_mw_facility_high,
    }),
    line("no-delays", "Energized without delays", own?.energized_mw_facility_nominal, 0, { dashed: true }),
    line("peak", "Load, peak", own?.load_mw_facility_peak, 1, { dashed: true }),
    line("load", "Load, mean", own?.load_mw_facility, 1),
    line("it", "Load at the racks, mean", own?.load_mw_it, 2),
  ]);
  const accelerators = lines([
    line("installed", "Powered", own?.accelerators, 0),
    line("waiting", "Delivered, without power", own?.accelerators_waiting, 1),
  ]);
  const chart = (
    title: string,
    subtitle: string,
    name: string,
    layers: Layer[],
    y_label: string,
    value: (v: number | null | undefined) => string = (v) => compact(v),
    min?: number,
  ) =>
    layers.length > 0 && (
      <TimeSeries
        title={title}
        subtitle={subtitle}
        name={`${name}-${site.name}`}
        dates={series!.dates}
        layers={layers}
        y_label={y_label}
        tick={tick}
        value={value}
        min={min}
      />
    );
  return (
    <div className="wrap">
      <Block>
        <dl className="headline">
          <Stat
            label="Energized at the meter"
            figure={quantity(site.energized_mw_facility, "MW")}
            note={
              range_words(site, "energized_mw_facility", (v) => quantity(v as Num, "MW")) ??
              `${quantity(site.energized_mw_it, "MW")} at the racks`
            }
          />
          <Stat
            label="Accelerators"
            figure={compact(site.accelerators)}
            note={range_words(site, "accelerators", (v) => compact(v as Num))}
          />
          <Stat
            label="First power"
            figure={date(site.first_power_date)}
            note={range_words(site, "first_power_date", (v) => date(v as string | null))}
          />
          <Stat label="PUE" figure={site.pue == null ? kNone : site.pue.toFixed(3)} note="over the run" />
          <Stat label="Electricity" figure={quantity(site.energy_mwh, "MWh")} note="at the meter" />
          <Stat label="Water" figure={quantity(site.water_m3, "m3")} />
          <Stat label="Carbon" figure={quantity(site.co2_t, "t")} note="location based" />
          <Stat
            label="Capital"
            figure={usd(site.capex_usd)}
            note={
              range_words(site, "capex_usd", (v) => usd(v as Num)) ??
              (site.opex_usd != null ? `${usd(site.opex_usd)} to operate` : undefined)
            }
          />
        </dl>
      </Block>
      {site.limiting && (
        <p className="limit-line">
          <strong>What limits it</strong> {kLimits[site.limiting] ?? humanize(site.limiting)}.
        </p>
      )}
      <Block title="Power">
        <div className="columns">
          {chart(
            "Energized power and load",
            "MW at the meter; at the racks where it says so",
            "site-power",
            power,
            "MW",
          )}
          {flow && (
            <Sankey
              title="Power chain"
              subtitle="Electricity over the whole run, from the meter to the work"
              name={`power-chain-${site.name}`}
              flow={flow}
              unit="MWh"
              value={(v) => quantity(v, "MWh")}
            />
          )}
        </div>
      </Block>
      {(rates.pue || rates.wue || rates.carbon) && (
        <Block title={`Efficiency by ${every}`}>
          <p className="block-lead">
            PUE and water for each kWh leave out {every}s below a twentieth of the largest load.
          </p>
          <div className="columns three">
            {chart(
              "PUE",
              "Energy at the meter over energy at the racks",
              "pue",
              lines([line("pue", "PUE", rates.pue, 0)]),
              "PUE",
              (v) => (v == null ? kNone : v.toFixed(3)),
              1,
            )}
            {chart(
              "Water",
              `m³ a ${every}`,
              "water",
              lines([line("water", "Water", own?.water_m3, 5)]),
              `m³ a ${every}`,
              (v) => quantity(v, "m3"),
            )}
            {chart(
              "Water for each kWh",
              "Liters for each kWh at the racks",
              "wue",
              lines([line("wue", "Water", rates.wue, 5)]),
              "L/kWh",
              (v) => quantity(v, "L/kWh"),
            )}
            {chart(
              "Carbon",
              `Tonnes of CO₂ a ${every}`,
              "co2",
              lines([line("co2", "Carbon", own?.co2_t, 6)]),
              `t a ${every}`,
              (v) => quantity(v, "t"),
            )}
            {chart(
              "Carbon for each kWh",
              "kg CO₂ for each kWh at the meter",
              "carbon",
              lines([line("carbon", "Carbon", rates.carbon, 6)]),
              "kg/kWh",
              (v) => (v == null ? kNone : `${v.toFixed(3)} kg/kWh`),
            )}
            {chart("Accelerators", "At the end of the month", "accelerators", accelerators, "accelerators")}
          </div>
        </Block>
      )}
      {site.typical_day && (
        <Block title="By hour of a typical day">
          <p className="block-lead">{kTypicalDay}</p>
          <TypicalDays name={site.name} day={site.typical_day} />
        </Block>
      )}
      {!!site.milestones?.length && (
        <Block>
          <DataTable
            label="Events"
            title="Events"
            name={`events-${site.name}`}
            columns={kEvents}
            rows={site.milestones.toSorted((a, b) => a.date.localeCompare(b.date))}
            row_key={(row) => `${row.phase} ${row.date} ${row.what}`}
          />
        </Block>
      )}
    </div>
  );
}

const kEvents: Column<Milestone>[] = [
  {
    key: "what",
    label: "What",
    plain: (row) => row.what ?? row.phase,
    show: (row) => (
      <>
        {row.what ?? humanize(row.phase)}
        {row.assumed && <AssumedTag />}
      </>
    ),
  },
  { key: "step", label: "Step", plain: (row) => row.phase, show: (row) => humanize(row.phase) },
  { key: "date", label: "Date", number: true, plain: (row) => row.date, show: (row) => date(row.date) },
];

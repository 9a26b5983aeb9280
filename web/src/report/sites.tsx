import { SiteMap } from "../charts/site_map";
import { series_color } from "../charts/colors";
import { other_columns, Ranged } from "../components/figure";
import { AssumedTag, Section } from "../components/small";
import { DataTable, type Column } from "../components/table";
import { compact, date, humanize, quantity, usd } from "../format";
import { short_title } from "../data/series";
import { is_energized } from "../data/moments";
import type { Milestone, Num, Site } from "../run";
import type { SectionProps } from "./report";

const columns = (colors: ReadonlyMap<string, number>): Column<Site>[] => [
  {
    key: "site",
    label: "Site",
    plain: (site) => site.title ?? site.name,
    show: (site) => (
      <>
        <span
          className="swatch"
          style={
            {
              "--swatch": series_color(colors.get(site.name) ?? 0),
              display: "inline-block",
              marginRight: 7,
            } as React.CSSProperties
          }
          aria-hidden="true"
        />
        {site.title ?? site.name}
        {site.assumed && <AssumedTag />}
      </>
    ),
  },
  {
    key: "facility",
    label: "Energized",
    unit: "MW facility",
    number: true,
    plain: (site) => site.energized_mw_facility,
    show: (site) => <Ranged of={site} name="energized_mw_facility" show={(v) => compact(v as Num)} />,
  },
  {
    key: "it",
    screen_only: true,
    label: "Energized",
    unit: "MW IT",
    number: true,
    plain: (site) => site.energized_mw_it,
    show: (site) => <Ranged of={site} name="energized_mw_it" show={(v) => compact(v as Num)} />,
  },
  {
    key: "accelerators",
    label: "Accelerators",
    number: true,
    plain: (site) => site.accelerators,
    show: (site) => <Ranged of={site} name="accelerators" show={(v) => compact(v as Num)} />,
  },
  {
    key: "first",
    label: "First power",
    number: true,
    plain: (site) => site.first_power_date,
    show: (site) => <Ranged of={site} name="first_power_date" show={(v) => date(v as string | null)} />,
  },
  {
    key: "capex",
    label: "Capital",
    unit: "USD",
    number: true,
    plain: (site) => site.capex_usd,
    show: (site) => <Ranged of={site} name="capex_usd" show={(v) => usd(v as Num)} />,
  },
  {
    key: "energy",
    screen_only: true,
    label: "Electricity",
    unit: "MWh",
    number: true,
    plain: (site) => site.energy_mwh,
    show: (site) => <Ranged of={site} name="energy_mwh" show={(v) => quantity(v as Num, "MWh")} />,
  },
  {
    key: "pue",
    label: "PUE",
    number: true,
    plain: (site) => site.pue,
    show: (site) => <Ranged of={site} name="pue" show={(v) => (v as Num)?.toFixed(2) ?? "–"} />,
  },
  {
    key: "water",
    screen_only: true,
    label: "Water",
    unit: "m³",
    number: true,
    plain: (site) => site.water_m3,
    show: (site) => <Ranged of={site} name="water_m3" show={(v) => compact(v as Num)} />,
  },
  {
    key: "co2",
    label: "Carbon",
    unit: "t CO₂",
    number: true,
    plain: (site) => site.co2_t,
    show: (site) => <Ranged of={site} name="co2_t" show={(v) => quantity(v as Num, "t")} />,
  },
  {
    key: "limiting",
    label: "Held back by",
    plain: (site) => site.limiting,
    show: (site) => (site.limiting ? humanize(site.limiting) : "–"),
  },
];

const kNamed = new Set([
  "energized_mw_facility",
  "energized_mw_it",
  "accelerators",
  "first_power_date",
  "capex_usd",
  "energy_mwh",
  "pue",
  "water_m3",
  "co2_t",
]);

/** The milestones of each site that `keep` lets through, oldest first. */
function Milestones({ sites, keep }: { sites: Site[]; keep: (step: Milestone) => boolean }) {
  return (
    <ul className="milestones" style={{ marginTop: "var(--s3)" }}>
      {sites
        .filter((site) => site.milestones!.some(keep))
        .map((site) => (
          <li key={site.name} style={{ display: "block", border: 0 }}>
            <h4>{short_title(site.title ?? site.name)}</h4>
            <ol>
              {site
                .milestones!.filter(keep)
                .sort((a, b) => a.date.localeCompare(b.date))
                .map((step, i) => (
                  <li key={i}>
                    <span className="quiet nowrap">{date(step.date)}</span>
                    <span>
                      {step.what || humanize(step.phase)}
                      {step.assumed && <AssumedTag />}
                    </span>
                  </li>
                ))}
            </ol>
          </li>
        ))}
    </ul>
  );
}

export function SitesSection({ run, colors }: SectionProps) {
  const sites = run.sites!;
  const built = sites.filter((site) => site.milestones?.length);
  return (
    <Section
      id="sites"
      title="Sites"
      lead="Power and accelerators as of the end of the run; electricity, water and carbon over all of it."
    >
      <div className="stack">
        <SiteMap sites={sites} colors={colors} />
        <DataTable
          label="Sites"
          title="All sites"
          name="sites"
          columns={[...columns(colors), ...other_columns<Site>(run.metrics?.site, kNamed)]}
          rows={sites}
          row_key={(site) => site.name}
        />
        {built.length > 0 && (
          <div>
            <h3>Milestones</h3>
            <Milestones sites={built} keep={(step) => is_energized(step)} />
            {built.some((site) => site.milestones!.some((step) => !is_energized(step))) && (
              <details className="more screen-only">
                <summary>Every step of the build-out</summary>
                <Milestones sites={built} keep={() => true} />
              </details>
            )}
          </div>
        )}
      </div>
    </Section>
  );
}

import { SiteMap } from "../charts/site_map";
import { series_color } from "../charts/colors";
import { AssumedTag, Section } from "../components/small";
import { DataTable, type Column } from "../components/table";
import { compact, date, humanize, quantity, usd } from "../format";
import { short_title } from "../data/series";
import type { Milestone, Site } from "../run";
import type { SectionProps } from "./report";

const columns = (colors: ReadonlyMap<string, number>): Column<Site>[] => [
  {
    key: "site", label: "Site", plain: (site) => site.title ?? site.name,
    show: (site) => (
      <>
        <span className="swatch" style={{ "--swatch": series_color(colors.get(site.name) ?? 0), display: "inline-block", marginRight: 7 } as React.CSSProperties} aria-hidden="true" />
        {site.title ?? site.name}{site.assumed && <AssumedTag />}
      </>
    ),
  },
  { key: "facility", label: "Energized", unit: "MW facility", number: true, plain: (site) => site.energized_mw_facility, show: (site) => compact(site.energized_mw_facility) },
  { key: "it", screen_only: true, label: "Energized", unit: "MW IT", number: true, plain: (site) => site.energized_mw_it, show: (site) => compact(site.energized_mw_it) },
  { key: "accelerators", label: "Accelerators", number: true, plain: (site) => site.accelerators, show: (site) => compact(site.accelerators) },
  { key: "first", label: "First power", number: true, plain: (site) => site.first_power_date, show: (site) => date(site.first_power_date) },
  { key: "capex", label: "Capital", unit: "USD", number: true, plain: (site) => site.capex_usd, show: (site) => usd(site.capex_usd) },
  { key: "energy", screen_only: true, label: "Electricity", unit: "MWh", number: true, plain: (site) => site.energy_mwh, show: (site) => quantity(site.energy_mwh, "MWh") },
  { key: "pue", label: "PUE", number: true, plain: (site) => site.pue, show: (site) => site.pue?.toFixed(2) ?? "–" },
  { key: "water", screen_only: true, label: "Water", unit: "m³", number: true, plain: (site) => site.water_m3, show: (site) => compact(site.water_m3) },
  { key: "co2", label: "Carbon", unit: "t CO₂", number: true, plain: (site) => site.co2_t, show: (site) => quantity(site.co2_t, "t") },
  { key: "limiting", label: "Held back by", plain: (site) => site.limiting, show: (site) => (site.limiting ? humanize(site.limiting) : "–") },
];

/** The milestones of each site that `keep` lets through, oldest first. */
function Milestones({ sites, keep }: { sites: Site[]; keep: (step: Milestone) => boolean }) {
  return (
    <ul className="milestones" style={{ marginTop: "var(--s3)" }}>
      {sites.filter((site) => site.milestones!.some(keep)).map((site) => (
        <li key={site.name} style={{ display: "block", border: 0 }}>
          <h4>{short_title(site.title ?? site.name)}</h4>
          <ol>
            {site.milestones!.filter(keep).sort((a, b) => a.date.localeCompare(b.date)).map((step, i) => (
              <li key={i}>
                <span className="quiet nowrap">{date(step.date)}</span>
                <span>{step.what || humanize(step.phase)}{step.assumed && <AssumedTag />}</span>
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
    <Section id="sites" title="Sites" lead="Power and accelerators as of the end of the run; electricity, water and carbon over all of it.">
      <div className="stack">
        <SiteMap sites={sites} colors={colors} />
        <DataTable label="Sites" title="All sites" name="sites" columns={columns(colors)} rows={sites} row_key={(site) => site.name} />
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

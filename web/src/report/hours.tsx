import { HeatMap } from "../charts/heat_map";
import { Choice, Section } from "../components/small";
import { useView } from "../components/view_state";
import { short_title } from "../data/series";
import { quantity } from "../format";
import type { Run, Site, TypicalDay } from "../run";
import type { SectionProps } from "./report";

export const kTypicalDay =
  "A day of each month with the site's mean swing of temperature, at an even load; local time. Single days of weather and the hours of the grid are not modeled.";

/** The hours behind the months: what the site's climate makes of them. */
export function TypicalDays({ name, day }: { name: string; day: TypicalDay }) {
  const carbon = day.carbon_kg_per_kwh;
  const water = Math.max(...day.water_l_per_kwh_it.flat()) > 0;
  return (
    <div className="columns">
      <HeatMap
        title="PUE by hour"
        subtitle="Energy at the meter over energy at the racks"
        name={`pue-hours-${name}`}
        quantity="PUE"
        values={day.pue}
        value={(v) => v.toFixed(3)}
        color={0}
      />
      <HeatMap
        title="Outdoor temperature"
        subtitle="Dry bulb, degrees Celsius"
        name={`temperature-hours-${name}`}
        quantity="°C"
        values={day.dry_bulb_c}
        value={(v) => `${v.toFixed(1).replace("-", "−")} °C`}
        color={1}
      />
      {water && (
        <HeatMap
          title="Water for each kWh by hour"
          subtitle="Liters for each kWh at the racks"
          name={`water-hours-${name}`}
          quantity="L/kWh"
          values={day.water_l_per_kwh_it}
          value={(v) => quantity(v, "L/kWh")}
          color={5}
        />
      )}
      {carbon != null && (
        <HeatMap
          title="Carbon for each kWh by hour"
          subtitle="kg CO₂ for each kWh at the racks; the grid's mean at every hour"
          name={`carbon-hours-${name}`}
          quantity="kg/kWh"
          values={day.pue.map((hours) => hours.map((pue) => pue * carbon))}
          value={(v) => quantity(v, "kg/kWh")}
          color={6}
        />
      )}
    </div>
  );
}

const with_climate = (run: Run) =>
  (run.sites ?? []).filter((site): site is Site & { typical_day: TypicalDay } => !!site.typical_day);

export const has_hours = (run: Run): boolean => with_climate(run).length > 0;

/** PUE, water and carbon by hour and month, one site at a time. */
export function HoursSection({ run }: SectionProps) {
  const sites = with_climate(run);
  const [chosen, choose] = useView("hours.site", sites[0]!.name);
  const site = sites.find((one) => one.name === chosen) ?? sites[0]!;
  return (
    <Section id="hours" title="PUE, water and carbon by hour" lead={kTypicalDay}>
      <div className="stack">
        {sites.length > 1 ? (
          <div>
            <Choice
              label="Site"
              value={site.name}
              options={sites.map((one) => [one.name, short_title(one.title ?? one.name)] as const)}
              choose={choose}
            />
          </div>
        ) : (
          <h3>{site.title ?? site.name}</h3>
        )}
        <TypicalDays key={site.name} name={site.name} day={site.typical_day} />
      </div>
    </Section>
  );
}

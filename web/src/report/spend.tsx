import { useMemo } from "react";
import { TimeSeries } from "../charts/time_series";
import { YearBars } from "../charts/year_bars";
import { Choice, Section } from "../components/small";
import { useView } from "../components/view_state";
import { humanize, tick, usd } from "../format";
import { cumulative, fit, group_layers, type Layer } from "../data/series";
import type { SectionProps } from "./report";

export function SpendSection({ run }: SectionProps) {
  const series = run.series!;
  const fleet = series.fleet!;
  const capex = useMemo(() => fit(series, group_layers(fleet.capex_usd_by_category, humanize)), [series, fleet]);
  const opex = useMemo(() => fit(series, group_layers(fleet.opex_usd_by_category, humanize)), [series, fleet]);
  const [chosen, set_chosen] = useView<"capex" | "opex">("spend.what", "capex");
  const what = capex.length && (chosen === "capex" || !opex.length) ? "capex" : "opex";
  const layers = what === "capex" ? capex : opex;
  const totals = useMemo(() => {
    const lines: Layer[] = [];
    const add = (key: "capex" | "opex", label: string, values: ReturnType<typeof cumulative>, color: number) =>
      values &&
      lines.push({
        key,
        label,
        values,
        color,
        low: fleet[`${key}_cumulative_usd_low`],
        high: fleet[`${key}_cumulative_usd_high`],
      });
    add("capex", "Capital", cumulative(fleet.capex_cumulative_usd, fleet.capex_usd_by_category), 0);
    add("opex", "Operating", cumulative(fleet.opex_cumulative_usd, fleet.opex_usd_by_category), 1);
    return fit(series, lines);
  }, [series, fleet]);
  return (
    <Section
      id="spend"
      title="Spend"
      lead="Capital by what it buys, operation by what it pays for, in US dollars of the day."
    >
      <div className="columns wide-left">
        {layers.length > 0 && (
          <YearBars
            key={what}
            title={what === "capex" ? "Capital spending by year" : "Operating cost by year"}
            subtitle="US dollars a year, by category"
            name={`${what}-by-year`}
            dates={series.dates}
            layers={layers}
            y_label="USD a year"
            controls={
              capex.length && opex.length ? (
                <Choice
                  label="Spend"
                  value={what}
                  options={[
                    ["capex", "Capital"],
                    ["opex", "Operating"],
                  ]}
                  choose={set_chosen}
                />
              ) : undefined
            }
          />
        )}
        {totals.length > 0 && (
          <TimeSeries
            title="Spent so far"
            subtitle="US dollars since the start of the run"
            name="cumulative-spend"
            dates={series.dates}
            layers={totals}
            y_label="USD"
            tick={tick}
            value={usd}
            note={totals.some((line) => line.low) ? "Shaded: the range over 8 of 10 simulated futures." : undefined}
          />
        )}
      </div>
    </Section>
  );
}

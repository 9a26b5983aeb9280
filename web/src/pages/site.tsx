import { useMemo } from "react";
import type { CommandAnswer } from "../app/operation";
import { Block } from "../app/parts";
import { Curve } from "../charts/curve";
import { TimeSeries } from "../charts/time_series";
import type { Layer } from "../data/series";
import { compact, humanize, tick } from "../format";
import { question_page, type MoreProps } from "./question";

type Series = CommandAnswer<"site">["series"];
type Quantity = keyof Series["duration"];

const kDay_ms = 86_400_000;

/** Who supplies the meter by the day, one over the other; the load stands over them as a line. */
function dispatch_layers(series: Series, sources: readonly string[]): Layer[] {
  // Beside the columns that every site has there is one named after each of its sources.
  const means: Readonly<Record<string, number[] | undefined>> = series.daily_mean;
  const stacked = sources.flatMap((name, i): Layer[] => {
    const values = means[`${name}_mw`];
    return values?.some((mw) => mw > 0) ? [{ key: name, label: humanize(name), color: i, values, stacked: true }] : [];
  });
  return [...stacked, { key: "load", label: "Load at the meter", color: "ink", values: series.daily_mean.facility_mw }];
}

/** A duration curve: in how many percent of the hours a quantity is at least so high; none of what never changes. */
function Duration({ series, keys, title }: { series: Series; keys: readonly Quantity[]; title: string }) {
  const known = keys.filter((key) => series.duration[key]);
  const shown = known.some((key) => series.duration[key][0] !== series.duration[key].at(-1)) ? known : [];
  const rows = useMemo(
    () =>
      (shown[0] ? series.duration[shown[0]] : []).map(
        (_, i, all): Record<string, number | undefined> => ({
          hours_pct: (100 * i) / Math.max(1, all.length - 1),
          ...Object.fromEntries(shown.map((key) => [key, series.duration[key][i]])),
        }),
      ),
    [series, shown],
  );
  return (
    rows.length > 0 && (
      <Block>
        <Curve
          title={title}
          name={`site-duration-${shown.join("-")}`}
          rows={rows}
          x="hours_pct"
          ys={shown}
          x_label="hours, %"
        />
      </Block>
    )
  );
}

/** Quantities by the day in one unit; what never changes is told by the figures above. */
function Days({
  series,
  dates,
  lines,
  title,
  unit,
}: {
  series: Series;
  dates: string[];
  lines: readonly (readonly [Quantity, string])[];
  title: string;
  unit: string;
}) {
  const layers = useMemo(
    () =>
      lines.flatMap(([key, label], color): Layer[] => {
        const values = series.daily_mean[key];
        return values.some((value) => value !== values[0]) ? [{ key, label, color, values }] : [];
      }),
    [series, lines],
  );
  return (
    layers.length > 0 && (
      <Block>
        <TimeSeries
          title={title}
          subtitle="Mean of each day"
          name={`site-days-${lines[0]![0]}`}
          dates={dates}
          layers={layers}
          y_label={unit}
          tick={tick}
          value={(v) => compact(v)}
        />
      </Block>
    )
  );
}

const kPrice = [["price_usd_per_mwh", "Price"]] as const;
const kCarbon = [["carbon_g_per_kwh", "Carbon"]] as const;
const kAir = [
  ["wet_bulb_c", "Wet bulb"],
  ["dry_bulb_c", "Dry bulb"],
] as const;

function Hours({ answer }: MoreProps<"site">) {
  const { series } = answer;
  const layers = useMemo(
    () =>
      dispatch_layers(
        series,
        answer.sources.filter((s) => s.kind !== "export").map((s) => s.name),
      ),
    [series, answer],
  );
  const dates = useMemo(
    () =>
      series.daily_mean.facility_mw.map((_, day) =>
        new Date(Date.parse(`${series.first}Z`) + day * kDay_ms).toISOString().slice(0, 10),
      ),
    [series],
  );
  return (
    <>
      <Block>
        <TimeSeries
          title="Dispatch"
          subtitle="Mean of each day, MW at the meter"
          name="site-dispatch"
          dates={dates}
          layers={layers}
          y_label="MW facility"
          tick={tick}
          value={(v) => compact(v)}
        />
      </Block>
      <Days series={series} dates={dates} lines={kPrice} title="Price" unit="USD/MWh" />
      <Days series={series} dates={dates} lines={kCarbon} title="Carbon of the grid" unit="g/kWh" />
      <Days series={series} dates={dates} lines={kAir} title="Air outside" unit="°C" />
      <Duration series={series} keys={["it_mw", "facility_mw"]} title="Duration of the load, MW" />
      <Duration series={series} keys={["price_usd_per_mwh"]} title="Duration of the price, USD/MWh" />
      <Duration series={series} keys={["carbon_g_per_kwh"]} title="Duration of the carbon of the grid, g/kWh" />
      <Duration series={series} keys={["wet_bulb_c", "dry_bulb_c"]} title="Duration of the temperatures, °C" />
      <Duration series={series} keys={["pue"]} title="Duration of the PUE" />
    </>
  );
}

export default question_page("site", "Site", {
  headline: ["facility_mwh", "facility_mw_max", "pue_mean", "water_m3", "co2_t", "cost_usd", "cost_usd_per_it_mwh"],
  More: Hours,
  drawn: ["series"],
});

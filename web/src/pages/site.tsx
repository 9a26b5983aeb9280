import { useMemo } from "react";
import { Block } from "../app/parts";
import { Curve } from "../charts/curve";
import { TimeSeries } from "../charts/time_series";
import type { Layer } from "../data/series";
import { compact, humanize, tick } from "../format";
import { question_page, type MoreProps } from "./question";

interface Series {
  first: string;
  daily_mean: Record<string, number[]>;
  duration: Record<string, number[]>;
}

const kDay_ms = 86_400_000;

/** Who supplies the meter by the day, one over the other; the load stands over them as a line. */
function dispatch_layers(series: Series, sources: readonly string[]): Layer[] {
  const stacked = sources.flatMap((name, i): Layer[] => {
    const values = series.daily_mean[`${name}_mw`];
    return values?.some((mw) => mw > 0) ? [{ key: name, label: humanize(name), color: i, values, stacked: true }] : [];
  });
  const load = series.daily_mean["facility_mw"];
  return load ? [...stacked, { key: "load", label: "Load at the meter", color: "ink", values: load }] : stacked;
}

/** A duration curve: in how many percent of the hours a quantity is at least so high. */
function Duration({ series, keys, title }: { series: Series; keys: readonly string[]; title: string }) {
  const shown = keys.filter((key) => series.duration[key]);
  const rows = useMemo(
    () =>
      (series.duration[shown[0] ?? ""] ?? []).map((_, i, all) => ({
        hours_pct: (100 * i) / Math.max(1, all.length - 1),
        ...Object.fromEntries(shown.map((key) => [key, series.duration[key]![i]])),
      })),
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

function Hours({ answer }: MoreProps) {
  const series = answer["series"] as Series | undefined;
  const sources = useMemo(
    () =>
      ((answer["sources"] as { name: string; kind: string }[] | undefined) ?? [])
        .filter((s) => s.kind !== "export")
        .map((s) => s.name),
    [answer],
  );
  const layers = useMemo(() => (series ? dispatch_layers(series, sources) : []), [series, sources]);
  const dates = useMemo(
    () =>
      (series?.daily_mean["facility_mw"] ?? []).map((_, day) =>
        new Date(Date.parse(`${series!.first}Z`) + day * kDay_ms).toISOString().slice(0, 10),
      ),
    [series],
  );
  if (!series) return null;
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
      <Duration series={series} keys={["it_mw", "facility_mw"]} title="Duration of the load" />
      <Duration series={series} keys={["price_usd_per_mwh"]} title="Duration of the price" />
      <Duration series={series} keys={["wet_bulb_c", "dry_bulb_c"]} title="Duration of the temperatures" />
      <Duration series={series} keys={["pue"]} title="Duration of the PUE" />
    </>
  );
}

export default question_page("site", "Site", Hours, ["series"]);

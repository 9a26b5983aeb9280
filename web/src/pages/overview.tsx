import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { Block, OfRun, PageHead, type RunView } from "../app/parts";
import { href } from "../app/router";
import { RunNote, RunTexts } from "../app/run_texts";
import { series_color } from "../charts/colors";
import { SiteMap } from "../charts/site_map";
import { TimeSeries } from "../charts/time_series";
import { Stat } from "../components/stat";
import { useView } from "../components/view_state";
import { events_of, month_index, most_power, sites_at } from "../data/moments";
import { fit, has_spend, has_values, short_title, type Layer } from "../data/series";
import { compact, date, month as month_name, plural, quantity, tick, with_dates } from "../format";
import { Capacity } from "../report/capacity";

// Stands at the foot of the page and brings a large library: it comes when the rest is drawn.
const SpendSection = lazy(() => import("../report/spend").then((module) => ({ default: module.SpendSection })));
const PlanBars = lazy(() => import("../charts/plan_bars").then((module) => ({ default: module.PlanBars })));
const MoneySection = lazy(() => import("../report/money").then((module) => ({ default: module.MoneySection })));

export default function OverviewPage() {
  return <OfRun>{(view) => <Overview {...view} />}</OfRun>;
}

function Overview({ id, run, row, row_changed, colors }: RunView) {
  const { scenario, summary } = run;
  const phases = useMemo(
    () => (run.sites ?? []).flatMap((site) => site.phases ?? []).toSorted((a, b) => a.start.localeCompare(b.start)),
    [run.sites],
  );
  const how = [
    scenario.start && scenario.end && `${date(scenario.start)} to ${date(scenario.end)}`,
    summary?.runs && (summary.runs > 1 ? plural(summary.runs, "simulated future") : "one future"),
    summary?.events && `${quantity(summary.events)} events`,
    scenario.seed !== undefined && `seed ${scenario.seed}`,
  ]
    .filter(Boolean)
    .join(" · ");
  return (
    <>
      <PageHead title={row?.name ?? (scenario.title || scenario.name)} lead={how}>
        {row && <RunTexts row={row} changed={row_changed} />}
        <a className="button" href={href(["scenario"], { from: id })}>
          Edit the scenario
        </a>
        <a className="button" href={href(["compare"], { runs: id })}>
          Compare
        </a>
      </PageHead>
      <div className="wrap">
        {row && <RunNote row={row} />}
        {!!summary?.headline?.length && (
          <Block>
            <dl className="headline">
              {summary.headline.map((item) => (
                <Stat
                  key={item.id}
                  label={item.label}
                  figure={quantity(item.value, item.unit)}
                  note={item.note && with_dates(item.note)}
                />
              ))}
            </dl>
          </Block>
        )}
        {!!run.warnings?.length && (
          <Block>
            <ul className="notices flush" aria-label="Warnings">
              {run.warnings.map((warning) => (
                <li key={warning} className="notice">
                  <strong>Note</strong>
                  <span>{warning}</span>
                </li>
              ))}
            </ul>
          </Block>
        )}
        {run.series && run.sites?.length ? (
          <Block title="Build-out">
            <BuildOut run={run} colors={colors} />
          </Block>
        ) : null}
        {phases.length > 0 && (
          <Block>
            <Suspense fallback={<div className="spend-place" />}>
              <PlanBars phases={phases} end={scenario.end ?? phases.at(-1)!.service} />
            </Suspense>
          </Block>
        )}
        {run.series && (
          <Block title="Capacity and power">
            <Growth run={run} colors={colors} />
          </Block>
        )}
      </div>
      {has_spend(run) && (
        <Suspense fallback={<div className="spend-place" />}>
          <SpendSection run={run} colors={colors} />
        </Suspense>
      )}
      {!!run.money?.quarters.length && (
        <Suspense fallback={<div className="spend-place" />}>
          <MoneySection run={run} colors={colors} />
        </Suspense>
      )}
    </>
  );
}

const kFrame = 110;

/** The map and the bars at one month; play runs through them. */
function BuildOut({ run, colors }: Pick<RunView, "run" | "colors">) {
  const dates = run.series!.dates;
  const last = dates.length - 1;
  const [kept, keep] = useView("at", "");
  const [playing, set_playing] = useState<number | null>(null);
  const month = playing ?? month_index(dates, kept);
  const scale = useMemo(() => most_power(run), [run]);
  const sites = useMemo(() => sites_at(run, month), [run, month]);
  const stop = (at: number) => {
    set_playing(null);
    keep(at === last ? "" : dates[at]!);
  };
  useEffect(() => {
    if (playing === null) return;
    const timer = setTimeout(() => (playing >= last ? stop(last) : set_playing(playing + 1)), kFrame);
    return () => clearTimeout(timer);
  });
  const happened = events_of(run, dates[month]!);
  const placed = sites.some((site) => typeof site.latitude === "number" && typeof site.longitude === "number");
  return (
    <div>
      <div className="player">
        <button
          type="button"
          className="button strong"
          onClick={() => (playing === null ? set_playing(month >= last ? 0 : month) : stop(month))}
        >
          {playing === null ? "Play" : "Pause"}
        </button>
        <input
          type="range"
          min={0}
          max={last}
          value={month}
          aria-label="Month"
          aria-valuetext={month_name(dates[month])}
          onChange={(event) => stop(Number(event.target.value))}
        />
        <output>{month_name(dates[month])}</output>
      </div>
      <div className={placed ? "columns wide-left" : undefined}>
        {placed && (
          <SiteMap
            sites={sites}
            colors={colors}
            scale={scale}
            subtitle={`Energized at the meter, end of ${month_name(dates[month])}; a circle's area is its MW`}
          />
        )}
        <div>
          <ul className="site-bars">
            {sites.map((site) => (
              <li key={site.name}>
                <a
                  href={href([
                    "runs",
                    ...location.hash
                      .split("/")
                      .slice(2, 3)
                      .map((part) => part.split("?")[0]!),
                    "sites",
                    site.name,
                  ])}
                >
                  {short_title(site.title ?? site.name)}
                </a>
                <b>{quantity(site.energized_mw_facility ?? 0, "MW")}</b>
                <span className="quiet">{compact(site.accelerators)} acc.</span>
                <i>
                  <i
                    style={{
                      width: `${(100 * (site.energized_mw_facility ?? 0)) / (scale || 1)}%`,
                      background: series_color(colors.get(site.name) ?? 0),
                    }}
                  />
                </i>
              </li>
            ))}
          </ul>
          <h3 className="happened-title">In {month_name(dates[month])}</h3>
          <ul className="happened" aria-live={playing === null ? "polite" : "off"}>
            {happened.slice(0, 8).map((event, i) => (
              <li key={i}>
                <span className="quiet">{date(event.date)}</span> {event.text}
              </li>
            ))}
            {!happened.length && <li className="quiet">No site is energized and no job starts or ends.</li>}
          </ul>
        </div>
      </div>
    </div>
  );
}

function Growth({ run, colors }: Pick<RunView, "run" | "colors">) {
  const series = run.series!;
  const fleet = series.fleet;
  const power = useMemo(() => {
    const lines: Layer[] = [];
    if (has_values(fleet?.energized_mw_facility))
      lines.push({
        key: "energized",
        label: "Energized",
        values: fleet.energized_mw_facility,
        low: fleet.energized_mw_facility_low,
        high: fleet.energized_mw_facility_high,
        color: 0,
      });
    if (has_values(fleet?.energized_mw_facility_nominal))
      lines.push({
        key: "no-delays",
        label: "Energized without delays",
        values: fleet.energized_mw_facility_nominal,
        color: 0,
        dashed: true,
      });
    if (has_values(fleet?.facility_mw))
      lines.push({
        key: "load",
        label: "Load, mean",
        values: fleet.facility_mw,
        low: fleet.facility_mw_low,
        high: fleet.facility_mw_high,
        color: 1,
      });
    return fit(series, lines);
  }, [series, fleet]);
  const accelerators = useMemo(
    () =>
      fit(
        series,
        has_values(fleet?.accelerators)
          ? [
              {
                key: "accelerators",
                label: "Accelerators",
                values: fleet.accelerators,
                low: fleet.accelerators_low,
                high: fleet.accelerators_high,
                color: 2,
              },
            ]
          : [],
      ),
    [series, fleet],
  );
  const ranged = (layers: readonly Layer[]) =>
    layers.some((layer) => layer.low) ? "Shaded: the range over 8 of 10 simulated futures." : undefined;
  return (
    <div className="columns">
      {power.length > 0 && (
        <TimeSeries
          title="Power at the meter"
          subtitle="All sites, MW facility"
          name="fleet-power"
          dates={series.dates}
          layers={power}
          y_label="MW facility"
          tick={tick}
          value={(v) => compact(v)}
          note={ranged(power)}
        />
      )}
      {accelerators.length > 0 && (
        <TimeSeries
          title="Accelerators in service"
          subtitle="All sites, installed and powered"
          name="fleet-accelerators"
          dates={series.dates}
          layers={accelerators}
          y_label="accelerators"
          tick={tick}
          value={(v) => compact(v)}
          note={ranged(accelerators)}
        />
      )}
      <Capacity run={run} colors={colors} />
    </div>
  );
}

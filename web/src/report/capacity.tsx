import { useMemo } from "react";
import { TimeSeries } from "../charts/time_series";
import { Choice, Section } from "../components/small";
import { useView } from "../components/view_state";
import { compact, percent, period, quantity, tick } from "../format";
import {
  capacity_layers,
  fit,
  group_layers,
  has_values,
  short_title,
  total_load,
  type Layer,
  type PowerAt,
} from "../data/series";
import type { SectionProps } from "./report";

export function Capacity({ run }: SectionProps) {
  const [where, set_where] = useView<PowerAt>(
    "capacity.at",
    capacity_layers(run, "facility").length ? "facility" : "it",
  );
  const [view, set_view] = useView<"stack" | "lines">("capacity.view", "stack");
  const series = run.series!;
  const both = (["facility", "it"] as const).every((at) => capacity_layers(run, at).length > 0);
  const layers = useMemo(() => {
    const sites = fit(series, capacity_layers(run, where));
    const load = total_load(run, where)?.length === series.dates.length ? total_load(run, where) : undefined;
    if (view === "stack")
      return [
        ...sites,
        ...(load
          ? [{ key: "load", label: "Load, all sites", values: load, color: "ink", stacked: false } as Layer]
          : []),
      ];
    return sites.flatMap((site): Layer[] => {
      const drawn = series.per_site?.[site.key]?.[`load_mw_${where}`];
      const line = { ...site, stacked: false };
      return has_values(drawn) && drawn.length === series.dates.length
        ? [
            line,
            {
              key: `${site.key}.load`,
              label: `${site.label} load`,
              values: drawn,
              color: site.color,
              dashed: true,
              companion: site.key,
            },
          ]
        : [line];
    });
  }, [run, series, where, view]);
  if (!layers.length) return null;
  const ranged = layers.some((layer) => layer.low && layer.high);
  return (
    <div className="across">
      <TimeSeries
        title="Energized capacity by site"
        subtitle={`MW at the ${where === "it" ? "racks (IT)" : "meter (facility)"}, against the load`}
        name="capacity-by-site"
        dates={series.dates}
        layers={layers}
        y_label={where === "it" ? "MW IT" : "MW facility"}
        tick={tick}
        value={(v) => compact(v)}
        note={
          view === "lines"
            ? `Dashed: load. ${ranged ? "Shaded: the range over the simulated futures." : ""}`
            : undefined
        }
        controls={
          <>
            {both && (
              <Choice
                label="Power at"
                value={where}
                options={[
                  ["facility", "Facility"],
                  ["it", "IT"],
                ]}
                choose={set_where}
              />
            )}
            <Choice
              label="View"
              value={view}
              options={[
                ["stack", "Stacked"],
                ["lines", "By site"],
              ]}
              choose={set_view}
            />
          </>
        }
      />
    </div>
  );
}

/** One chart of a few fleet-wide lines, if the run has any of them. */
function Lines({
  run,
  title,
  subtitle,
  name,
  y_label,
  picks,
  shares,
}: SectionProps & {
  title: string;
  subtitle: string;
  name: string;
  y_label: string;
  shares?: boolean;
  picks: readonly [key: "goodput" | "utilization" | "energy_mwh" | "co2_t", label: string, color: number][];
}) {
  const series = run.series!;
  const layers = useMemo(
    () =>
      fit(
        series,
        picks.flatMap(([key, label, color]): Layer[] => {
          const values = series.fleet?.[key];
          return has_values(values) ? [{ key, label, values, color }] : [];
        }),
      ),
    // The picks are constants of the caller.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [series],
  );
  if (!layers.length) return null;
  return (
    <TimeSeries
      title={title}
      subtitle={subtitle}
      name={name}
      dates={series.dates}
      layers={layers}
      y_label={y_label}
      max={shares ? 1 : undefined}
      tick={shares ? (v) => `${Math.round(v * 100)}%` : tick}
      value={shares ? (v) => percent(v) : (v) => quantity(v, name === "energy" ? "MWh" : "t")}
    />
  );
}

export function CapacitySection({ run, colors }: SectionProps) {
  const series = run.series!;
  const generations = useMemo(() => fit(series, group_layers(series.fleet?.accelerators_by_generation)), [series]);
  const by_site = useMemo(
    () =>
      fit(
        series,
        (run.sites ?? []).flatMap((site, index): Layer[] => {
          const values = series.per_site?.[site.name]?.accelerators;
          return has_values(values)
            ? [{ key: site.name, label: short_title(site.title ?? site.name), values, color: index, stacked: true }]
            : [];
        }),
      ),
    [run, series],
  );
  const props = { run, colors };
  const every = period(series.dates);
  return (
    <Section
      id="capacity"
      title="Capacity and power"
      lead="What is energized, what it carries and how well it is used."
    >
      <div className="columns">
        <Capacity {...props} />
        {generations.length > 0 && (
          <TimeSeries
            title="Accelerators by generation"
            subtitle="Installed and powered, number of accelerators"
            name="accelerators-by-generation"
            dates={series.dates}
            layers={generations}
            y_label="accelerators"
            tick={tick}
            value={(v) => compact(v)}
          />
        )}
        {by_site.length > 0 && (
          <TimeSeries
            title="Accelerators by site"
            subtitle="Installed and powered, number of accelerators"
            name="accelerators-by-site"
            dates={series.dates}
            layers={by_site}
            y_label="accelerators"
            tick={tick}
            value={(v) => compact(v)}
          />
        )}
        <Lines
          {...props}
          title="Utilization and goodput"
          subtitle="Share of accelerators in use; share of their time that is useful work"
          name="utilization"
          y_label="share"
          shares
          picks={[
            ["utilization", "Utilization", 0],
            ["goodput", "Goodput", 2],
          ]}
        />
        <Lines
          {...props}
          title="Electricity"
          subtitle={`All sites at the meter, MWh a ${every}`}
          name="energy"
          y_label={`MWh a ${every}`}
          picks={[["energy_mwh", "Electricity", 4]]}
        />
        {!has_values(series.fleet?.energy_mwh) && (
          <Lines
            {...props}
            title="Carbon"
            subtitle={`Tonnes of CO₂ a ${every}`}
            name="carbon"
            y_label={`t CO₂ a ${every}`}
            picks={[["co2_t", "Carbon", 6]]}
          />
        )}
      </div>
    </Section>
  );
}

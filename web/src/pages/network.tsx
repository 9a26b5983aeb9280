import type { CommandAnswer } from "../app/operation";
import { Block } from "../app/parts";
import { series_color } from "../charts/colors";
import { SplitBar } from "../components/small";
import { compact, quantity } from "../format";
import { question_page, type MoreProps } from "./question";

type Net = CommandAnswer<"net">;
type Tier = Net["tiers"][number];
type Phase = NonNullable<Net["phases"]>[number];

const kWidth = 720;
const kBand = 44;
const percent = (x: number): string => `${(100 * x).toFixed(1)}%`;

/** Tiers from the endpoints upwards, each as wide as the logarithm of its links and as dark as their mean use; a mark stands at the use of its hottest link. */
function Fabric({ tiers, hot }: { tiers: readonly Tier[]; hot: Net["busiest_links"] }) {
  const most = Math.max(...tiers.map((tier) => Math.log2(tier.links + 1)));
  const rows = [...tiers].sort((a, b) => b.tier - a.tier);
  const hottest = (tier: Tier) =>
    Math.max(tier.mean_utilization, ...hot.filter((link) => link.tier === tier.tier).map((link) => link.utilization));
  const words = rows.map(
    (tier) => `tier ${tier.tier}: ${compact(tier.links)} links, ${percent(tier.mean_utilization)} used`,
  );
  return (
    <svg
      className="fabric"
      viewBox={`0 0 ${kWidth} ${kBand * rows.length}`}
      role="img"
      aria-label={`The fabric. ${words.join("; ")}`}
    >
      {rows.map((tier, i) => {
        const width = (kWidth * Math.log2(tier.links + 1)) / most;
        const left = (kWidth - width) / 2;
        const y = i * kBand;
        return (
          <g key={tier.tier}>
            <rect x={left} y={y + 18} width={width} height={18} fill="none" stroke="currentColor" strokeOpacity={0.4} />
            <rect
              x={left}
              y={y + 18}
              width={width * Math.min(1, tier.mean_utilization)}
              height={18}
              fill={series_color(0)}
              fillOpacity={0.7}
            />
            <line
              x1={left + width * Math.min(1, hottest(tier))}
              x2={left + width * Math.min(1, hottest(tier))}
              y1={y + 15}
              y2={y + 39}
              stroke="currentColor"
              strokeWidth={2}
            />
            <text x={kWidth / 2} y={y + 12} textAnchor="middle" fontSize={12} fill="currentColor">
              {words[i]}, the hottest {percent(hottest(tier))}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** The phases of a collective one after the other. */
function Timeline({ phases }: { phases: readonly Phase[] }) {
  const times = phases.map((phase) => phase.seconds * phase.repeats);
  const all = times.reduce((sum, time) => sum + time, 0);
  const name = (phase: Phase, i: number) =>
    `${i + 1}. ${phase.name}${phase.repeats > 1 ? `, ${compact(phase.repeats)} times` : ""}`;
  return (
    <SplitBar
      label="Phases in time"
      parts={phases.map((phase, i) => ({ key: name(phase, i), value: times[i]!, share: times[i]! / all }))}
      value={(seconds) => quantity(seconds, "s")}
    />
  );
}

const kMostPhases = 12;

function Drawn({ answer }: MoreProps<"net">) {
  const { tiers, busiest_links: hot } = answer;
  const phases = (answer.phases ?? []).slice(0, kMostPhases);
  return (
    <>
      {tiers.length > 0 && (
        <Block>
          <Fabric tiers={tiers} hot={hot} />
        </Block>
      )}
      {phases.some((phase) => phase.seconds > 0) && (
        <Block>
          <Timeline phases={phases} />
        </Block>
      )}
    </>
  );
}

export default question_page("net", "Network", {
  headline: ["makespan_s", "lower_bound_s", "bus_bandwidth_GBps", "fairness", "flows", "endpoints"],
  More: Drawn,
  drawn: ["tiers"],
});

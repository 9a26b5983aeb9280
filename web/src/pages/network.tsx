import type { CommandAnswer } from "../app/operation";
import { Block } from "../app/parts";
import { series_color } from "../charts/colors";
import { SplitBar } from "../components/small";
import { compact, percent, quantity } from "../format";
import { question_page, type MoreProps } from "./question";

type Net = CommandAnswer<"net">;
type Tier = Net["tiers"][number];
type Phase = NonNullable<Net["phases"]>[number];

/** Tiers from the endpoints upwards, each as wide as the logarithm of its links and filled by their mean use; a mark stands at the use of its hottest link. */
function Fabric({ tiers, hot }: { tiers: readonly Tier[]; hot: Net["busiest_links"] }) {
  const most = Math.max(...tiers.map((tier) => Math.log2(tier.links + 1)));
  const rows = [...tiers].sort((a, b) => b.tier - a.tier);
  const hottest = (tier: Tier) =>
    Math.max(tier.mean_utilization, ...hot.filter((link) => link.tier === tier.tier).map((link) => link.utilization));
  const share = (part: number) => `${100 * Math.min(1, part)}%`;
  return (
    <ul className="fabric" aria-label="Tiers of the fabric">
      {rows.map((tier) => (
        <li key={tier.tier}>
          Tier {tier.tier}: {compact(tier.links)} links, {percent(tier.mean_utilization)} used, the hottest{" "}
          {percent(hottest(tier))}
          <div aria-hidden="true" style={{ width: share(Math.log2(tier.links + 1) / most) }}>
            <i style={{ width: share(tier.mean_utilization), background: series_color(0) }} />
            <b style={{ left: share(hottest(tier)) }} />
          </div>
        </li>
      ))}
    </ul>
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

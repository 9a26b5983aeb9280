import type { StepResult } from "../app/api";
import { StackedBars, type BarRow } from "../charts/stacked_bar";
import { FitsChip } from "../components/small";
import { Stat } from "../components/stat";
import { kMemoryParts, kTimeParts, memory_color, ordered, time_color } from "../data/step_parts";
import { compact, duration, percent, quantity, usd } from "../format";

const gigabytes = (value: number) => quantity(value, "GB");

/** By how much a figure differs from the pinned one; `less_is_better` decides the color, the sign says it too. */
function Delta({
  now,
  then,
  less_is_better,
}: {
  now: number | undefined;
  then: number | undefined;
  less_is_better?: boolean;
}) {
  if (now === undefined || then === undefined || !then) return null;
  const by = now / then - 1;
  const same = Math.abs(by) < 5e-4;
  return (
    <span className={`delta${same ? "" : by < 0 === !!less_is_better ? " better" : " worse"}`}>
      {same ? "as pinned" : `${by > 0 ? "+" : "−"}${percent(Math.abs(by), 2)} to pinned`}
    </span>
  );
}

/** On a narrow screen, where the answer stands below the knobs: its gist, always in sight. */
export function Strip({ result, refused }: { result: StepResult; refused: boolean }) {
  return (
    <div className="strip" aria-hidden="true">
      {refused ? (
        <span>Not a legal plan</span>
      ) : (
        <>
          <b>{duration(result.step_time_s)}</b>
          <span>MFU {percent(result.mfu)}</span>
          <span>
            <FitsChip fits={result.memory.fits} /> {gigabytes(result.memory.peak_gb)}
          </span>
        </>
      )}
    </div>
  );
}

export function Figures({ result, pinned }: { result: StepResult; pinned?: StepResult }) {
  const { memory, interval } = result;
  const note = (text: string, delta: React.ReactNode) => (
    <>
      {pinned && (
        <>
          {delta}
          <br />
        </>
      )}
      {text}
    </>
  );
  return (
    <dl className="headline">
      <Stat
        label="Step time"
        figure={duration(result.step_time_s)}
        note={note(
          `${duration(interval.low)} to ${duration(interval.high)}`,
          <Delta now={result.step_time_s} then={pinned?.step_time_s} less_is_better />,
        )}
      />
      <Stat
        label="MFU"
        figure={percent(result.mfu)}
        note={note(`HFU ${percent(result.hfu)}`, <Delta now={result.mfu} then={pinned?.mfu} />)}
      />
      <Stat
        label="Tokens a second"
        figure={compact((result.tokens_per_s_per_gpu ?? NaN) * result.gpus)}
        note={note(
          `${compact(result.tokens_per_s_per_gpu)} an accelerator`,
          <Delta
            now={(result.tokens_per_s_per_gpu ?? NaN) * result.gpus}
            then={pinned && (pinned.tokens_per_s_per_gpu ?? NaN) * pinned.gpus}
          />,
        )}
      />
      <Stat
        label="A trillion tokens"
        figure={usd(result.cost_usd_per_trillion_tokens)}
        note={note(
          result.tokens_per_s_per_gpu
            ? `${duration(1e12 / result.tokens_per_s_per_gpu / result.gpus)} without interruptions`
            : "",
          <Delta
            now={result.cost_usd_per_trillion_tokens}
            then={pinned?.cost_usd_per_trillion_tokens}
            less_is_better
          />,
        )}
      />
      <Stat
        label="Memory at its peak"
        figure={gigabytes(memory.peak_gb)}
        note={
          <>
            {pinned && (
              <>
                <Delta now={memory.peak_gb} then={pinned.memory.peak_gb} less_is_better />
                <br />
              </>
            )}
            <FitsChip fits={memory.fits} /> of {gigabytes(memory.limit_gb)}
          </>
        }
      />
    </dl>
  );
}

export function Bars({ result, pinned }: { result: StepResult; pinned?: StepResult }) {
  const times = ordered(result.time, kTimeParts);
  const memory = ordered(result.memory.by, kMemoryParts);
  const ghost = (row: Omit<BarRow, "ghost" | "label" | "key">): BarRow => ({
    ...row,
    key: "pinned",
    label: "Pinned",
    ghost: true,
  });
  return (
    <>
      <StackedBars
        title="Where the step goes"
        subtitle={`${duration(result.step_time_s)}; the bracket is the 80% interval`}
        name="step-time"
        order={kTimeParts}
        color={time_color}
        value={duration}
        unit="s"
        rows={[
          { key: "now", label: "This plan", parts: times, ...result.interval },
          ...(pinned ? [ghost({ parts: ordered(pinned.time, kTimeParts) })] : []),
        ]}
      />
      <StackedBars
        title="Memory of the fullest accelerator"
        subtitle={`${gigabytes(result.memory.peak_gb)} of ${gigabytes(result.memory.limit_gb)}`}
        name="step-memory"
        order={kMemoryParts}
        color={memory_color}
        value={gigabytes}
        unit="GB"
        limit={{ value: result.memory.limit_gb, label: "Limit" }}
        rows={[
          { key: "now", label: "This plan", parts: memory },
          ...(pinned ? [ghost({ parts: ordered(pinned.memory.by, kMemoryParts) })] : []),
        ]}
      />
    </>
  );
}

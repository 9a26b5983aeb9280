import { Block } from "../app/parts";
import { Scatter, type Point } from "../charts/scatter";
import { compact, duration, tick, usd } from "../format";
import { question_page, type MoreProps } from "./question";

type Found = NonNullable<MoreProps<"serving">["answer"]["pareto"]>[number];

const plan_words = ({ plan: { tp, pp, ep, dp, replicas, prefill } }: Found): string =>
  `${replicas} × TP${tp} PP${pp} EP${ep} DP${dp}${prefill ? `, prefill ${prefill.replicas} × TP${prefill.tp}` : ""}`;

/** What a search leaves: the pools that no other beats both for a user and for an accelerator. */
function Front({ answer }: MoreProps<"serving">) {
  const found = answer.pareto ?? [];
  if (found.length < 2) return null;
  const points = found.map(
    (row, i): Point => ({
      key: String(i),
      x: row.tokens_per_s_per_user,
      y: row.tokens_per_s_per_gpu,
      group: "front",
      title: `${plan_words(row)}\n${compact(row.concurrency)} requests at once\nfirst token after ${duration(row.ttft_ms / 1e3)}\n${usd(row.cost_usd_per_million_tokens)} a million tokens`,
    }),
  );
  return (
    <Block>
      <Scatter
        title="Speed for a user against tokens of an accelerator"
        subtitle="Pools that no other beats in both"
        name="serving-front"
        points={points}
        groups={[{ key: "front", label: "Pareto front", color: 1, line: true }]}
        x={{ label: "Tokens a second for a user", tick: (v) => tick(v) }}
        y={{ label: "Tokens a second of an accelerator", log: true, tick: (v) => compact(v, 2) }}
        height={340}
        grid={() => ({
          columns: [
            "Plan",
            "Concurrency",
            "Tokens/s for a user",
            "Tokens/s of an accelerator",
            "TTFT (ms)",
            "USD/M tokens",
          ],
          rows: found.map((row) => [
            plan_words(row),
            row.concurrency,
            row.tokens_per_s_per_user,
            row.tokens_per_s_per_gpu,
            row.ttft_ms,
            row.cost_usd_per_million_tokens,
          ]),
        })}
      />
    </Block>
  );
}

export default question_page("serving", "Serving", {
  headline: [
    "tokens_per_s",
    "tokens_per_s_per_gpu",
    "tokens_per_s_per_user",
    "ttft_ms",
    "tpot_ms",
    "cost_usd_per_million_tokens",
    "energy_j_per_token",
    "memory_gb",
  ],
  notes: ({ interval }) => ({ tokens_per_s_per_gpu: `${compact(interval.low)} to ${compact(interval.high)}` }),
  More: Front,
  drawn: ["interval"],
});

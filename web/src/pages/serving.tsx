import { compact } from "../format";
import { question_page } from "./question";

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
  drawn: ["interval"],
});

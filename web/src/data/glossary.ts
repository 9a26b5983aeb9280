/** Words of the pages that a reader may not know, each in a sentence. Keys are lower case. */
export const kGlossary: Readonly<Record<string, string>> = {
  mfu: "Model FLOP utilization: the FLOP that the model needs, over what the accelerators could do at their peak in that time.",
  hfu: "Hardware FLOP utilization: as MFU, with the FLOP that recomputation repeats.",
  pue: "Power usage effectiveness: energy at the meter over energy at the racks. 1 would be no losses and no cooling.",
  wue: "Water usage effectiveness: liters of water for each kilowatt-hour at the racks.",
  goodput:
    "The share of the accelerator-hours a training holds that move it forward; the rest are checkpoints, repeated work, restarts and waiting.",
  "goodput of training": "The share of the accelerator-hours trainings hold that move them forward.",
  energized: "With electricity and cooling, so that racks can be switched on.",
  "energized at the meter":
    "Power of the halls that have electricity and cooling, with losses and cooling, as the grid sees it.",
  "it power at the end": "Power at the racks: servers and network, without losses of conversion and cooling.",
  "facility power at the end": "Power at the meter: racks, conversion losses and cooling.",
  "first power": "The first day on which a site has electricity and cooling for racks.",
  ettr: "Effective training time ratio: productive time over wall time.",
  futures:
    "Simulations that draw lead times and failures anew; figures are their medians, with the range of eight in ten.",
  seed: "Names the sequence of random draws: the same seed gives the same run.",
  "limited by": "What would have to grow for the site to do more: power, chips, demand.",
  tp: "Tensor parallelism: each layer's matrices are split over so many accelerators.",
  pp: "Pipeline parallelism: the layers are split over so many stages.",
  dp: "Data parallelism: so many copies of the model, each with its part of the batch.",
  cp: "Context parallelism: a sequence is split over so many accelerators.",
  ep: "Expert parallelism: the experts of a layer are spread over so many accelerators.",
  vpp: "Interleaved stages: each accelerator of a pipeline holds so many separate parts of the model.",
  "micro batch": "Sequences that pass through the model at once on one copy.",
  "global batch": "Sequences of a step, over all copies of the model.",
  ttft: "Time to first token: from a request's arrival to its first token.",
  tpot: "Time per output token, after the first one.",
  "first token": "Time from a request's arrival to its first token.",
  capex: "Capital expenditure: what is paid for things that last.",
  opex: "Operating expenditure: energy, water, staff, maintenance, rent.",
  "plan capex": "Capital of the plan alone, without what stands in any case.",
  "plan opex": "Operation of the plan alone, without what stands in any case.",
  depreciation: "What of the capital is written off: each thing evenly over its life.",
  "book value": "What has been paid for things in service and is not written off yet.",
  "present value": "Future amounts, discounted to today.",
  "an accelerator-hour": "What an hour of an accelerator costs that is there, whether it works or not.",
  "return a year": "The discount rate at which the present value is zero.",
  binds: "What stops the figure from being larger: chips, power, money, time.",
  verdict:
    "Consistent: the claim lies within what the run gives. Inconsistent: it does not. Not decidable: the ranges overlap or no day was named.",
  "one more": "What one more of the limit brings, in units of the goal.",
  "one less": "What one less of the limit costs, in units of the goal.",
  interruptions: "Stops of a training by failures, after which it starts again from a checkpoint.",
  alone: "Share of the variance that comes from this input by itself (Sobol's first index).",
  "service days": "By how many days the phase is later if the step takes a month longer; 0 where it has slack.",
};

/** What a label means, or nothing; case, units in parentheses and trailing words such as "a year" do not matter. */
export function meaning(label: string): string | undefined {
  const plain = label
    .replace(/\(.*\)/, "")
    .trim()
    .toLowerCase();
  return kGlossary[plain] ?? kGlossary[plain.replace(/,.*$/, "")];
}

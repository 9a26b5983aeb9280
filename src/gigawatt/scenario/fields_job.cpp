#include "gigawatt/scenario/fields.h"

namespace gigawatt::scenario {
namespace {

constexpr double kMaxTokens = 1e17;
constexpr double kMaxSequence = 1e8;

void visit_plan(config::FieldVisitor& v, PlanChoice& plan, const config::Field& f) {
  std::string text = plan.best ? "best" : plan.text;
  v(text, f);
  plan.best = text == "best";
  plan.text = plan.best ? "" : text;
}

}  // namespace

void fields(config::FieldVisitor& v, CheckpointTier& t) {
  v(t.bandwidth,
    {.key = "bandwidth",
     .doc = "Rate at which one accelerator's state is written there and read back; by default the "
            "failure profile's.",
     .unit = "GB/s",
     .min = 0});
  v(t.interval, {.key = "interval",
                 .doc = "Time between such checkpoints; 0: the interval that loses least.",
                 .unit = "min",
                 .min = 0,
                 .max = kMaxYears});
}

void fields(config::FieldVisitor& v, CheckpointPolicy& c) {
  v.choice(c.policy, kIntervalPolicyNames,
           {.key = "policy",
            .doc = "`young-daly`: the interval that loses least for the job's failure rate and saving time; "
                   "`fixed`: `interval`."});
  v(c.interval, {.key = "interval",
                 .doc = "Time between checkpoints, with policy fixed.",
                 .unit = "min",
                 .min = 0,
                 .max = kMaxYears});
  v(c.async,
    {.key = "async", .doc = "Written in the background: only the copy off the device stops the job."});
  v(c.storage_bandwidth, {.key = "storage_bandwidth",
                          .doc = "Write rate to remote storage: of a site, shared by the trainings that run "
                                 "there; of one job where the "
                                 "job names it. By default the failure profile's.",
                          .unit = "TB/s",
                          .min = 0});
  v(c.device_bandwidth,
    {.key = "device_bandwidth",
     .doc = "Copy rate of one accelerator to host memory; by default the failure profile's.",
     .unit = "GB/s",
     .min = 0});
  v(c.memory, {.key = "memory",
               .doc = "Checkpoints in the memory of peers, besides those in remote storage: they survive the "
                      "loss of a node, not of a rack."});
  v(c.local, {.key = "local",
              .doc = "Checkpoints on the nodes' own disks, besides those in remote storage: they survive a "
                     "restart on the same nodes."});
}

void fields(config::FieldVisitor& v, TrainingPhase& p) {
  v(p.name, {.key = "name", .doc = "Name of the phase."});
  v(p.tokens, {.key = "tokens",
               .doc = "Training tokens of this phase.",
               .max = kMaxTokens,
               .required = true,
               .positive = true});
  v(p.sequence,
    {.key = "sequence", .doc = "Tokens per sequence.", .min = 1, .max = kMaxSequence, .required = true});
  v(p.global_batch_tokens, {.key = "global_batch_tokens",
                            .doc = "Tokens per optimizer step; this or global_batch.",
                            .min = 0,
                            .max = 1e12});
  v(p.global_batch, {.key = "global_batch", .doc = "Sequences per optimizer step.", .min = 0, .max = 1e9});
  PlanChoice plan = p.plan.value_or(PlanChoice{});
  std::optional<std::string> text;
  if (p.plan) text = plan.best ? "best" : plan.text;
  v(text, {.key = "plan", .doc = "Parallel layout of this phase; by default the job's."});
  if (text) p.plan = PlanChoice{*text == "best", *text == "best" ? "" : *text};
}

void fields(config::FieldVisitor& v, DemandPoint& d) {
  v(d.date, {.key = "date", .doc = "From this day (straight line to the next point).", .required = true});
  v(d.accelerators, {.key = "accelerators",
                     .doc = "Accelerators wanted; exactly one of accelerators and tokens_per_day.",
                     .min = 0,
                     .max = kMaxAccelerators});
  v(d.tokens_per_day,
    {.key = "tokens_per_day", .doc = "Output tokens wanted per day.", .min = 0, .max = 1e18});
  v(d.users,
    {.key = "users", .doc = "Users active on a day; `user` says what they ask for.", .min = 0, .max = 1e11});
}

void fields(config::FieldVisitor& v, UserHabits& u) {
  v(u.sessions_per_user, {.key = "sessions",
                          .doc = "Sessions of a user on an active day.",
                          .min = 0,
                          .max = 1e5,
                          .required = true});
  v(u.requests_per_session,
    {.key = "requests", .doc = "Requests of a session.", .min = 0, .max = 1e5, .required = true});
}

void fields(config::FieldVisitor& v, DemandRegion& r) {
  v(r.name, {.key = "name", .doc = "Name of the region.", .required = true});
  v(r.share,
    {.key = "share", .doc = "Share of the demand.", .unit = "%", .min = 0, .max = 1, .required = true});
  v(r.peak_hour,
    {.key = "peak_hour", .doc = "Hour of its peak, UTC.", .min = 0, .max = 24, .required = true});
}

void fields(config::FieldVisitor& v, DemandShape& s) {
  v(s.swing, {.key = "swing", .doc = "Peak hour of a region over its mean.", .min = 1, .max = 2});
  v(s.weekend,
    {.key = "weekend", .doc = "Demand of a day of the weekend over a weekday's.", .min = 0, .max = 5});
  v(s.regions, {.key = "region", .doc = "Parts of the world; by default one with its peak at 20:00 UTC."});
  v(s.autoscale,
    {.key = "autoscale",
     .doc = "The pool follows demand by the hour and leaves the rest to other jobs; by default it "
            "holds what the week's peak needs."});
}

void fields(config::FieldVisitor& v, JobSplit& s) {
  v(s.between, {.key = "between", .doc = "Sites of the catalogue in a line, two or more.", .required = true});
  v.choice(s.scheme, kSplitSchemeNames,
           {.key = "scheme",
            .doc = "`synchronous`: one ring over all ranks; `hierarchical`: gradients reduced inside of each "
                   "site, then across; `low-communication`: an exchange every `inner_steps`; `pipeline`: "
                   "stages over the sites."});
  v(s.capacity, {.key = "capacity",
                 .doc = "Bandwidth out of and into each site.",
                 .unit = "Tbit/s",
                 .max = 1e18,
                 .required = true,
                 .positive = true});
  v(s.detour, {.key = "detour", .doc = "Length of the fibre over the great circle.", .min = 1, .max = 100});
  v(s.inner_steps,
    {.key = "inner_steps", .doc = "Low communication: steps between exchanges.", .min = 1, .max = 1e9});
  v(s.compression, {.key = "compression",
                    .doc = "Low communication: bytes sent over bytes of gradients.",
                    .min = 0,
                    .max = 1});
  v(s.staleness_steps, {.key = "staleness_steps",
                        .doc = "Low communication: steps that may pass until the result is used.",
                        .min = 0,
                        .max = 1e9});
}

void fields(config::FieldVisitor& v, Job& j) {
  v(j.name, {.key = "name", .doc = "Unique name of the job.", .required = true});
  v(j.title, {.key = "title", .doc = "Name for tables and charts."});
  v.choice(j.kind, kJobKindNames,
           {.key = "kind",
            .doc = "What the job does. A distillation is a training with a teacher; inference and research "
                   "are pools that never finish; a batch is many separate jobs that arrive at random."});
  v(j.model,
    {.key = "model",
     .doc = "Catalogue model; not needed for research and for inference whose demand is in accelerators."});
  v(j.site, {.key = "site", .doc = "Site that it runs on, or \"any\"."});
  v(j.system, {.key = "system", .doc = "Catalogue system that it runs on, or \"any\"."});
  v.integer_or(j.accelerators, "max",
               {.key = "accelerators",
                .doc = "Accelerators of a training's gang, or \"max\": as many as are free when it starts.",
                .min = 1,
                .max = kMaxAccelerators});
  v(j.min_accelerators, {.key = "min_accelerators",
                         .doc = "With \"max\": wait until so many are free.",
                         .min = 1,
                         .max = kMaxAccelerators});
  v(j.start, {.key = "start", .doc = "Not before this day; by default the scenario's start."});
  v(j.end, {.key = "end", .doc = "Until this day (pools only); by default the scenario's end."});
  v(j.after, {.key = "after", .doc = "Trainings that must be finished first.", .one_or_list = true});
  v(j.delay,
    {.key = "delay", .doc = "Pause after the last of `after`.", .unit = "days", .min = 0, .max = kMaxYears});
  v(j.phases, {.key = "phase",
               .doc = "Stretches of a training with their own sequence length and batch; or one stretch "
                      "given at the job itself."});
  v(j.tokens,
    {.key = "tokens", .doc = "Training tokens, when there are no phases.", .min = 0, .max = kMaxTokens});
  v(j.sequence, {.key = "sequence",
                 .doc = "Tokens per sequence, when there are no phases.",
                 .min = 0,
                 .max = kMaxSequence});
  v(j.global_batch_tokens, {.key = "global_batch_tokens",
                            .doc = "Tokens per optimizer step; this or global_batch.",
                            .min = 0,
                            .max = 1e12});
  v(j.global_batch, {.key = "global_batch", .doc = "Sequences per optimizer step.", .min = 0, .max = 1e9});
  v.choice(j.precision, catalog::kPrecisionNames,
           {.key = "precision", .doc = "Format of the linear layers' matrix products."});
  visit_plan(v, j.plan,
             {.key = "plan",
              .doc = "Parallel layout, e.g. \"TP8 PP16 VPP7 DP128 MB1 SP\", or \"best\": the fastest one "
                     "found that fits."});
  v.choice(
      j.cuda_graphs, kCudaGraphsNames,
      {.key = "cuda_graphs",
       .doc = "Whether layers are replayed as CUDA graphs, which saves the host's time per kernel and takes "
              "memory: `on`, `off`, or with plan = \"best\" `any`: whichever is faster."});
  v(j.software,
    {.key = "software", .doc = "Software profile of the catalogue: what the training framework can do."});
  v(j.teacher,
    {.key = "teacher", .doc = "Distillation: a job of this scenario or a model of the catalogue."});
  v.choice(j.distillation, kDistillationModeNames,
           {.key = "distillation",
            .doc = "`fresh`: the teacher runs forward passes for the student; `shared`: its own training's "
                   "passes are used (co-distillation); `cached`: stored top-k logits are read."});
  v(j.post_training_share,
    {.key = "post_training_share",
     .doc = "GPU time for evaluation and tuning after the last token, as a share of the training's.",
     .min = 0,
     .max = 10});
  v(j.checkpoint, {.key = "checkpoint", .doc = "Checkpoint policy of this job; by default the scenario's."});
  v(j.split, {.key = "split",
              .doc = "A training's accelerators stand at several sites: what that adds to its steps."});
  v(j.demand, {.key = "demand", .doc = "Inference: what is wanted over time."});
  v(j.utilization,
    {.key = "utilization",
     .doc = "Share of the time in which a pool's accelerators compute; absent: the catalogue's default.",
     .unit = "%",
     .min = 0,
     .max = 1});
  v(j.input_tokens,
    {.key = "input_tokens", .doc = "Prompt length of a request.", .min = 0, .max = kMaxSequence});
  v(j.output_tokens,
    {.key = "output_tokens", .doc = "Answer length of a request.", .min = 0, .max = kMaxSequence});
  v(j.cached_share, {.key = "cached_share",
                     .doc = "Share of a prompt that a prefix cache answers.",
                     .unit = "%",
                     .min = 0,
                     .max = 1});
  v(j.engine, {.key = "engine",
               .doc = "Serving engine: trtllm (vllm on chips that it does not run on), vllm or sglang."});
  v(j.serving_precision, {.key = "serving_precision",
                          .doc = "Format of a served model's weights: bf16, fp8, fp4, mxfp4, int4, int8; "
                                 "absent: as `gigawatt serving` does."});
  v(j.first_token_limit, {.key = "first_token_limit",
                          .doc = "Limit of the median time to the first token; by default none.",
                          .unit = "ms",
                          .min = 0,
                          .max = 1e6});
  v(j.token_limit, {.key = "token_limit",
                    .doc = "Limit of the median time per token; by default none.",
                    .unit = "ms",
                    .min = 0,
                    .max = 1e6});
  v(j.user, {.key = "user", .doc = "What a user asks for on a day; with demand in users."});
  v(j.shape, {.key = "shape", .doc = "How demand moves within days and weeks; by default not at all."});
  v.choice(j.release, kReleaseNames,
           {.key = "release", .doc = "Whether the served model's weights are published."});
  v(j.kept_when_open, {.key = "kept_when_open",
                       .doc = "Share of the demand that stays on this fleet when the weights are open.",
                       .unit = "%",
                       .min = 0,
                       .max = 1});
  v(j.share, {.key = "share",
              .doc = "Research: share of the accelerators in service (of its site and system).",
              .unit = "%",
              .min = 0,
              .max = 1});
  v(j.count, {.key = "count", .doc = "Batch: how many jobs arrive during the period.", .min = 0, .max = 1e7});
  v(j.sizes, {.key = "sizes",
              .doc = "Batch: sizes that jobs have, in accelerators.",
              .min = 1,
              .max = kMaxAccelerators});
  v(j.size_shares, {.key = "size_shares",
                    .doc = "Batch: share of the jobs that has each of the sizes; by default all alike.",
                    .unit = "%",
                    .min = 0,
                    .max = 1});
  v(j.duration_median, {.key = "duration_median",
                        .doc = "Batch: median of the useful time of a job (log-normal).",
                        .unit = "h",
                        .min = 0,
                        .max = kMaxYears});
  v(j.duration_mean, {.key = "duration_mean",
                      .doc = "Batch: its mean; by default the median, without any spread.",
                      .unit = "h",
                      .min = 0,
                      .max = kMaxYears});
  v(j.elastic,
    {.key = "elastic",
     .doc = "Training: goes on with fewer data-parallel replicas while no node replaces a failed one."});
  v(j.detection,
    {.key = "detection",
     .doc = "Training: time until a failure is noticed, where its operators do better or worse than the "
            "failure profile (late-noticed corruption keeps its own).",
     .unit = "min",
     .min = 0,
     .max = kMaxYears});
  v(j.restart,
    {.key = "restart",
     .doc = "Training: time from the notice of a failure until steps run again, e.g. with hot spares and "
            "warm processes.",
     .unit = "min",
     .min = 0,
     .max = kMaxYears});
  v(j.smallest_share, {.key = "smallest_share",
                       .doc = "Elastic: with fewer of its replicas than this share the training waits.",
                       .unit = "%",
                       .max = 1,
                       .positive = true});
  v(j.cached_logits, {.key = "cached_logits",
                      .doc = "Distillation: logits that the student reads for each token; 0: 50.",
                      .min = 0,
                      .max = 1e6});
  v(j.priority, {.key = "priority", .doc = "Higher goes first.", .min = -1000, .max = 1000});
  v(j.preemptible, {.key = "preemptible",
                    .doc = "May be stopped for a job of higher priority: a pool gives its nodes away under "
                           "every scheduler, a training or the job of a batch saves and goes back into the "
                           "line under `preempt`."});
  v(j.account, {.key = "account", .doc = "Who it is for, where the scheduler shares fairly."});
  v(j.estimate_factor,
    {.key = "estimate_factor",
     .doc = "Length that the scheduler is told (the time limit that users ask for), over the expected one.",
     .min = 0.01,
     .max = 1000});
  v(j.may_defer, {.key = "may_defer",
                  .doc = "Training or batch: may start this much later, at the best hours of the signal.",
                  .unit = "h",
                  .min = 0,
                  .max = kMaxYears});
  v(j.source, {.key = "source", .doc = "Where the figures of this table come from."});
  v(j.assumed, {.key = "assumed", .doc = "True when this is an assumption; `reason` then says why."});
  v(j.reason, {.key = "reason", .doc = "Why it is assumed so. Required with `assumed`."});
}

}  // namespace gigawatt::scenario

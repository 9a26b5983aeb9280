#pragma once
/// Training across sites that are far apart: what distance and capacity cost a step, in closed form.
///
/// S equal sites, C byte/s out of and into each, L seconds one way between neighbors (fibre, with the detour of its
/// route). A step takes T at one site.
///
///   synchronous      one ring over all ranks, which runs through the sites and back: every border carries
///                    t = 2 G/C + 4 (S-1) L; what the backward pass hides is up to `overlap` T;
///                    step = T + max(0, t - overlap T)
///   hierarchical     gradients of G bytes, reduced inside each site, are reduced across sites as shards:
///                    t = 2 (S-1)/S G/C + 2 (S-1) L, hidden as before
///   low communication  every H steps the sites exchange r G bytes (r: compression) and go on with the result after
///                    K steps (staleness): t' = 2 (S-1)/S r G/C + 2 (S-1) L; step = T + max(0, t' - K T) / H
///                    (DiLoCo, Douillard et al. 2023; with overlap, Streaming DiLoCo 2025)
///   pipeline         stages in order over the sites: each of M micro-batches crosses each border with A bytes forward
///                    and A back: step = max(T, M A / C) + 2 (S-1) L, since fill and drain cross every border once and
///                    enough micro-batches in flight hide the rest. A plan of V chunks a stage crosses each border 2 V - 1
///                    times and wraps around; laid without virtual stages it crosses once and takes T' instead of T
///                    (a longer bubble). Whichever is faster counts.
///
/// The bandwidth that a scheme needs is the least C that adds no more than 1% to the step at one site at zero distance. Losing
/// nothing in the quality of the model by H and K is the assumption of the low-communication papers, not a result here.
/// Units: bytes, byte/s, seconds.

#include <cstdint>

namespace gigawatt::network {

struct SplitTraining {
  std::int64_t sites = 2;
  double step_s = 0;             ///< T
  double gradient_bytes = 0;     ///< G, of the whole model
  double overlap = 0;            ///< share of a step that hides an exchange of gradients
  std::int64_t inner_steps = 1;  ///< H
  double compression = 1;        ///< r
  double staleness_steps = 0;    ///< K
  double micro_batches = 0;      ///< M
  double activation_bytes = 0;   ///< A, of one crossing
  double chunks = 1;             ///< V
  double plain_step_s = 0;       ///< T'; 0: T
};

struct SiteLink {
  double capacity = 0;   ///< C
  double latency_s = 0;  ///< L
};

struct SplitCost {
  double exchange_s = 0;        ///< t, t', or what the pipeline's borders add and carry
  double step_s = 0;            ///< mean
  double slowdown = 1;          ///< over T
  double bandwidth_needed = 0;  ///< byte/s out of a site
};

SplitCost synchronous(const SplitTraining& training, const SiteLink& link);
SplitCost hierarchical(const SplitTraining& training, const SiteLink& link);
SplitCost low_communication(const SplitTraining& training, const SiteLink& link);
SplitCost pipeline_split(const SplitTraining& training, const SiteLink& link);

}  // namespace gigawatt::network

#include "gigawatt/search/walk.h"

#include <algorithm>

namespace gigawatt::search {
namespace {

using step::Schedule;
using step::TimeBreakdown;
using step::TimeTerm;

double limit_of(const step::StepFrame& frame, const SearchOptions& options) {
  const double own = frame.request.accelerator->memory_bytes;
  const double asked = options.constraints.max_memory_bytes;
  return asked > 0 ? std::min(asked, own) : own;
}

}  // namespace

Counts& Counts::operator+=(const Counts& o) {
  evaluated += o.evaluated;
  fit += o.fit;
  pruned += o.pruned;
  return *this;
}

double score_of(const step::StepRequest& request, const SearchOptions& options, const TimeBreakdown& time,
                double seconds) {
  const double tokens = static_cast<double>(request.global_batch) * static_cast<double>(request.seq_len);
  const double gpus = static_cast<double>(request.gpus);
  const Rates& rates = options.rates;
  switch (options.objective) {
    case Objective::kTime: return seconds;
    case Objective::kCost: return rates.usd_per_gpu_hour * gpus * seconds / 3600.0 / (tokens * 1e-6);
    case Objective::kEnergy: {
      const double busy_s = time[TimeTerm::kCompute] + time[TimeTerm::kAttention] +
                            time[TimeTerm::kRecompute] + time[TimeTerm::kOptimizer];
      const double joules = rates.idle_w * seconds + (rates.busy_w - rates.idle_w) * busy_s;
      return gpus * joules / tokens;
    }
  }
  return seconds;
}

Walk::Walk(const step::StepFrame& frame, const Space& space, const SearchOptions& options)
    : frame_(frame),
      space_(space),
      options_(options),
      limit_bytes_(limit_of(frame, options)),
      host_limit_bytes_(step::host_limit_bytes(frame.request)),
      pairs_(frame.request.software->ep_overlap_when_asked > frame.request.software->ep_hidden()),
      // Energy falls with busy time where the idle draw is the larger: no bound then.
      prune_(!options.exhaustive &&
             (options.objective != Objective::kEnergy || options.rates.busy_w >= options.rates.idle_w)),
      layers_(2 * space.policies().size()),
      shortlist_(options.top, options.pareto) {}

void Walk::task(const Task& task) {
  plan_ = space_.plan(task);
  plan_.recompute = {};
  context_ = step::cost_context(frame_, plan_);
  times_ = step::LayerTimes(context_, frame_.present);
  for (auto& l : layers_) l.known = false;
  for (const auto pp : space_.depths(task)) depth(task, pp);
}

void Walk::depth(const Task& task, std::int32_t pp) {
  plan_ = space_.plan(task);
  plan_.pp = pp;
  plan_.dp = static_cast<std::int32_t>(frame_.request.gpus / (std::int64_t{task.tp} * task.cp * pp));
  micro_batches_ = step::micro_batches(frame_.request, plan_);
  groups_ = step::mesh_groups(frame_, plan_);
  const std::int64_t data_ranks = std::int64_t{plan_.dp} * plan_.cp;
  shardings_of_depth_ = {space_.shardings(data_ranks, pp, false), space_.shardings(data_ranks, pp, true)};
  for (const Cut& c : space_.cuts(pp)) cut(c);
}

void Walk::cut(const Cut& c) {
  const auto schedules = space_.schedules(plan_.pp, c.vpp, micro_batches_);
  plan_.vpp = c.vpp;
  plan_.zero_stage = 2;
  shardings_ = shardings_of_depth_[step::holds_whole_gradients(frame_.request, plan_) ? 0 : 1];
  if (schedules.empty() || shardings_.empty()) return;
  plan_.first_layers = c.first_layers;
  plan_.last_layers = c.last_layers;
  send_ = step::pipeline_send(frame_, groups_, plan_);
  stages_.runs = c.runs;
  stages_.chunks = c.chunks;
  stages_.weigh(frame_, plan_);
  traffic_.assign(2 * stages_.runs.size() * shardings_.size(), {});
  reset_states();
  for (const bool paired : {false, true})
    for (std::size_t policy = 0; policy < space_.policies().size(); ++policy) {
      const step::LayerSet* set = nullptr;
      for (const Schedule s : schedules) {
        const bool pair = s == Schedule::kDualPipe && pairs_ && plan_.ep > 1;
        if (pair != paired) continue;
        plan_.recompute = space_.policies()[policy];
        if (!space_.allowed(plan_.recompute, plan_.pp, plan_.cuda_graph)) continue;
        if (set == nullptr) {
          set = &layers(policy, paired);
          stages_.time(*set);
          busy_.reset();
        }
        plan_.schedule = s;
        schedule(*set);
      }
    }
}

const step::LayerSet& Walk::layers(std::size_t policy, bool paired) {
  Layers& l = layers_[2 * policy + (paired ? 1 : 0)];
  const auto& recompute = space_.policies()[policy];
  if (l.known && (recompute.full_layers == 0 || l.pp == plan_.pp)) return l.set;
  context_.plan.recompute = recompute;
  context_.plan.schedule = paired ? Schedule::kDualPipe : Schedule::k1f1b;
  context_.full_recompute_share = step::full_recompute_share(frame_.request, plan_);
  l = {step::LayerSet(context_, times_, frame_.present), plan_.pp, true};
  return l.set;
}

std::span<const step::StateBytes> Walk::states(std::size_t sharding) {
  const std::size_t runs = stages_.runs.size();
  const std::size_t at = sharding * 2 + (plan_.offload_optimizer ? 1 : 0);
  const auto mine = std::span(states_).subspan(at * runs, runs);
  if (states_known_[at] == 0)
    for (std::size_t i = 0; i < runs; ++i) mine[i] = step::state_bytes(frame_, plan_, stages_.weights[i]);
  states_known_[at] = 1;
  return mine;
}

void Walk::reset_states() {
  states_.resize(2 * shardings_.size() * stages_.runs.size());
  states_known_.assign(2 * shardings_.size(), 0);
  leanest_.clear();
  for (std::size_t s = 0; s < shardings_.size(); ++s) {
    // The widest group of a stage has the least.
    if (s > 0 && shardings_[s].zero_stage == shardings_[s - 1].zero_stage) continue;
    plan_.zero_stage = shardings_[s].zero_stage;
    plan_.shard_group = shardings_[s].group;
    plan_.offload_optimizer = space_.optimizer_offloads().back();
    const auto some = states(s);
    if (leanest_.empty()) leanest_.assign(some.begin(), some.end());
    for (std::size_t i = 0; i < some.size(); ++i) {
      leanest_[i].weights = std::min(leanest_[i].weights, some[i].weights);
      leanest_[i].gradients = std::min(leanest_[i].gradients, some[i].gradients);
      leanest_[i].optimizer = std::min(leanest_[i].optimizer, some[i].optimizer);
      leanest_[i].buffers = std::min(leanest_[i].buffers, some[i].buffers);
    }
  }
}

void Walk::schedule(const step::LayerSet& layers) {
  const auto& optimizers = space_.optimizer_offloads();
  const auto& activations = space_.activation_offloads(plan_.cuda_graph);
  if (activations.empty()) return;
  for (auto& w : work_) w.clear();
  const auto left_out = [&](const Floor& floor) {
    if (!shortlist_.hopeless(floor.score, floor.seconds, floor.bytes)) return false;
    counts_.pruned += optimizers.size() * activations.size() * shardings_.size();
    return true;
  };
  Floor floor;
  if (prune_) {
    plan_.offload_activations = activations.back();
    // Bubble and sends are dearer to work out than all of the rest. DualPipe's ranks hold two stages each.
    if (plan_.schedule == Schedule::kDualPipe) {
      floor.bytes = least_bytes(layers);
    } else {
      if (!busy_)
        busy_ = floor_of(step::busy_part(frame_, stages_.costs[stages_.slowest].layers, micro_batches_),
                         least_bytes(layers));
      if (left_out(*busy_)) return;
      floor.bytes = busy_->bytes;
    }
  }
  if (stages_.seconds.empty()) stages_.spread(layers);
  const TimeBreakdown part = step::schedule_part(frame_, plan_, stages_, micro_batches_, send_);
  if (prune_) {
    floor = floor_of(part, floor.bytes);
    if (left_out(floor)) return;
  }
  for (const bool activation : activations)
    for (const bool optimizer : optimizers) {
      plan_.offload_activations = activation;
      plan_.offload_optimizer = optimizer;
      for (std::size_t i = 0; i < shardings_.size();) {
        std::size_t end = i + 1;
        while (end < shardings_.size() && shardings_[end].zero_stage == shardings_[i].zero_stage) ++end;
        group(layers, i, end, floor, part);
        i = end;
      }
    }
}

// One ZeRO stage. The first sharding is the widest and needs least memory.
void Walk::group(const step::LayerSet& layers, std::size_t first, std::size_t end, const Floor& floor,
                 const TimeBreakdown& part) {
  plan_.zero_stage = shardings_[first].zero_stage;
  plan_.shard_group = shardings_[first].group;
  const double bytes = bytes_of(layers, first);
  if (prune_ && (bytes > limit_bytes_ || shortlist_.hopeless(floor.score, floor.seconds, bytes))) {
    if (bytes > limit_bytes_) shortlist_.add_misfit(plan_, bytes);
    counts_.pruned += end - first;
    return;
  }
  candidate(first, part, bytes);
  for (std::size_t i = first + 1; i < end; ++i) {
    plan_.shard_group = shardings_[i].group;
    candidate(i, part, bytes_of(layers, i));
  }
}

void Walk::candidate(std::size_t sharding, const TimeBreakdown& part, double bytes) {
  const TimeBreakdown time = step::whole_step(frame_, plan_, part, stages_.costs[stages_.slowest],
                                              traffic(sharding), micro_batches_);
  const double seconds = time.total();
  ++counts_.evaluated;
  if (bytes > limit_bytes_) {
    shortlist_.add_misfit(plan_, bytes);
    return;
  }
  if (!host_holds(sharding)) return;
  ++counts_.fit;
  const double worth = score(time, seconds);
  if (shortlist_.wants(worth, seconds, bytes)) shortlist_.add({plan_, seconds, 0, bytes, worth});
}

const step::GradientTraffic& Walk::traffic(std::size_t sharding) {
  const std::size_t offload = plan_.offload_optimizer ? 1 : 0;
  Traffic& t = traffic_[(stages_.slowest * shardings_.size() + sharding) * 2 + offload];
  if (!t.known)
    t = {step::gradient_traffic(frame_, context_, plan_, groups_, stages_.weights[stages_.slowest]), true};
  return t.value;
}

std::span<const step::WorkBytes> Walk::work(const step::LayerSet& layers) {
  auto& w = work_[plan_.offload_activations ? 1 : 0];
  if (w.empty()) step::work_bytes(plan_, layers, stages_, micro_batches_, w);
  return w;
}

double Walk::bytes_of(const step::LayerSet& layers, std::size_t sharding) {
  return step::peak_bytes(frame_, plan_, stages_, states(sharding), work(layers));
}

/// Whether the host's memory holds what the plan offloads. The work of the schedule is known by then.
bool Walk::host_holds(std::size_t sharding) {
  if (!plan_.offload_optimizer && !plan_.offload_activations) return true;
  return step::host_bytes(states(sharding), work_[plan_.offload_activations ? 1 : 0]) <= host_limit_bytes_;
}

double Walk::least_bytes(const step::LayerSet& layers) {
  return step::peak_bytes(frame_, plan_, stages_, leanest_, work(layers));
}

Walk::Floor Walk::floor_of(const TimeBreakdown& part, double bytes) const {
  const double seconds = step::floor_seconds(frame_, part);
  return {seconds, score(part, seconds), bytes};
}

double Walk::score(const TimeBreakdown& time, double seconds) const {
  return score_of(frame_.request, options_, time, seconds);
}

}  // namespace gigawatt::search

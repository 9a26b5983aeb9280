#include "gigawatt/step/step_network.h"

#include <algorithm>

#include "gigawatt/base/real.h"

namespace gigawatt::step {
namespace {

using network::Collective;
using network::GroupPlacement;

using base::real;

class Loads {
 public:
  /// `times` collectives on `bytes` each; `beside` of them while gradients move.
  void add(std::string_view name, TimeTerm term, Collective collective, const GroupPlacement& group,
           double bytes, double times, double beside) {
    const double out = network::scale_out_bytes(collective, group, bytes);
    if (out * times <= 0) return;
    const auto pattern = network::pattern_of(collective);
    const auto same = std::find_if(kinds_.begin(), kinds_.end(), [&](const NetworkKind& k) {
      return k.name == name && k.load.pattern == pattern;
    });
    NetworkKind& kind = same != kinds_.end() ? *same : kinds_.emplace_back();
    kind.name = name;
    kind.term = term;
    kind.load.pattern = pattern;
    kind.load.group = group;
    kind.load.bytes += out * times;
    kind.beside_bytes += out * beside;
  }
  std::vector<NetworkKind> take() { return std::move(kinds_); }

 private:
  std::vector<NetworkKind> kinds_;
};

/// Collectives of the layers of a stage in `n` micro-batches; one of them is beside gradients.
void add_layers(Loads& loads, const CostContext& c, const KindCounts& layers, std::int32_t n) {
  const auto& at = c.placements;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    if (layers[k] == 0) continue;
    const auto kind = kind_of(*c.model, static_cast<int>(k));
    const auto shape = workload::shape_of(*c.model, kind);
    const double count = real(layers[k]);
    const double blocks = (shape.has_attention() || shape.has_state() ? 1 : 0) + (shape.ffn > 0 ? 1 : 0);
    // A reduction of a block forward and backward, or a gather and a scatter each way: the same bytes.
    loads.add("tensor", TimeTerm::kTpComm, Collective::kAllReduce, at.tensor, hidden_bytes(c),
              2 * blocks * count * n, 2 * blocks * count);
    if (c.sharding.cp > 1 && shape.has_attention())
      loads.add("context", TimeTerm::kCpComm, Collective::kAllGather, at.context,
                key_value_bytes(layer_times(c, kind).attention), 3 * count * n, 3 * count);
    if (kind.moe && c.sharding.ep > 1)
      loads.add("expert", TimeTerm::kEpComm, Collective::kAllToAll, at.expert, routed_bytes(c), 4 * count * n,
                4 * count);
  }
}

void add_gradients(Loads& loads, const CostContext& c, const ParallelPlan& plan, const MeshGroups& groups,
                   const StageWeights& weights, std::int32_t n) {
  const GradientBytes b = gradient_bytes(c, plan, groups, weights);
  // Under full sharding: parameters gathered forward and backward, gradients reduced, in every micro-batch.
  const bool sharded = plan.zero_stage >= 3;
  const double times = sharded ? n : 1, gathers = sharded ? 2 : 1;
  const Collective reduction = b.all_reduce ? Collective::kAllReduce : Collective::kReduceScatter;
  const auto term = TimeTerm::kDpComm;
  loads.add("dense gradients", term, reduction, b.reduced_by, b.dense_reduced, times, 1);
  loads.add("dense gradients", term, Collective::kAllGather, b.gathered_by, b.dense_gathered, gathers * times,
            gathers);
  loads.add("expert gradients", term, reduction, groups.expert, b.expert_reduced, times, 1);
  loads.add("expert gradients", term, Collective::kAllGather, groups.expert, b.expert_gathered,
            gathers * times, gathers);
}

/// Gradients beside each other kind, and beside all of them.
void meet(const network::FlowNetwork& flows, StepNetwork& out) {
  const auto of_gradients = [](const NetworkKind& k) { return k.term == TimeTerm::kDpComm; };
  const auto load = [](const NetworkKind& k) {
    return network::ScaleOutLoad{k.load.pattern, k.load.group, k.beside_bytes};
  };
  std::vector<network::ScaleOutLoad> gradients, all;
  for (const auto& k : out.kinds)
    if (of_gradients(k)) gradients.push_back(load(k));
  // One after the other they have a card as one kind has it.
  for (auto& g : gradients) g.weight = 1 / static_cast<double>(gradients.size());
  if (gradients.empty() || gradients.size() == out.kinds.size()) return;
  const auto last = [&](const std::vector<double>& ends) {
    return *std::max_element(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(gradients.size()));
  };
  all = gradients;
  double beside = 0;
  for (auto& k : out.kinds) {
    if (of_gradients(k)) continue;
    all.push_back(load(k));
    auto pair = gradients;
    pair.push_back(load(k));
    const auto ends = flows.together(pair);
    k.slower = std::max(1.0, ends.back() / flows.together({load(k)}).front());
    beside = last(ends);
  }
  if (all.size() > gradients.size() + 1) beside = last(flows.together(all));
  out.gradients_slower = std::max(1.0, beside / last(flows.together(gradients)));
  for (auto& k : out.kinds)
    if (of_gradients(k)) k.slower = out.gradients_slower;
}

}  // namespace

StepNetwork step_network(const StepFrame& frame, const CostContext& c, const ParallelPlan& plan,
                         const MeshGroups& groups, const StageTable& stages, std::int32_t n) {
  StepNetwork out;
  Loads loads;
  add_gradients(loads, c, plan, groups, stages.weights[stages.slowest], n);
  add_layers(loads, c, stages.runs[stages.slowest].layers, n);
  if (plan.pp > 1)
    loads.add("pipeline", TimeTerm::kPpComm, Collective::kSendRecv, groups.pipeline, send_bytes(frame, plan),
              2.0 * n * schedule_chunks(plan), 2.0 * schedule_chunks(plan));
  out.kinds = loads.take();
  // All kinds stand on the same accelerators.
  std::int64_t used = frame.lone.domain_size;
  for (const auto& k : out.kinds) used = network::domain_used(frame.lone, used, k.load.group);
  for (auto& k : out.kinds) k.load.group.domain_used = used;
  out.share_of_micro_batches = plan.zero_stage >= 3 ? 1 : 1.0 / n;

  meet(*frame.request.flows, out);
  return out;
}

void slow_down(const StepNetwork& network, TimeBreakdown& part, GradientTraffic& traffic) {
  traffic.gather_s *= network.gradients_slower;
  traffic.reduce_s *= network.gradients_slower;
  for (const auto& k : network.kinds)
    if (k.term != TimeTerm::kDpComm) part[k.term] *= 1 + (k.slower - 1) * network.share_of_micro_batches;
}

}  // namespace gigawatt::step

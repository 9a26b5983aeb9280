#include "gigawatt/workload/flops.h"

#include <array>
#include <map>

#include "gigawatt/workload/operators.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::workload {
namespace {

void add(FlopCount& count, const OperatorList& list, double tokens, double times) {
  for (const MatrixProduct& p : list.products()) count.products_forward += times * p.flops() / tokens;
  if (!list.has_attention) return;
  count.attention_full_forward += times * list.attention.forward_flops_full() / tokens;
  count.attention_causal_forward += times * list.attention.forward_flops_causal() / tokens;
}

}  // namespace

FlopCount flops_per_token(const catalog::Model& model, std::int64_t seq_len, bool frozen) {
  const Sharding one{.seq_len = seq_len};
  const double tokens = static_cast<double>(seq_len);
  FlopCount count;
  std::map<std::array<std::int32_t, 3>, std::int64_t> kinds;
  const auto note = [&](LayerKind k, std::int64_t times) {
    kinds[{k.moe ? 1 : 0, k.full_attention ? 1 : 0, k.shape}] += times;
  };
  for (std::int64_t i = 0; i < model.layers; ++i) note(kind_of_layer(model, i), 1);
  if (model.mtp_layers > 0) note(mtp_kind(model), model.mtp_layers);
  for (const auto& [k, times] : kinds)
    add(count, layer_operators(model, {k[0] != 0, k[1] != 0, k[2]}, one), tokens, static_cast<double>(times));
  const double heads = 1.0 + static_cast<double>(model.mtp_layers);
  add(count, head_operators(model, one, true), tokens, heads);
  const double h = static_cast<double>(model.hidden);
  count.products_forward += static_cast<double>(model.mtp_layers) * 4.0 * h * h;
  const double passes = frozen ? 2 : 3;
  count.model_full = passes * count.products_forward + 3 * count.attention_full_forward;
  count.model_causal = passes * count.products_forward + 3 * count.attention_causal_forward;
  return count;
}

}  // namespace gigawatt::workload

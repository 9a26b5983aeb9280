#include <algorithm>

#include "gigawatt/workload/hf_build.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::workload {
namespace {

using catalog::LayerShape;
using catalog::Model;

/// What layers have in common where only windows and experts come and go.
LayerShape without_period(LayerShape s) {
  s.window = 0;
  s.ffn = 0;
  s.moe = {};
  return s;
}

/// n such that exactly the last of every n layers from `first` on (counted from layer 0) satisfy `wanted`; 0: none does.
/// -1: there is no such n.
std::int64_t period_of(const std::vector<LayerShape>& shapes, bool (*wanted)(const LayerShape&),
                       std::size_t first) {
  std::int64_t period = 0;
  for (std::size_t i = first; i < shapes.size() && period == 0; ++i)
    if (wanted(shapes[i])) period = static_cast<std::int64_t>(first > 0 ? 1 : i + 1);
  for (std::size_t i = first; i < shapes.size(); ++i)
    if (wanted(shapes[i]) != (period > 0 && (static_cast<std::int64_t>(i) + 1) % period == 0)) return -1;
  return period;
}

bool has_experts(const LayerShape& s) { return s.moe.experts > 0; }
bool is_full(const LayerShape& s) { return s.window == 0; }

/// Says the layers by periods, if that can be said.
bool set_periods(Model& m, const std::vector<LayerShape>& shapes) {
  const LayerShape common = without_period(shapes.front());
  std::int64_t window = 0;
  const LayerShape* moe = nullptr;
  std::int64_t ffn = 0;
  for (const LayerShape& s : shapes) {
    if (without_period(s) != common || (has_experts(s) && s.ffn > 0)) return false;
    if (s.window > 0 && window > 0 && s.window != window) return false;
    window = std::max(window, s.window);
    if (has_experts(s)) {
      if (moe != nullptr && moe->moe != s.moe) return false;
      moe = &s;
    } else {
      if (ffn > 0 && s.ffn != ffn) return false;
      ffn = s.ffn;
    }
  }
  const std::int64_t full = period_of(shapes, is_full, 0);
  if (full < 0) return false;
  std::size_t dense = 0;
  std::int64_t period = 1;
  if (moe != nullptr) {
    period = period_of(shapes, has_experts, 0);
    if (period < 0) {
      while (!has_experts(shapes[dense])) ++dense;
      period = period_of(shapes, has_experts, dense);
      if (period != 1) return false;
    }
  }
  const std::int64_t width = m.ffn;  // as the rules say even where no layer is dense
  static_cast<LayerShape&>(m) = common;
  m.ffn = ffn > 0 ? ffn : width;
  m.window = window;
  m.full_attention_period = window > 0 ? full : 1;
  if (moe != nullptr) m.moe = moe->moe;
  m.moe.first_dense_layers = static_cast<std::int64_t>(dense);
  m.moe.layer_period = period;
  return true;
}

}  // namespace

void set_layers(Model& m, const std::vector<LayerShape>& shapes) {
  if (shapes.empty() || set_periods(m, shapes)) return;
  for (const LayerShape& s : shapes) {
    auto known = std::find(m.shapes.begin(), m.shapes.end(), s);
    if (known == m.shapes.end()) known = m.shapes.insert(known, s);
    m.pattern.push_back(known - m.shapes.begin());
  }
  // What the model has at all, from the first layer that has it.
  const auto first = [&](auto has) {
    const auto found = std::find_if(m.shapes.begin(), m.shapes.end(), has);
    return found == m.shapes.end() ? nullptr : &*found;
  };
  const LayerShape* attention = first([](const LayerShape& s) { return s.has_attention(); });
  const LayerShape* state = first([](const LayerShape& s) { return s.has_state(); });
  const LayerShape* dense = first([](const LayerShape& s) { return s.ffn > 0; });
  const LayerShape* moe = first(has_experts);
  static_cast<LayerShape&>(m) = attention != nullptr ? *attention : m.shapes.front();
  m.state = state != nullptr ? state->state : catalog::StateArchitecture{};
  m.ffn = dense != nullptr ? dense->ffn : 0;
  m.moe = moe != nullptr ? moe->moe : catalog::MoeArchitecture{};
}

}  // namespace gigawatt::workload

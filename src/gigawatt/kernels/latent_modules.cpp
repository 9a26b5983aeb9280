#include "gigawatt/kernels/latent_modules.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/units/scale.h"

namespace gigawatt::kernels {
namespace {

using units::kMicro;
using units::kNano;
constexpr double kHeadWidth = 128;
constexpr double kLatentWidth = 1088;      // scores over 512 + 64 elements, values over 512
constexpr double kExpandedWidth = 320;     // keys of 192 and values of 128, once expanded for a prompt
constexpr double kCompressedWidth = 1024;  // keys and values of 512 that are the same
constexpr double kGroupedWidth = 256;

/// Weights of the projections on one device.
double weights(const LatentArchitecture& a, const LatentModule& m) {
  const double share = m.heads / a.heads;
  double w = 0;
  if (m.kind == LatentKind::kCompressed) {
    w = a.hidden * a.query_rank + a.query_rank * m.heads * 512 + a.hidden * 512 + m.heads * 512 * 1024 / 8 +
        a.output_rank * share * a.hidden;
  } else if (m.kind == LatentKind::kGrouped) {
    w = a.hidden * m.heads * kHeadWidth * 2 + 2 * a.hidden * std::max(m.heads / 16, 1.0) * kHeadWidth;
  } else {
    w = a.hidden * (a.query_rank + a.latent + a.rotary) + a.query_rank * m.heads * 192 +
        m.heads * a.latent * 256 + m.heads * kHeadWidth * a.hidden;
  }
  if (m.indexed) w += a.query_rank * a.index_heads * kHeadWidth + a.hidden * kHeadWidth;
  return w;
}

double attention_width(LatentKind kind) {
  if (kind == LatentKind::kGrouped) return kGroupedWidth;
  return kind == LatentKind::kCompressed ? kCompressedWidth : kLatentWidth;
}

}  // namespace

LatentArchitecture latent_architecture(std::string_view checkpoint) {
  const auto has = [&](std::string_view part) { return checkpoint.find(part) != std::string_view::npos; };
  if (has("V4-Flash")) return {4096, 1024, 512, 0, 64, 512, 64, 128, 8192};
  if (has("V4-Pro")) return {7168, 1536, 512, 0, 128, 1024, 64, 128, 16384};
  if (has("GLM-5")) return {6144, 2048, 512, 64, 64, 2048, 32, 0, 0};
  if (has("MiniMax")) return {6144, 0, 0, 0, 64, 2048, 4, 0, 0};
  return {};
}

Terms latent_module_terms(const Device& d, const LatentArchitecture& a, const LatentModule& m) {
  const double tokens = m.batch * m.length;
  const double seen = (m.history + (m.length + 1) / 2) / m.compression;
  const double keys = (m.history + m.length) / m.compression;
  const double attended = (m.selects && a.chosen > 0 ? std::min(seen, a.chosen) : seen) + a.window;
  const double width = attention_width(m.kind);
  const bool grouped = m.kind == LatentKind::kGrouped;
  const double entry = grouped ? std::max(m.heads / 16, 1.0) * 256 : 576;
  const double padded = std::max(m.heads, grouped ? 16.0 : 64.0);
  const double w = weights(a, m);
  const double read =
      tokens * attended * entry * m.cache_bytes / (m.decode ? 1 : 32);  // a prompt reuses its keys
  Terms t;
  t.add("launch", kMicro);
  t.add("weights", w * weight_bytes(m.products) / d.bandwidth);
  t.add("products", 2 * tokens * w / peak(d, m.products));
  t.add("attention", 2 * tokens * m.heads * attended * width / d.peak16);
  t.add("padded", 2 * tokens * padded * attended * width / d.peak16);
  t.add("cache", read / d.bandwidth);
  t.add("index", 2 * tokens * seen * a.index_heads * kHeadWidth / (2 * d.peak16));
  t.add("index cache", m.batch * keys * 132 / d.bandwidth);
  t.add("io", tokens * (a.hidden * 4 + m.heads * 512 * 4 + a.query_rank * 4) / d.bandwidth);
  t.add("scores", tokens * seen * 4 / d.bandwidth);
  t.add("dense",
        m.decode ? 0 : 2 * tokens * m.heads * seen * (grouped ? kGroupedWidth : kExpandedWidth) / d.peak16);
  t.add("length", keys * kNano);
  t.add("tokens", tokens * kNano);
  return t;
}

Terms selection_terms(const Device& d, const QueryBlock& q) {
  constexpr double kSmallest = 512;  // up to so many keys there is nothing to choose
  const double tokens = q.batch * q.length;
  const double seen = (q.history + (q.length + 1) / 2) / q.compression;
  const double most = (q.history + q.length) / q.compression;
  const double turns = std::ceil(tokens / d.sms);
  Terms t;
  t.add("launch", kMicro);
  t.add("io", tokens * seen * 4 / d.bandwidth);
  t.add("tokens", tokens * kNano);
  t.add("waves", turns * kMicro);
  t.add("wave keys", turns * std::max(seen - kSmallest, 0.0) * kNano);
  t.add("length", most * kNano);
  t.add("choices", turns * (most > kSmallest ? 1 : 0) * kMicro);
  t.add("result", tokens * 2048 * 8 / d.bandwidth);
  return t;
}

Terms index_score_terms(const Device& d, const QueryBlock& q, double index_heads) {
  const double tokens = q.batch * q.length;
  const double seen = (q.history + (q.length + 1) / 2) / q.compression;
  const double most = (q.history + q.length) / q.compression;
  const double per_pair = 2 * index_heads * kHeadWidth / (2 * d.peak16);
  Terms t;
  t.add("launch", kMicro);
  t.add("flops", tokens * seen * per_pair);
  t.add("square", tokens * most * per_pair);
  t.add("result", tokens * most * 4 / d.bandwidth);
  t.add("cache", q.batch * most * 132 / d.bandwidth);
  t.add("length", most * kNano);
  t.add("waves", std::ceil(tokens * std::ceil(most / 256) / d.sms) * 0.1 * kMicro);
  t.add("tokens", tokens * kNano);
  return t;
}

Terms chosen_attention_terms(const Device& d, const QueryBlock& q, double heads) {
  constexpr double kChosen = 2048;
  constexpr double kWindow = 128;
  const double tokens = q.batch * q.length;
  const double seen = (q.history + (q.length + 1) / 2) / q.compression;
  const double attended = q.compression == 1 ? std::min(seen, kChosen) : seen + kWindow;
  const double slots = q.compression == 1 ? kChosen : seen + kWindow;
  const double turns = std::ceil(tokens / d.sms);
  Terms t;
  t.add("launch", kMicro);
  t.add("flops", 2 * tokens * heads * attended * kLatentWidth / d.peak16);
  t.add("padded", 2 * tokens * heads * slots * kLatentWidth / d.peak16);
  t.add("cache", tokens * attended * 576 / d.bandwidth);
  t.add("io", tokens * heads * kLatentWidth * 2 / d.bandwidth);
  t.add("waves", turns * kMicro);
  t.add("wave keys", turns * slots * kNano);
  t.add("length", attended * kNano);
  return t;
}

}  // namespace gigawatt::kernels

#include "gigawatt/kernels/serving_kernels.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/units/scale.h"

namespace gigawatt::kernels {
namespace {

using units::kMicro;
using units::kNano;
constexpr double kQueryTile = 128;  // queries of one thread block, and keys of one step, in flash attention

double waves(double items, double sms) { return std::ceil(items / sms); }

/// Seconds of the best of a menu of tiles and splits of K, in whole waves: the part of a product that no overlap hides.
double tiled_seconds(const Device& d, double m, double n, double k, double peak) {
  constexpr double kReuseRamp = 20;      // operand reuse (elements) at which a tile runs at half of its limit
  constexpr double kPipelineRamp = 200;  // elements of K that fill and drain the software pipeline
  constexpr double kSmallestRows = 64;   // rows of a tensor-core tile that is computed whole
  const double per_sm = peak / d.sms;
  double best = 0;
  for (double a = 16; a <= 256; a *= 2)
    for (double b = 32; b <= 256; b *= 2) {
      if (a * b > 128.0 * 256.0) continue;
      const double reuse = a * b / (a + b);
      const double rate = per_sm * reuse / (reuse + kReuseRamp);
      const double tiles = std::ceil(m / a) * std::ceil(n / b);
      for (double split = 1; split <= 8; split *= 2) {
        double t = waves(tiles * split, d.sms) * 2 * std::max(a, kSmallestRows) * b *
                   (k / split + kPipelineRamp) / rate;
        if (split > 1) t += split * m * n * 8 / d.bandwidth;  // partial sums of 4 bytes, out and in
        if (best == 0 || t < best) best = t;
      }
    }
  return best;
}

}  // namespace

Terms product_terms(const Device& d, double m, double n, double k, Format format) {
  const double rate = peak(d, format);
  Terms t;
  t.add("launch", kMicro);
  t.add("weights", n * k * weight_bytes(format) / d.bandwidth);
  t.add("io", (m * k + m * n) * 2 / d.bandwidth);
  t.add("flops", 2 * m * n * k / rate);
  t.add("tiles", tiled_seconds(d, m, n, k, rate));
  t.add("depth", k * kNano);
  return t;
}

Terms prompt_attention_terms(const Device& d, const PromptAttention& s) {
  const double w = s.window > 0 && s.window < s.length ? s.window : 0;
  const double before = w > 0 ? std::min(s.history, w) : s.history;
  const double pairs =
      (w > 0 ? w * s.length - w * (w - 1) / 2 : s.length * (s.length + 1) / 2) + before * s.length;
  const double width = 2 * (s.qk_dim + s.v_dim);
  const double rows = s.batch * s.heads;
  const double blocks = std::ceil(s.length / kQueryTile);
  const double items = std::max(rows * blocks, 1.0);
  const double per_sm = d.peak16 / d.sms;
  const double flops = width * rows * pairs;
  const double seen = w > 0 ? w : s.length + before;
  const double cached =
      s.latent_dim > 0 ? s.latent_dim * 2 : s.kv_heads * (s.qk_dim + s.v_dim) * (s.cache_bytes + 2);
  Terms t;
  t.add("launch", kMicro);
  t.add("flops", flops / d.peak16);
  t.add("diagonal", width * rows * (pairs + blocks * kQueryTile * kQueryTile / 2) / d.peak16);
  t.add("waves", waves(items, d.sms) * flops / items / per_sm);
  t.add("critical", width * kQueryTile * kQueryTile * std::ceil(seen / kQueryTile) / per_sm);
  t.add("io", rows * s.length * (s.qk_dim + s.v_dim) * 2 * (s.latent_dim > 0 ? 2 : 1) / d.bandwidth);
  t.add("cache", s.batch * s.length * cached / d.bandwidth);
  t.add("rows", rows * s.length * kNano);
  return t;
}

Terms bidirectional_attention_terms(const Device& d, double batch, double length, double heads,
                                    double head_dim) {
  const double rows = batch * heads;
  const double blocks = std::ceil(length / kQueryTile);
  const double padded = blocks * kQueryTile;
  const double dim = std::ceil(head_dim / 64) * 64;  // tensor cores take head dimensions in steps of 64
  const double tile = 4 * kQueryTile * padded * dim / (d.peak16 / d.sms);
  Terms t;
  t.add("launch", kMicro);
  t.add("flops", 4 * rows * length * length * head_dim / d.peak16);
  t.add("padded", 4 * rows * padded * padded * dim / d.peak16);
  t.add("waves", waves(rows * blocks, d.sms) * tile);
  t.add("critical", tile);
  t.add("io", rows * length * head_dim * 8 / d.bandwidth);
  return t;
}

Terms cache_attention_terms(const Device& d, const CacheAttention& s) {
  const double keys = s.window > 0 && s.window < s.keys ? s.window : s.keys;
  const double sequence = 2 * s.head_dim * s.cache_bytes * keys;  // of one key-value head
  const double pairs = s.batch * s.kv_heads;
  const double group = std::ceil(s.heads / s.kv_heads / 16) * 16;  // tensor cores take 16 queries
  const double per_sm = d.bandwidth / d.sms;
  Terms t;
  t.add("launch", kMicro);
  t.add("cache", pairs * sequence / d.bandwidth);
  t.add("flops", 4 * pairs * group * keys * s.head_dim / d.peak16);
  t.add("unsplit", waves(pairs, d.sms) * sequence / per_sm);
  t.add("critical", sequence / per_sm);
  t.add("io", s.batch * s.heads * s.head_dim * 4 / d.bandwidth);
  t.add("heads", pairs / d.sms * kMicro);
  t.add("length", s.keys * kNano);
  t.add("waves", waves(pairs, d.sms) * kMicro);
  return t;
}

Terms latent_attention_terms(const Device& d, double batch, double keys, double heads, double cache_bytes) {
  constexpr double kCached = 576;  // 512 latent and 64 rotary elements
  constexpr double kWidth = 1088;  // products over 576 for scores and 512 for values
  const double sequence = keys * kCached * cache_bytes;
  const double padded = std::ceil(heads / 64) * 64;
  const double per_sm = d.bandwidth / d.sms;
  Terms t;
  t.add("launch", kMicro);
  t.add("cache", batch * sequence / d.bandwidth);
  t.add("flops", 2 * batch * heads * keys * kWidth / d.peak16);
  t.add("padded", 2 * batch * padded * keys * kWidth / d.peak16);
  t.add("unsplit", waves(batch * std::ceil(heads / 64), d.sms) * sequence / per_sm);
  t.add("critical", sequence / per_sm);
  t.add("io", batch * heads * kWidth * 2 / d.bandwidth);
  t.add("heads", batch * std::ceil(heads / 16) / d.sms * kMicro);
  return t;
}

Terms expert_terms(const Device& d, const ExpertShape& s, const ExpertLoad& load, Format format) {
  const double rate = peak(d, format);
  const double matrices = 3 * s.hidden * s.inner;
  constexpr double kColumns = 128;
  constexpr double kRows = 64;
  Terms t;
  t.add("launch", kMicro);
  t.add("weights", load.active * matrices * weight_bytes(format) / d.bandwidth);
  t.add("flops", 2 * load.rows * matrices / rate);
  t.add("tiles", 2 * load.padded_rows * matrices / rate);
  t.add("io", load.rows * (s.hidden + s.inner) * 4 / d.bandwidth);
  t.add("tokens", s.tokens * s.hidden * 4 / d.bandwidth);
  t.add("experts", s.experts * kNano);
  t.add("waves", waves(load.padded_rows / kRows * s.inner * 2 / kColumns, d.sms) * 2 * kColumns * kRows *
                     s.hidden / (rate / d.sms));
  t.add("depth", s.hidden * kNano);
  return t;
}

Terms head_product_terms(const Device& d, double tokens, double heads, double k, Format format) {
  constexpr double kSum = 640;  // 128 elements of a head and 512 of the latent
  constexpr double kTile = 128;
  const double n = kSum - k;
  const double rate = peak(d, format);
  Terms t;
  t.add("launch", kMicro);
  t.add("weights", heads * n * k * weight_bytes(format) / d.bandwidth);
  t.add("io", tokens * heads * kSum * 2 / d.bandwidth);
  t.add("flops", 2 * tokens * heads * n * k / rate);
  t.add("tiles", waves(heads * std::ceil(tokens / kTile) * std::ceil(n / kTile), d.sms) * 2 * kTile * kTile *
                     k / (rate / d.sms));
  return t;
}

Terms quantize_terms(const Device& d, double m, double k) {
  constexpr double kCachedElements = 5e6;  // about what an L2 holds
  Terms t;
  t.add("launch", kMicro);
  t.add("io", m * k * 2 / d.bandwidth);
  t.add("memory", std::max(m * k - kCachedElements, 0.0) * 3 / d.bandwidth);
  t.add("rows", m * kNano);
  t.add("depth", k * kNano);
  t.add("waves", waves(m, d.sms) * 0.1 * kMicro);
  return t;
}

Terms mlp_terms(const Device& d, double tokens, double hidden, double inner) {
  Terms t;
  t.add("launch", kMicro);
  t.add("weights", 3 * hidden * inner / d.bandwidth);
  t.add("flops", 6 * tokens * hidden * inner / d.peak8);
  t.add("io", tokens * (hidden * 4 + inner * 6) / d.bandwidth);
  return t;
}

Terms hyper_connection_terms(const Device& d, double tokens, double hidden) {
  constexpr double kStreams = 4;
  constexpr double kCachedBytes = 5e7;
  const double bytes = tokens * hidden * kStreams * 2;
  Terms t;
  t.add("launch", kMicro);
  t.add("hidden", hidden / 4096 * kMicro);
  t.add("io", bytes / d.bandwidth);
  t.add("memory", std::max(bytes - kCachedBytes, 0.0) / d.bandwidth);
  t.add("flops", 2 * tokens * hidden * kStreams * 24 * 16 / d.peak16);
  t.add("waves", waves(tokens, d.sms) * hidden * 1e-3 * kNano);
  return t;
}

}  // namespace gigawatt::kernels

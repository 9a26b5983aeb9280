#include "gigawatt/kernels/recurrent.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/units/scale.h"

namespace gigawatt::kernels {

Terms recurrent_terms(const Device& d, const RecurrentCall& c) {
  using units::kMicro;
  using units::kNano;
  constexpr double kChunk = 64;           // tokens of a chunk
  constexpr double kBlockChannels = 256;  // of one thread block of the convolution
  const double tokens = std::max(c.tokens, c.batch * c.length);
  const double bytes = c.convolution ? c.channels * 4 : c.token_bytes;
  const double state = c.convolution ? c.channels * 16 : c.state_bytes;
  const double items = c.batch * c.heads;
  const double blocks = c.convolution ? c.batch * c.channels / kBlockChannels : items;
  const double fine = c.convolution ? c.batch * c.channels / kChunk : items;
  Terms t;
  t.add("launch", kMicro);
  t.add("io", tokens * bytes / d.bandwidth);
  t.add("state", c.batch * state / d.bandwidth);
  t.add("flops", c.convolution ? 0 : tokens * c.token_flops / d.peak16);
  t.add("length", c.length * (c.prompt ? kChunk : 10) * kNano);
  t.add("wave length", std::ceil(items / d.sms) * c.length * kChunk * kNano);
  t.add("tokens", tokens * kNano);
  t.add("blocks", blocks / d.sms * 0.1 * kMicro);
  t.add("waves", std::ceil(fine / d.sms) * 0.1 * kMicro);
  return t;
}

}  // namespace gigawatt::kernels

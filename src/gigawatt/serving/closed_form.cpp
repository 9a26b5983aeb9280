#include "gigawatt/serving/closed_form.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gigawatt::serving {
namespace {

constexpr int kRounds = 40;
constexpr double kNarrow = 1e-6;

double real(std::int64_t x) { return static_cast<double>(x); }

tl::unexpected<ServingNo> no(ServingRefusal code, std::string message) {
  return tl::unexpected(ServingNo{code, std::move(message)});
}

struct Prompt {
  double iterations = 1;  ///< that one prompt takes
  double length = 0;      ///< tokens in each
  double together = 1;    ///< prompts in one iteration
};

Prompt prompt_of(const IterationModel& m, const ServingLoad& load, double batch) {
  const Engine& e = *m.deployment().engine;
  const double tokens = std::max(load.input * (1 - load.cached), 1.0);
  const double room = real(e.iteration_tokens);
  Prompt p;
  p.iterations = std::ceil(tokens / room);
  p.length = tokens / p.iterations;
  const double groups = real(m.deployment().plan.dp);
  const double fit = std::max(1.0, std::floor(room / p.length)) * groups;
  // Groups of data-parallel attention wait for each other: the scheduler gives each of them a prompt.
  p.together = std::clamp(std::min(batch, groups), 1.0, fit);
  return p;
}

/// What one prompt adds to the iterations of `batch` decoding sequences.
double prompt_seconds(const IterationModel& m, const ServingLoad& load, const Prompt& p, double batch,
                      double keys, double decode) {
  double sum = 0;
  const double cached = load.input * load.cached;
  // The attention of a chunk grows linearly with what precedes it: first and last chunk stand for all.
  const auto chunk = [&](double index) {
    return m.seconds(batch, keys, {p.together, p.length, cached + index * p.length}) - decode;
  };
  sum = p.iterations == 1 ? chunk(0) : p.iterations * (chunk(0) + chunk(p.iterations - 1)) / 2;
  return std::max(sum / p.together, 0.0);
}

struct State {
  double decode = 0;
  double added = 0;
  double wait = 0;
  double first = 0;  ///< TTFT without host and queue
  double residence = 0;
  Prompt prompt;
};

State steady(const IterationModel& m, const ServingLoad& load, double batch) {
  State s;
  const double keys = load.input + load.output / 2;
  const bool chunked = m.deployment().engine->chunked_prefill;
  s.prompt = prompt_of(m, load, batch);
  s.decode = m.decode_seconds(batch, keys);
  s.added = chunked ? prompt_seconds(
                          m, load, s.prompt, std::max(batch - s.prompt.together, 0.0), keys,
                          batch > s.prompt.together ? m.decode_seconds(batch - s.prompt.together, keys) : 0)
                    : prompt_seconds(m, load, s.prompt, 0, 0, 0);
  const double steps = std::max(load.output - 1, 0.0) / m.tokens_per_iteration();
  s.residence = steps * s.decode + (batch - 1) * s.added;
  const double alone = batch > 1 ? s.decode * (0.5 + (chunked ? s.prompt.iterations : 0)) : 0;
  s.first = alone + s.added * s.prompt.together;
  // Of requests that came at once, one waits for half of the others.
  if (load.concurrency > 0)
    s.first += m.deployment().engine->burst * std::max(batch - s.prompt.together, 0.0) / 2 * s.added;
  for (int i = 0; i < kRounds; ++i) {
    const double rate = batch / (s.first + s.wait + s.residence);
    const double busy = std::min(rate * s.added, 0.98);
    const double next = s.added * busy / (2 * (1 - busy)) * (batch - 1) / batch;
    if (std::abs(next - s.wait) < kNarrow * (s.first + 1e-12)) break;
    s.wait = (s.wait + next) / 2;
  }
  return s;
}

ServingEstimate finish(const IterationModel& m, const ServingLoad& load, double batch, double waiting) {
  const Engine& e = *m.deployment().engine;
  const State s = steady(m, load, batch);
  ServingEstimate out;
  out.batch = batch;
  out.decode_s = s.decode;
  out.prompt_s = s.added;
  out.requests_per_s = batch / (s.first + s.wait + s.residence + (waiting > 0 ? 0 : e.request_s));
  out.output_tokens_per_s = out.requests_per_s * load.output;
  out.queue_s = waiting / out.requests_per_s;
  out.ttft.p50 = e.request_s + s.first + s.wait + out.queue_s;
  out.ttft.p99 = e.request_s + s.first + out.queue_s * 2 + 4.6 * s.wait + s.added * (s.prompt.together - 1);
  const double steps = std::max(load.output - 1, 1.0);
  out.tpot.p50 = s.residence / steps;
  // A request sees a Poisson number of prompts; 2.33 standard deviations above the mean is the 99th percentile.
  out.tpot.p99 = (s.residence + 2.33 * std::sqrt(std::max(batch - 1, 0.0)) * s.added) / steps;
  out.prompt_share = std::min(1.0, out.requests_per_s * s.added);
  out.cache_tokens = batch * (load.input + load.output / 2);
  return out;
}

tl::expected<double, ServingNo> room_for(const IterationModel& m, const ServingLoad& load) {
  const Deployment& d = m.deployment();
  if (d.model->window > 0 && load.input + load.output > d.model->window)
    return no(ServingRefusal::kWindow, fmt::format("{} takes {:.0f} tokens; prompt and answer have {:.0f}",
                                                   d.model->name, d.model->window, load.input + load.output));
  if (m.cache_tokens() <= 0)
    return no(ServingRefusal::kWeightsDoNotFit,
              fmt::format("{:.1f} GB of weights on each accelerator leave no room for a cache in {:.1f} GB",
                          m.weight_bytes_per_accelerator() * 1e-9, d.accelerator->memory_bytes.value * 1e-9));
  const double most = largest_batch(m, load.input, load.output);
  if (most < 1)
    return no(ServingRefusal::kCacheDoesNotFit,
              fmt::format("the cache holds {:.0f} tokens, one request needs {:.0f}", m.cache_tokens(),
                          load.input + load.output));
  return most;
}

}  // namespace

double largest_batch(const IterationModel& m, double input, double output) {
  if (m.cache_tokens() < input + output) return 0;
  const double by_memory = std::floor(m.cache_tokens() / (input + output / 2));
  return std::min(std::max(by_memory, 1.0), real(m.deployment().engine->sequences * m.deployment().plan.dp));
}

tl::expected<ServingEstimate, ServingNo> estimate(const IterationModel& m, const ServingLoad& load) {
  const auto most = room_for(m, load);
  if (!most) return tl::unexpected(most.error());
  if (load.concurrency > 0) {
    const double batch = std::min(load.concurrency, *most);
    return finish(m, load, batch, load.concurrency - batch);
  }
  if (!(load.rate > 0)) return finish(m, load, *most, 0);
  const auto capacity = finish(m, load, *most, 0);
  if (capacity.requests_per_s <= load.rate)
    return no(ServingRefusal::kOverload, fmt::format("{:.3g} requests a second arrive, {:.3g} can be served",
                                                     load.rate, capacity.requests_per_s));
  double low = 0;
  double high = *most;
  for (int i = 0; i < kRounds && high - low > 1e-3 * high; ++i) {
    const double middle = (low + high) / 2;
    (finish(m, load, std::max(middle, 1e-3), 0).requests_per_s < load.rate ? low : high) = middle;
  }
  auto out = finish(m, load, std::max(high, 1.0), 0);
  out.requests_per_s = load.rate;
  out.output_tokens_per_s = load.rate * load.output;
  out.batch = high;
  return out;
}

tl::expected<ServingEstimate, ServingNo> estimate_split(const IterationModel& p, double prompts,
                                                        const IterationModel& d, double decoders,
                                                        double transfer_bandwidth, const ServingLoad& load) {
  const auto most = room_for(d, load);
  if (!most) return tl::unexpected(most.error());
  if (p.cache_tokens() < load.input)
    return no(ServingRefusal::kCacheDoesNotFit, "a prompt does not fit the prefill pool");
  const Engine& e = *p.deployment().engine;
  const double keys = load.input + load.output / 2;
  const double steps = std::max(load.output - 1, 0.0) / d.tokens_per_iteration();
  const double moved =
      cache_bytes(*p.deployment().model, p.deployment().formats, load.input) / transfer_bandwidth;
  const double cap = *most * decoders;
  const double asked = load.concurrency > 0 ? load.concurrency : cap;
  const Prompt form = prompt_of(p, load, 1);
  const double service = prompt_seconds(p, load, form, 0, 0, 0);
  const double peak_rate = prompts / service;
  // Requests are decoding, being processed, or waiting; the slower pool sets the rate.
  double batch = std::min(asked, cap);
  double rate = 0;
  for (int i = 0; i < kRounds; ++i) {
    const double residence = steps * d.decode_seconds(std::max(batch / decoders, 1.0), keys);
    const double busy = std::min(rate * service / prompts, 0.98);
    const double wait = service * busy / (2 * (1 - busy));
    const double next = std::min(peak_rate, asked / (e.request_s + service + wait + moved + residence));
    rate = i == 0 ? next : (rate + next) / 2;
    batch = std::min({rate * residence, cap, asked});
  }
  ServingEstimate out;
  out.batch = std::max(batch, std::min(asked, 1.0));
  out.decode_s = d.decode_seconds(std::max(out.batch / decoders, 1.0), keys);
  out.prompt_s = service;
  out.requests_per_s = rate;
  out.output_tokens_per_s = rate * load.output;
  const double residence = steps * out.decode_s;
  out.tpot.p50 = residence / std::max(load.output - 1, 1.0);
  out.tpot.p99 = out.tpot.p50 * 1.05;
  out.ttft.p50 = std::max(asked / rate - residence, e.request_s + service + moved);
  out.queue_s = out.ttft.p50 - e.request_s - service - moved;
  out.ttft.p99 = out.ttft.p50 + out.queue_s + service * form.together;
  out.prompt_share = std::min(1.0, rate * service / prompts);
  out.cache_tokens = out.batch * keys;
  return out;
}

}  // namespace gigawatt::serving

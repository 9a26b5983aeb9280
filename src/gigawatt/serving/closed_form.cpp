#include "gigawatt/serving/closed_form.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/real.h"
#include "gigawatt/serving/prompt_form.h"

namespace gigawatt::serving {
namespace {

constexpr int kRounds = 40;
constexpr int kUndamped = 8;  // rounds; what has not settled by then swings
constexpr double kNarrow = 1e-4;
constexpr double kLeastRoom = 16;  // tokens that decoding leaves prompts in an iteration

using base::real;

tl::unexpected<ServingNo> no(ServingRefusal code, std::string message) {
  return tl::unexpected(ServingNo{code, std::move(message)});
}

struct State {
  double batch = 1;  ///< sequences that decode
  double decode = 0;
  double added = 0;
  double together = 1;
  double wait = 0;   ///< for the iteration in progress and for other prompts
  double queue = 0;  ///< the part of it that other prompts cause
  double own = 0;    ///< the iterations of the own prompt
  double residence = 0;
  double rate = 0;
  PromptForm prompt;
};

/// The steady state of `active` requests that are decoding, in prompts, or `away` seconds with the client.
State steady(const IterationModel& m, const ServingLoad& load, double active, double away) {
  State s;
  const double keys = load.input + load.output / 2;
  const bool chunked = m.deployment().engine->chunked_prefill;
  const double steps = std::max(load.output - 1, 0.0) / m.tokens_per_iteration();
  const double others = std::max(active - 1, 0.0) / std::max(active, 1.0);
  s.batch = active;
  for (int i = 0; i < kRounds; ++i) {
    // Sequences that end in one iteration, and with them prompts that begin: Poisson.
    const double ends = steps > 0 ? s.batch / steps : s.batch;
    const double poisson = ends > 1e-6 ? ends / -std::expm1(-ends) : 1;
    s.prompt = prompt_form(m, load, chunked && others > 0 ? s.batch : 0);
    s.together = std::clamp(std::max(poisson, std::min(s.batch, s.prompt.groups)), 1.0, s.prompt.most);
    s.decode = m.decode_seconds(std::max(s.batch, 1e-3), keys);
    const double beside = chunked && others > 0 ? s.batch : 0;
    s.added = shared_prompt_seconds(m, load, s.prompt, s.together, beside, keys);
    const double with_prompt = beside > 0 ? s.decode : 0;
    const double longest = with_prompt + s.added * s.together / std::ceil(s.prompt.iterations);
    // An arrival finds an iteration under way: half of it, longer ones more often (E[T^2] / 2 E[T]).
    const double share = std::min(1.0, -std::expm1(-ends) * std::ceil(s.prompt.iterations));
    const double mean = (1 - share) * s.decode + share * longest;
    const double square = (1 - share) * s.decode * s.decode + share * longest * longest;
    // The budget of prompt tokens is a server with constant service; few clients queue less.
    const double busy = std::min(ends * s.prompt.iterations / std::max(s.prompt.most, 1.0), 0.97);
    const double service = std::max(s.prompt.iterations / s.prompt.most, 1.0) * longest;
    s.queue = others * service * busy / (2 * (1 - busy)) * std::pow(busy, (std::sqrt(s.prompt.most) - 1) / 2);
    // The next request of a closed loop comes `away` after an iteration's end: unless a prompt came in between, it meets
    // the same phase of the iterations every time.
    const double rest = m.decode_seconds(std::max(s.batch - 1, 1e-3), keys);  // while it is away
    const double turns = std::ceil(away / rest);
    const double undisturbed = away > 0 && load.concurrency > 0 ? std::exp(-ends * turns) : 0;
    const double blur = std::min(m.deployment().engine->token_s * load.input / rest, 1.0);
    const double phase = (1 - blur) * (turns * rest - away) + blur * rest * 0.5;
    s.wait = others * (undisturbed * phase + (1 - undisturbed) * square / (2 * mean)) + s.queue;
    // A prompt shares its iterations with those that came in the same one, which is longer than a mean iteration; the
    // median prompt sees little of the longest ones.
    constexpr double kLonger = 1.35;
    const double longer = std::min(square / (mean * mean), kLonger);
    const double shared = std::clamp(1 + ends * others * longer, s.together, s.prompt.most);
    s.own = std::ceil(s.prompt.iterations) * with_prompt + s.added * shared;
    s.residence = steps * s.decode + others * steps * ends * s.added;
    s.rate = active / (away + s.wait + s.own + s.residence);
    // Prompts pass no faster than iterations that are full of them; what is over waits (Little).
    const double full = with_prompt + s.added * s.prompt.most / std::ceil(s.prompt.iterations);
    const double capacity = s.prompt.most / (s.prompt.iterations * full);
    if (load.concurrency > 0 && s.rate > capacity) {
      s.rate = capacity;
      s.wait = active / capacity - away - s.own - s.residence;
    }
    const double next = std::max(s.rate * s.residence, std::min(active, 1.0) * 0.5);
    if (std::abs(next - s.batch) < kNarrow * s.batch) break;
    s.batch = i < kUndamped ? next : (s.batch + next) / 2;
  }
  return s;
}

ServingEstimate finish(const IterationModel& m, const ServingLoad& load, double active, double waiting) {
  const Engine& e = *m.deployment().engine;
  const State s = steady(m, load, active, waiting > 0 ? 0 : request_seconds(e, load));
  ServingEstimate out;
  out.batch = s.batch;
  out.decode_s = s.decode;
  out.prompt_s = s.added;
  out.requests_per_s = s.rate;
  out.output_tokens_per_s = out.requests_per_s * load.output;
  out.queue_s = waiting / out.requests_per_s;
  out.ttft.p50 = request_seconds(e, load) + s.wait + s.own + out.queue_s;
  out.ttft.p99 = request_seconds(e, load) + s.own + 2 * s.wait + 4.6 * s.queue + 2 * out.queue_s;
  const double steps = std::max(load.output - 1, 1.0);
  out.tpot.p50 = s.residence / steps;
  // A request sees a Poisson number of prompts; 2.33 standard deviations above the mean is the 99th percentile.
  out.tpot.p99 = (s.residence + 2.33 * std::sqrt(std::max(active - 1, 0.0)) * s.added) / steps;
  out.prompt_share = std::min(1.0, out.requests_per_s * s.added);
  out.cache_tokens = s.batch * (load.input + load.output / 2);
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

/// A run of `load.requests` that all come at once; `most` decode together at most.
ServingEstimate finish_run(const IterationModel& m, const ServingLoad& load, double most) {
  const double n = load.requests;
  const double batch = std::min(most, n);
  ServingLoad endless = load;
  endless.requests = 0;
  ServingEstimate out = finish(m, endless, batch, std::max(n - batch, 0.0));
  const double keys = load.input + load.output / 2;
  const double steps = std::max(load.output - 1, 1.0) / m.tokens_per_iteration();
  const auto decode = [&](double b) { return m.decode_seconds(std::max(b, 1.0), keys); };
  const PromptForm form = prompt_form(m, load);
  const double spread = std::min(1.0, batch * form.iterations / form.most / steps);
  const double rest = std::fmod(n, batch);
  const double waves = std::floor(n / batch) * decode(batch) + (rest > 0 ? decode(rest) : 0);
  const double mean = (decode(batch) + 4 * decode(batch / 2) + decode(1)) / 6;
  const double overlapping = n / batch * decode(batch) + 2 * (mean - decode(batch) / 2);
  const double seconds = n * out.prompt_s + steps * ((1 - spread) * waves + spread * overlapping);
  out.requests_per_s = n / seconds;
  out.output_tokens_per_s = out.requests_per_s * load.output;
  out.queue_s = seconds / 2;
  out.ttft.p50 = out.queue_s;
  out.ttft.p99 = seconds;
  return out;
}

}  // namespace

double request_seconds(const Engine& engine, const ServingLoad& load) {
  return load.in_process ? 0 : engine.request_s + engine.request_serial_s + engine.token_s * load.input;
}

PromptForm prompt_form(const IterationModel& m, const ServingLoad& load, double beside) {
  const Engine& e = *m.deployment().engine;
  const double tokens = std::max(load.input * (1 - load.cached), 1.0);
  PromptForm p;
  p.groups = real(m.deployment().plan.dp);
  const double decoding = beside / p.groups * (1 + m.deployment().speculated);
  const double room = std::max(real(e.iteration_tokens) - decoding, kLeastRoom);
  p.iterations = std::max(1.0, tokens / room);  // what remains of a budget goes to the next prompt
  p.length = tokens / std::ceil(p.iterations);
  p.most = std::max(1.0, room / tokens) * p.groups;
  return p;
}

/// What each of `together` prompts adds to the iterations of `batch` decoding sequences.
double shared_prompt_seconds(const IterationModel& m, const ServingLoad& load, const PromptForm& p,
                             double together, double batch, double keys) {
  const double cached = load.input * load.cached;
  const double chunks = std::ceil(p.iterations);
  const double decode = batch > 0 ? m.decode_seconds(batch, keys) : 0;
  // The attention of a chunk grows linearly with what precedes it: first and last chunk stand for all.
  const auto chunk = [&](double index) {
    return m.seconds(batch, keys, {together, p.length, cached + index * p.length}) - decode;
  };
  const double sum = chunks == 1 ? chunk(0) : chunks * (chunk(0) + chunk(chunks - 1)) / 2;
  return std::max(sum / together, 0.0);
}

double largest_batch(const IterationModel& m, double input, double output) {
  if (m.cache_tokens() < input + output) return 0;
  const double held = m.deployment().engine->reserves_output ? output : output / 2;
  const double by_memory = std::floor(m.cache_tokens() / (input + held));
  return std::min(std::max(by_memory, 1.0), real(m.deployment().engine->sequences * m.deployment().plan.dp));
}

tl::expected<ServingEstimate, ServingNo> estimate(const IterationModel& m, const ServingLoad& load) {
  const auto most = room_for(m, load);
  if (!most) return tl::unexpected(most.error());
  if (load.concurrency > 0) {
    const double batch = std::min(load.concurrency, *most);
    return finish(m, load, batch, load.concurrency - batch);
  }
  if (load.active > 0) return finish(m, load, std::min(load.active, *most), 0);
  if (!(load.rate > 0)) return load.requests > 0 ? finish_run(m, load, *most) : finish(m, load, *most, 0);
  const auto capacity = finish(m, load, *most, 0);
  if (capacity.requests_per_s <= load.rate)
    return no(ServingRefusal::kOverload,
              fmt::format("{:.3g} requests a second arrive at a replica, which serves {:.3g}", load.rate,
                          capacity.requests_per_s));
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

PromptService prompt_service(const IterationModel& model, const ServingLoad& load) {
  const PromptForm form = prompt_form(model, load);
  const auto together = [&](double n) { return n * shared_prompt_seconds(model, load, form, n, 0, 0); };
  const double many = std::max(form.most, form.groups);
  const double shortest = together(form.groups);
  return {form.groups, many, shortest, many > form.groups ? together(many) : shortest};
}

tl::expected<ServingEstimate, ServingNo> estimate_split(const IterationModel& p, double prompts,
                                                        const IterationModel& d, double decoders,
                                                        double transfer_bandwidth, const ServingLoad& load) {
  return estimate_split(prompt_service(p, load), p, prompts, d, decoders, transfer_bandwidth, load);
}

namespace {

/// What a split pool gives its requests at a rate that both parts serve. `most`: sequences that decode at once.
tl::expected<ServingEstimate, ServingNo> split_at_rate(const PromptService& service, const IterationModel& p,
                                                       double prompts, const IterationModel& d,
                                                       double decoders, double moved, double most,
                                                       const ServingLoad& load) {
  const double keys = load.input + load.output / 2;
  const double steps = std::max(load.output - 1, 0.0) / d.tokens_per_iteration();
  const double prompt_rate = prompts * service.many / service.longest;
  const double decode_rate =
      steps > 0 ? most / (steps * d.decode_seconds(std::max(most / decoders, 1.0), keys)) : 2 * load.rate;
  if (load.rate >= std::min(prompt_rate, decode_rate))
    return no(ServingRefusal::kOverload, fmt::format("{:.3g} requests a second arrive; the replicas for "
                                                     "prompts serve {:.3g}, those that decode {:.3g}",
                                                     load.rate, prompt_rate, decode_rate));
  double batch = 0, own = service.shortest, taken = service.few;
  const double slope =
      service.many > service.few ? (service.longest - service.shortest) / (service.many - service.few) : 0;
  for (int i = 0; i < kRounds; ++i) {
    batch = std::min(most, load.rate * steps * d.decode_seconds(std::max(batch / decoders, 1.0), keys));
    taken = std::clamp(load.rate / prompts * own, service.few, service.many);
    own = service.shortest + slope * (taken - service.few);
  }
  const double busy = std::min(load.rate / prompts * own / taken, 0.98);
  const double wait = own * std::pow(busy, std::sqrt(2 * (prompts + 1)) - 1) / (2 * prompts * (1 - busy));
  ServingEstimate out;
  out.batch = batch;
  out.decode_s = d.decode_seconds(std::max(batch / decoders, 1.0), keys);
  out.prompt_s = service.longest / service.many;
  out.requests_per_s = load.rate;
  out.output_tokens_per_s = load.rate * load.output;
  out.tpot.p50 = steps * out.decode_s / std::max(load.output - 1, 1.0);
  out.tpot.p99 = out.tpot.p50 * 1.05;
  out.queue_s = wait;
  out.ttft.p50 = request_seconds(*p.deployment().engine, load) + wait + own + moved + out.decode_s;
  out.ttft.p99 = out.ttft.p50 + 3 * wait + own;
  out.prompt_share = busy;
  out.cache_tokens = batch * keys;
  return out;
}

}  // namespace

tl::expected<ServingEstimate, ServingNo> estimate_split(const PromptService& service, const IterationModel& p,
                                                        double prompts, const IterationModel& d,
                                                        double decoders, double transfer_bandwidth,
                                                        const ServingLoad& load) {
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
  if (load.rate > 0 && load.concurrency <= 0)
    return split_at_rate(service, p, prompts, d, decoders, moved, cap, load);
  const double asked = load.concurrency > 0 ? load.concurrency : cap;
  const auto [few, many, shortest, longest] = service;
  const double slope = many > few ? (longest - shortest) / (many - few) : 0;
  const double peak_rate = prompts * many / longest;
  const double host = request_seconds(e, load);
  // Requests are decoding, being processed, or waiting; the slower pool sets the rate.
  double batch = std::min(asked, cap);
  double rate = 0;
  double own = shortest;
  double busy = 0;
  for (int i = 0; i < kRounds; ++i) {
    const double residence = steps * d.decode_seconds(std::max(batch / decoders, 1.0), keys);
    const double taken = std::clamp(rate / prompts * own, few, many);
    own = shortest + slope * (taken - few);
    busy = std::min(rate / prompts * own / taken, 0.98);
    const double wait = own * busy / (2 * (1 - busy));
    const double next = std::min(peak_rate, asked / (host + own + wait + moved + residence));
    const double held = batch;
    const bool settled = i > 0 && std::abs(next - rate) < kNarrow * next;
    rate = i == 0 ? next : (rate + next) / 2;
    batch = std::min({rate * residence, cap, asked});
    if (settled && std::abs(batch - held) < kNarrow * batch) break;
  }
  ServingEstimate out;
  out.batch = std::max(batch, std::min(asked, 1.0));
  out.decode_s = d.decode_seconds(std::max(out.batch / decoders, 1.0), keys);
  out.prompt_s = longest / many;
  out.requests_per_s = rate;
  out.output_tokens_per_s = rate * load.output;
  const double residence = steps * out.decode_s;
  out.tpot.p50 = residence / std::max(load.output - 1, 1.0);
  out.tpot.p99 = out.tpot.p50 * 1.05;
  out.ttft.p50 = std::max(asked / rate - residence, host + own + moved);
  out.queue_s = out.ttft.p50 - host - own - moved;
  out.ttft.p99 = out.ttft.p50 + out.queue_s + own;
  out.prompt_share = std::min(1.0, busy);
  out.cache_tokens = out.batch * keys;
  return out;
}

}  // namespace gigawatt::serving

#include "gigawatt/measured/serving_errors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gigawatt/base/parallel.h"
#include "gigawatt/base/real.h"
#include "gigawatt/measured/order.h"
#include "gigawatt/serving/simulate_split.h"
#include "gigawatt/topology/cluster.h"

namespace gigawatt::measured {
namespace {

using Quantities = std::map<std::string, double>;
using base::real;

std::pair<double, double> band(const serving::Engine& e, const std::string& quantity) {
  if (quantity == "ttft_ms") return {e.first_low, e.first_high};
  return quantity == "tpot_ms" ? std::pair{e.token_low, e.token_high} : std::pair{e.rate_low, e.rate_high};
}

double of(const serving::Percentiles& p, Statistic statistic) {
  if (statistic == Statistic::kP99) return p.p99;
  return statistic == Statistic::kMean && p.mean > 0 ? p.mean : p.p50;
}

bool fits_server(const ServerOptions& s, const ServingCase& c, const serving::Engine& engine) {
  const auto stated = [&](double asked, double mean) {
    return asked <= 0 || std::abs(mean / c.client.mean_share() / asked - 1) < 1e-9;
  };
  const bool wide = s.width <= 0 || (!c.plans.empty() && real(c.plans[0].plan.accelerators()) == s.width);
  return wide && stated(s.input, c.load.input) && stated(s.output, c.load.output) &&
         (s.format.empty() || s.format == c.precision) &&
         (s.before.empty() || serving::version_precedes(c.engine_version, s.before)) &&
         s.engine == engine.base && (s.model.empty() || s.model == c.model->name) &&
         (s.accelerator.empty() || s.accelerator == c.accelerator->name) &&
         c.accelerator->generation.starts_with(s.generation) && c.load.concurrency >= s.from_concurrency;
}

/// What the client's entries that fit the case say together.
ServerOptions server_options(const ServingCase& c, const serving::Engine& engine) {
  ServerOptions out;
  for (const auto& s : c.client.servers) {
    if (!fits_server(s, c, engine)) continue;
    for (auto option : {&ServerOptions::poll, &ServerOptions::gather, &ServerOptions::sequences,
                        &ServerOptions::iteration_tokens, &ServerOptions::prompts, &ServerOptions::wait,
                        &ServerOptions::wait_share, &ServerOptions::draft, &ServerOptions::cache_bytes})
      if (s.*option > 0) out.*option = s.*option;
    if (!s.precision.empty()) out.precision = s.precision;
  }
  return out;
}

struct Answer {
  serving::ServingEstimate estimate;
  double per_accelerator = 0;
  double lone_tpot = 0;
};

/// The largest x up to `high` that is `fine`, which holds for small x if for any; to a share `step` of it.
template <typename Fine>
double largest(Fine&& fine, double high, double step = 1e-3) {
  double low = 0;
  for (int i = 0; i < 24 && high - low > step * high; ++i) {
    const double middle = (low + high) / 2;
    (fine(middle) ? low : high) = middle;
  }
  return low;
}

/// Share of the tokens that LoadGen counts: it issues requests for T = max(duration, samples / rate) seconds and divides by
/// the time until the last one that it issued is answered.
double counted_share(const PreparedCase& c, const PreparedPlan& plan, const serving::ServingEstimate& e) {
  const double duration = c.asked.client.duration_s;
  if (!(duration > 0)) return 1;
  const double issued = std::max(duration, c.asked.samples / (e.requests_per_s * plan.pool.replicas));
  return issued / (issued + e.ttft.mean + (c.asked.load.output - 1) * e.tpot.p50);
}

/// Share of a run's time in which the slots are full. A run that gets all its requests at once ends with the longest
/// answer, of L tokens; of those that are left when the line is empty each has the mean answer still to come, if lengths are
/// exponential, so that the end costs (L - mean) iterations of few sequences.
double full_share(const PreparedCase& c, const PreparedPlan& plan, const serving::ServingEstimate& e) {
  const double longer = c.asked.longest - c.asked.load.output;
  if (!(c.asked.client.duration_s > 0) || !(longer > 0)) return 1;
  const double full =
      std::max(c.asked.client.duration_s, c.asked.samples / (e.requests_per_s * plan.pool.replicas));
  const double end = longer / plan.model->tokens_per_iteration() *
                     plan.model->decode_seconds(1, c.asked.load.input + c.asked.longest / 2);
  return full / (full + end);
}

/// A server scenario runs at the highest rate of random arrivals at which 99 of 100 requests meet both limits. How far the
/// slowest are behind the median is for the simulation to say: where prompts are long the closed form has them far too
/// close (Llama 3.1 405B: 60% more tokens than measured).
tl::expected<Answer, std::string> served(const PreparedCase& c, const PreparedPlan& plan,
                                         serving::ServingLoad load) {
  load.concurrency = 0;
  load.rate = 0;
  const auto full = serving::estimate(*plan.model, load);
  if (!full) return tl::unexpected(full.error().message);
  // No more are present at once than half of the requests can bear.
  load.active = largest(
      [&](double active) {
        auto some = load;
        some.active = active;
        const auto e = serving::estimate(*plan.model, some);
        return e && (c.asked.tpot_limit_s <= 0 || e->tpot.p50 <= c.asked.tpot_limit_s);
      },
      full->batch);
  if (!(load.active > 0)) return tl::unexpected(std::string("no rate meets the latency limits"));
  const auto most = serving::estimate(*plan.model, load);
  if (!most) return tl::unexpected(most.error().message);
  load.active = 0;
  constexpr double kLeastRequests = 3000, kTurns = 3;  // the latter of what is present at once
  constexpr double kStep = 0.01;                       // of the highest rate
  serving::SimulationOptions options;
  options.requests = std::llround(std::max(kLeastRequests, kTurns * most->batch));
  options.spread = 0.5;  // as `gigawatt serving` takes it
  serving::Simulated best;
  const auto slowest = [&](double rate) {
    load.rate = rate;
    if (!c.closed_servers) return serving::simulate(*plan.model, load, options);
    serving::Simulated s;
    const auto closed = serving::estimate(*plan.model, load);
    s.batch = closed ? closed->batch : 0;
    s.ttft.p99 = s.tpot.p99 = std::numeric_limits<double>::infinity();
    if (closed) s.ttft = closed->ttft, s.tpot = closed->tpot;
    return s;
  };
  const auto fine = [&](double rate) {
    const auto s = slowest(rate);
    if ((c.asked.tpot_limit_s > 0 && s.tpot.p99 > c.asked.tpot_limit_s) ||
        (c.asked.ttft_limit_s > 0 && s.ttft.p99 > c.asked.ttft_limit_s))
      return false;
    best = s;
    return true;
  };
  const double rate = largest(fine, most->requests_per_s, kStep);
  if (!(rate > 0)) return tl::unexpected(std::string("no rate meets the latency limits"));
  serving::ServingEstimate e = *most;
  e.batch = best.batch;
  e.requests_per_s = rate;
  e.output_tokens_per_s = rate * load.output;
  e.ttft = best.ttft;
  // Where no limit binds the slots are full, and so they are at the end of a run at that rate.
  if (rate < (1 - 2 * kStep) * most->requests_per_s) e.tpot = best.tpot;
  e.output_tokens_per_s *= counted_share(c, plan, e);
  // A tuned server's slots hold the time per token, and its queue may take what is left of the time to the first one.
  if (c.asked.ttft_limit_s > 0) e.ttft.p99 = c.asked.ttft_limit_s;
  return Answer{e, e.output_tokens_per_s / static_cast<double>(plan.pool.plan.accelerators()), 0};
}

/// Requests per second and accelerator of a pool that computes prompts alone.
double prompt_rate(const PreparedCase& c, const PreparedPlan& plan) {
  const auto& engine = *plan.model->deployment().engine;
  const double fit = static_cast<double>(engine.iteration_tokens) / c.asked.load.input;
  const double together = std::max(1.0, std::floor(fit)) * static_cast<double>(plan.pool.plan.dp);
  return together / plan.model->prompt_seconds({together, c.asked.load.input, 0}) /
         static_cast<double>(plan.pool.plan.accelerators());
}

/// From the client to the first token on the plan that computes one prompt fastest.
double lone_prompt_seconds(const PreparedCase& c) {
  double least = 0;
  auto one = c.asked.load;
  one.concurrency = 1;
  for (const auto& plan : c.plans)
    if (const auto e = serving::estimate(*plan.model, one); e && (least == 0 || e->ttft.p50 < least))
      least = e->ttft.p50;
  return least;
}

/// Output tokens per second and accelerator where `plan` only decodes, as fast as the case asks, and pools of
/// `prompt_rate` compute the prompts: 1/rate = 1/prompt rate + accelerators/decode rate.
double split_rate(const PreparedCase& c, const PreparedPlan& plan, double prompt_rate) {
  const auto& load = c.asked.load;
  const double keys = load.input + load.output / 2;
  const double gain = plan.model->tokens_per_iteration();
  const double most = serving::largest_batch(*plan.model, load.input, load.output);
  const auto seconds = [&](double batch) { return plan.model->decode_seconds(batch, keys); };
  if (most < 1 || (c.asked.tpot_limit_s > 0 && seconds(1) / gain > c.asked.tpot_limit_s)) return 0;
  const double batch = std::max(
      1.0,
      largest(
          [&](double b) { return c.asked.tpot_limit_s <= 0 || seconds(b) / gain <= c.asked.tpot_limit_s; },
          most));
  const double requests = batch * gain / (load.output * seconds(batch));
  return load.output / (1 / prompt_rate + static_cast<double>(plan.pool.plan.accelerators()) / requests);
}

/// One batch whose prompts are computed together, as an experiment on phases does it.
tl::expected<Answer, std::string> one_batch(const PreparedCase& c, const PreparedPlan& plan) {
  const auto& load = c.asked.load;
  const auto& model = *plan.model;
  const double batch = std::max(load.concurrency, 1.0);
  serving::ServingEstimate e;
  e.batch = batch;
  e.decode_s = model.decode_seconds(batch, load.input + load.output / 2);
  e.prompt_s = model.prompt_seconds({batch, load.input, 0});
  e.ttft.p50 = e.ttft.mean = e.ttft.p99 =
      serving::request_seconds(*model.deployment().engine, load) + e.prompt_s;
  e.tpot.p50 = e.tpot.mean = e.tpot.p99 = e.decode_s / model.tokens_per_iteration();
  e.output_tokens_per_s = batch * load.output / (e.ttft.p50 + (load.output - 1) * e.tpot.p50);
  return Answer{e, e.output_tokens_per_s / static_cast<double>(plan.pool.plan.accelerators()), 0};
}

/// Replicas for prompts and for decoding. Where a row does not say how many it has, they are the fewest that hold the
/// requests and compute prompts as fast as they end: D = ceil(C / slots), P = ceil(rate / rate of one).
std::pair<double, double> workers(const PreparedCase& c, const PreparedPlan& plan) {
  const double prompts = c.prefill ? c.prefill->pool.replicas : 0;
  const auto& load = c.asked.load;
  if (!c.prefill || !c.asked.workers_unknown || !(load.concurrency > 0)) return {prompts, plan.pool.replicas};
  const auto& model = *plan.model;
  const double slots = serving::largest_batch(model, load.input, load.output);
  if (slots < 1) return {prompts, plan.pool.replicas};
  const double decoders = std::ceil(load.concurrency / slots);
  const double steps = std::max(load.output - 1, 1.0) / model.tokens_per_iteration();
  const double rate = load.concurrency / (steps * model.decode_seconds(load.concurrency / decoders,
                                                                       load.input + load.output / 2));
  const auto service = serving::prompt_service(*c.prefill->model, load);
  return {std::max(1.0, std::ceil(rate * service.longest / service.many)), decoders};
}

/// A client's run, request by request: it starts with all slots at once and ends when the last answer is complete.
tl::expected<Answer, std::string> client_run(const PreparedCase& c, const PreparedPlan& plan,
                                             serving::ServingLoad load) {
  const auto fits = serving::estimate(*plan.model, load);
  if (!fits && fits.error().code != serving::ServingRefusal::kOverload)
    return tl::unexpected(fits.error().message);
  load.concurrency = std::round(load.concurrency);
  const auto& client = c.asked.client;
  serving::SimulationOptions options;
  options.requests = static_cast<std::int64_t>(
      std::round(load.concurrency > 0 ? client.per_slot * load.concurrency : client.requests));
  options.spread = client.spread();
  options.warm_share = 0;
  options.drains = true;
  const auto server = server_options(c.asked, *plan.model->deployment().engine);
  options.poll = std::max(server.poll, 1.0);
  options.gather = server.gather;
  options.sequences = server.sequences;
  options.iteration_tokens = server.iteration_tokens;
  if (server.prompts > 0)
    options.iteration_tokens =
        std::max(options.iteration_tokens,
                 server.prompts * load.input / client.mean_share() + c.asked.load.concurrency);
  options.wait = server.wait;
  options.wait_share = server.wait_share;
  const auto [prompts, replicas] = workers(c, plan);
  double accelerators = static_cast<double>(plan.pool.plan.accelerators());
  serving::Simulated s;
  if (c.prefill) {
    const auto& p = *c.prefill;
    accelerators = accelerators * replicas + static_cast<double>(p.pool.plan.accelerators()) * prompts;
    s = serving::simulate_split({p.model.get(), prompts, plan.model.get(), replicas, c.transfer_bandwidth},
                                load, options);
  } else {
    s = serving::simulate(*plan.model, load, options);
  }
  serving::ServingEstimate e;
  e.batch = s.batch;
  e.output_tokens_per_s = s.output_tokens_per_s;
  e.ttft = s.ttft;
  e.tpot = s.tpot;
  const double kinds = c.asked.total_tokens ? 1 + load.input / load.output : 1;
  return Answer{e, kinds * s.output_tokens_per_s / accelerators, 0};
}

bool runs_a_client(const ServingCase& c) {
  return c.load.concurrency > 0 ? c.client.per_slot > 0 : c.load.rate > 0 && c.client.requests > 0;
}

tl::expected<Answer, std::string> answer(const PreparedCase& c, const PreparedPlan& plan) {
  if (c.asked.batch) return one_batch(c, plan);
  const double replicas = plan.pool.replicas;
  auto load = c.asked.load;
  load.concurrency /= c.prefill ? 1 : replicas;
  load.rate /= replicas;
  load.active /= replicas;
  load.requests /= replicas;
  if (load.concurrency > 0) load.concurrency = std::max(load.concurrency, 1.0);
  if (c.asked.server) return served(c, plan, load);
  if (runs_a_client(c.asked) && c.asked.tpot_limit_s <= 0) return client_run(c, plan, load);
  auto e = c.prefill ? serving::estimate_split(*c.prefill->model, c.prefill->pool.replicas, *plan.model,
                                               replicas, c.transfer_bandwidth, load)
                     : serving::estimate(*plan.model, load);
  if (!e &&
      e.error().code == serving::ServingRefusal::kOverload) {  // an overloaded benchmark fills every slot
    load.rate = 0;
    e = serving::estimate(*plan.model, load);
  }
  if (!e) return tl::unexpected(e.error().message);
  if (c.prefill && load.concurrency <= 0 && load.rate <= 0) {  // a load that is not stated does not queue
    e->ttft.p50 = e->ttft.mean = e->ttft.p50 - e->queue_s;
    e->queue_s = 0;
  }
  if (load.concurrency <= 0 && load.rate <= 0 && load.requests <= 0)
    e->output_tokens_per_s *= full_share(c, plan, *e);
  const auto slow = [&](const serving::ServingEstimate& x) {
    return c.asked.tpot_limit_s > 0 && x.tpot.p50 > c.asked.tpot_limit_s;
  };
  if (slow(*e)) {  // the largest batch within the limit
    const double batch = largest(
        [&](double x) {
          load.concurrency = x;
          e = serving::estimate(*plan.model, load);
          return e && !slow(*e);
        },
        std::max(e->batch, 1.0));
    load.concurrency = std::max(batch, 1.0);
    e = serving::estimate(*plan.model, load);
    if (!e) return tl::unexpected(e.error().message);
    if (slow(*e)) return tl::unexpected(std::string("no batch meets the latency limits"));
  }
  double accelerators = static_cast<double>(plan.pool.plan.accelerators());
  if (c.prefill)
    accelerators = accelerators * replicas +
                   static_cast<double>(c.prefill->pool.plan.accelerators()) * c.prefill->pool.replicas;
  Answer out{*e, e->output_tokens_per_s / accelerators, 0};
  if (c.asked.total_tokens) out.per_accelerator *= 1 + load.input / load.output;
  if (c.asked.pool_load > 0 && load.concurrency > 0) {  // the last replica is not full
    const double replicas_needed = std::ceil(c.asked.pool_load / load.concurrency);
    out.per_accelerator *= c.asked.pool_load / (replicas_needed * load.concurrency);
  }
  if (c.asked.lone_tpot) {
    auto one = load;
    one.concurrency = 1;
    if (const auto lone = serving::estimate(*plan.model, one)) out.lone_tpot = lone->tpot.p50;
  }
  return out;
}

/// The plans to answer with: where a row states none and its client's run is simulated, those few that promise most in
/// closed form.
std::vector<PreparedPlan> plans_to_try(const PreparedCase& c) {
  constexpr std::size_t kMost = 2;
  if (c.plans.size() <= kMost || !runs_a_client(c.asked)) return c.plans;
  std::vector<std::pair<double, std::size_t>> rates;
  for (std::size_t i = 0; i < c.plans.size(); ++i) {
    auto load = c.asked.load;
    load.concurrency =
        std::max(load.concurrency / c.plans[i].pool.replicas, load.concurrency > 0 ? 1.0 : 0.0);
    load.rate /= c.plans[i].pool.replicas;
    const auto e = serving::estimate(*c.plans[i].model, load);
    rates.emplace_back(
        e ? -e->output_tokens_per_s / static_cast<double>(c.plans[i].pool.plan.accelerators()) : 0, i);
  }
  std::sort(rates.begin(), rates.end());
  std::vector<PreparedPlan> out;
  for (std::size_t k = 0; k < kMost; ++k) out.push_back(c.plans[rates[k].second]);
  return out;
}

}  // namespace

tl::expected<PreparedCase, std::string> prepare(const ServingCase& asked, const ServingBasis& basis) {
  PreparedCase out;
  out.asked = asked;
  out.model = std::make_unique<serving::ServedModel>(serving::served_model(*asked.model));
  const auto lent = basis.laws->lend(*asked.accelerator, basis.catalog->accelerators());
  if (lent.laws == nullptr) return tl::unexpected(std::string("no fitted kernels"));
  const auto parameters = network::load_network_parameters(*basis.calibration, *asked.accelerator);
  if (!parameters) return tl::unexpected(std::string("no network constants"));
  std::int64_t most = 8;
  for (const auto& p : asked.plans) most = std::max(most, p.plan.accelerators());
  out.fabric = std::make_unique<network::Fabric>(
      network::make_fabric(topology::make_cluster(*asked.system, *asked.accelerator, most), *parameters));
  out.transfer_bandwidth = asked.system->nic_bandwidth.value;
  serving::Deployment d;
  d.model = out.model.get();
  d.accelerator = asked.accelerator;
  d.laws = lent.laws;
  d.borrowed = lent.borrowed;
  d.fabric = out.fabric.get();
  d.engine = &basis.engines[asked.engine];
  const auto server = server_options(asked, *d.engine);
  const auto loaded = serving::formats_of(server.precision, *out.model);
  const auto stated = loaded ? *loaded : *serving::formats_of(asked.precision, *out.model);
  d.formats = serving::with_cache_of(*d.engine, stated);
  if (server.cache_bytes > 0 && stated.cache_bytes < 2) d.formats.cache_bytes = server.cache_bytes;
  if (const auto second = serving::formats_of(asked.second_precision, *out.model)) {
    const bool narrower = kernels::weight_bytes(second->experts) < kernels::weight_bytes(d.formats.experts);
    if (narrower) d.formats.experts = second->experts;
    d.formats.cache_bytes = narrower ? stated.cache_bytes : 2;
  }
  d.speculated = server.draft > 0 ? server.draft : asked.draft;
  d.acceptance = d.engine->acceptance;
  const auto add = [&](const Pool& pool) {
    d.plan = pool.plan;
    return PreparedPlan{pool, std::make_shared<serving::IterationModel>(d)};
  };
  for (const auto& pool : asked.plans) out.plans.push_back(add(pool));
  if (asked.prefill) out.prefill = add(*asked.prefill);
  return out;
}

void keep_best_plans(PreparedCase& c, std::size_t most) {
  if (c.plans.size() <= most || c.asked.split) return;
  std::vector<std::pair<double, std::size_t>> rates;
  for (std::size_t i = 0; i < c.plans.size(); ++i) {
    const auto found = answer(c, c.plans[i]);
    rates.emplace_back(found ? -found->per_accelerator : 0, i);
  }
  std::sort(rates.begin(), rates.end());
  std::vector<PreparedPlan> kept;
  for (std::size_t k = 0; k < most; ++k) kept.push_back(c.plans[rates[k].second]);
  c.plans = std::move(kept);
}

tl::expected<Quantities, std::string> predict(const PreparedCase& c) {
  tl::expected<Answer, std::string> best = tl::unexpected(std::string("no plan"));
  for (const auto& plan : plans_to_try(c)) {
    auto next = answer(c, plan);
    if (!best || (next && next->per_accelerator > best->per_accelerator)) best = std::move(next);
  }
  if (c.asked.split) {
    double prompts = 0;
    for (const auto& plan : c.plans) prompts = std::max(prompts, prompt_rate(c, plan));
    const double kinds = c.asked.total_tokens ? 1 + c.asked.load.input / c.asked.load.output : 1;
    for (const auto& plan : c.plans) {
      const double rate = kinds * split_rate(c, plan, prompts);
      if (!best && rate > 0) best = Answer{};
      if (best) best->per_accelerator = std::max(best->per_accelerator, rate);
    }
  }
  if (!best) return tl::unexpected(best.error());
  // Pools of their own for prompts under a load that is not stated: the time of a prompt that does not wait.
  if (c.asked.split) best->estimate.ttft.p50 = best->estimate.ttft.mean = lone_prompt_seconds(c);
  const auto& e = best->estimate;
  const double tpot = best->lone_tpot > 0 ? best->lone_tpot : of(e.tpot, c.asked.statistic);
  const double first = of(e.ttft, c.asked.statistic);
  double rate = best->per_accelerator;
  if (c.asked.derived_rate && c.asked.accelerators > 0) {
    const double output = c.asked.load.output / c.asked.client.mean_share();  // as stated
    rate = c.asked.load.concurrency * output / (first + (output - 1) * tpot) / c.asked.accelerators;
  }
  return Quantities{{"tokens_per_s_per_gpu", rate}, {"ttft_ms", first * 1e3}, {"tpot_ms", tpot * 1e3}};
}

ServingReport validate_serving(const ServingTable& table, const ServingBasis& basis) {
  ServingReport report;
  report.rows = table.cases.size() + table.skipped.size();
  report.skipped = table.skipped;
  std::vector<tl::expected<Quantities, std::string>> predicted(table.cases.size());
  std::vector<double> width(table.cases.size(), 1.0);
  base::parallel_for(predicted.size(), [&](std::size_t i) {
    const auto prepared = prepare(table.cases[i], basis);
    predicted[i] = prepared ? predict(*prepared) : tl::unexpected(prepared.error());
    if (prepared && !prepared->plans.empty())
      width[i] = prepared->plans.front().model->deployment().borrowed.width;
  });
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const auto& asked = table.cases[i];
    const auto& values = predicted[i];
    if (!values) {
      report.skipped.push_back({asked.id, values.error()});
      continue;
    }
    ++report.predicted;
    const auto& engine = basis.engines[asked.engine];
    for (const auto& [quantity, measured] : asked.measured) {
      const double x = values->at(quantity);
      const auto [low, high] = band(engine, quantity);
      report.rows_out.push_back({asked.id, quantity, asked.id.substr(0, asked.id.find('-')), measured, x,
                                 x * std::pow(low, width[i]), x * std::pow(high, width[i])});
    }
  }
  std::map<std::pair<std::string, std::string>, std::vector<const ServingPrediction*>> by_source;
  double covered = 0;
  for (const auto& p : report.rows_out) {
    by_source[{p.quantity, p.source}].push_back(&p);
    by_source[{p.quantity, ""}].push_back(&p);
    covered += p.measured >= p.low && p.measured <= p.high;
  }
  std::map<std::string, std::vector<double>> medians;
  for (const auto& [key, rows] : by_source) {
    std::vector<double> errors;
    double inside = 0;
    for (const auto* p : rows) {
      errors.push_back(100 * std::abs(p->predicted / p->measured - 1));
      inside += p->measured >= p->low && p->measured <= p->high;
    }
    const auto n = static_cast<double>(rows.size());
    report.groups.push_back({key.second.empty() ? "all" : "source", key.second, key.first, rows.size(),
                             median(errors), at_share(errors, 0.9), inside / n});
    if (!key.second.empty()) medians[key.first].push_back(median(errors));
  }
  for (const auto& [quantity, list] : medians) {
    double sum = 0;
    for (double m : list) sum += m;
    report.macro_by_quantity[quantity] = sum / static_cast<double>(list.size());
  }
  if (!report.rows_out.empty()) report.coverage_80 = covered / static_cast<double>(report.rows_out.size());
  report.macro_median_abs_pct = report.macro_by_quantity["tokens_per_s_per_gpu"];
  return report;
}

}  // namespace gigawatt::measured

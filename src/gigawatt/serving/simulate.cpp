#include "gigawatt/serving/simulate.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <queue>

#include "gigawatt/base/check.h"
#include "gigawatt/base/random.h"
#include "gigawatt/base/stop.h"

namespace gigawatt::serving {
namespace {

constexpr double kUnset = -1;
constexpr double kGatherStep = 4;  // iterations between looks at whether all groups have a prompt

constexpr double kNever = std::numeric_limits<double>::infinity();

struct Sequence {
  double arrival = 0;
  double ready = 0;       ///< when it reaches the engine
  double seen = kUnset;   ///< counter of iterations at which it was first ready
  double first = kUnset;  ///< time of the first token
  double end = 0;
  double input = 0;
  double output = 0;
  double to_compute = 0;     ///< tokens of prompt (or of what a preemption lost) not yet in the cache
  double context = 0;        ///< tokens in the cache when it joined the decoding ones
  double joined = 0;         ///< counter of iterations then
  double generated = 0;      ///< tokens generated before it joined
  std::int32_t version = 0;  ///< preemptions, so that old entries of the heap are known
};

struct End {
  double iteration = 0;
  std::int64_t index = 0;
  std::int32_t version = 0;
  bool operator>(const End& other) const {
    return iteration != other.iteration ? iteration > other.iteration : index > other.index;
  }
};

class Replica {
 public:
  Replica(const IterationModel& model, const SimulationOptions& options, const ServingLoad& load)
      : random_(options.seed, random::Domain::kArrival, 1),
        model_(model),
        engine_(*model.deployment().engine),
        options_(options),
        cached_(load.cached),
        request_s_(load.in_process ? 0 : engine_.request_s),
        serial_s_(load.in_process ? 0 : engine_.request_serial_s),
        token_s_(load.in_process ? 0 : engine_.token_s),
        slots_((options.sequences > 0 ? options.sequences : static_cast<double>(engine_.sequences)) *
               static_cast<double>(model.deployment().plan.dp)),
        budget_((options.iteration_tokens > 0 ? options.iteration_tokens
                                              : static_cast<double>(engine_.iteration_tokens)) *
                static_cast<double>(model.deployment().plan.dp)) {}

  /// Adds a request; arrivals ascend. Returns its index.
  void arrive(double time, double input, double output) { arrive(time, input, output, cached_); }
  void arrive(double time, double input, double output, double cached) {
    Sequence s;
    s.arrival = time;
    s.input = input;
    s.output = output;
    s.to_compute = std::max(1.0, input * (1 - cached));
    const double host =
        (request_s_ + token_s_ * input) * (1 + options_.host_spread * (2 * random_.uniform() - 1));
    reached_ = std::max(time, reached_) + serial_s_;  // one after the other
    s.ready = reached_ + host;
    auto place = line_.end();
    while (place != line_.begin() && all_[static_cast<std::size_t>(*std::prev(place))].ready > s.ready)
      --place;
    line_.insert(place, static_cast<std::int64_t>(all_.size()));
    all_.push_back(s);
  }

  /// Runs until `wanted` requests are complete. `next` is called at each end of a request (closed loop).
  template <typename Next>
  void run(std::int64_t wanted, Next&& next) {
    while (done_ < wanted) {
      base::heed_stop();
      admit();
      ++events_;
      if (!prompts_.empty())
        iterate_with_prompts();
      else if (decoding_ > 0)
        jump();
      else if (!line_.empty())
        time_ = std::max(time_, all_[static_cast<std::size_t>(line_.front())].ready);
      else
        break;
      while (!ends_.empty() && ends_.top().iteration <= counter_ + 1e-9) finish(next);
    }
  }

  /// `together`: requests at the start that came all at once, whose times say nothing of a steady state.
  Simulated result(std::int64_t wanted, std::int64_t together = 0) const;

 private:
  double total_context() const {
    return base_ + static_cast<double>(decoding_) * counter_ * model_.tokens_per_iteration();
  }
  double free_tokens() const {
    const double rounding =
        (static_cast<double>(decoding_) + static_cast<double>(prompts_.size())) * options_.block / 2;
    return model_.cache_tokens() - total_context() - reserved_ - rounding;
  }
  bool present(const Sequence& s) const { return s.ready <= time_ + 1e-12; }

  /// Whether the server looks at its line now: every `poll` iterations, after prompts and when nothing decodes.
  bool looks() {
    wake_ = kNever;
    if (line_.empty() || decoding_ == 0 || !prompts_.empty()) return true;
    if (options_.poll > 1 && !after_prompts_) {
      const double due = std::ceil((counter_ - looked_) / options_.poll - 1e-9) * options_.poll + looked_;
      if (due > counter_ + 1e-9) {
        wake_ = due;
        return false;
      }
    }
    looked_ = counter_;
    return gathered() && worthwhile();
  }

  /// Whether prompts that arrived fill enough of an iteration, or the first has waited long enough.
  bool worthwhile() {
    if (options_.wait <= 0) return true;
    auto& first = all_[static_cast<std::size_t>(line_.front())];
    if (!present(first)) return true;
    if (first.seen == kUnset) first.seen = counter_;
    if (counter_ >= first.seen + options_.wait) return true;
    double tokens = static_cast<double>(decoding_);
    for (const auto index : line_) {
      const Sequence& s = all_[static_cast<std::size_t>(index)];
      if (!present(s) || tokens >= options_.wait_share * budget_) break;
      tokens += s.to_compute;
    }
    if (tokens >= options_.wait_share * budget_) return true;
    wake_ = std::min(first.seen + options_.wait, counter_ + kGatherStep);
    return false;
  }

  /// Whether every group of data-parallel attention has a prompt, or the first has waited long enough.
  bool gathered() {
    const auto groups = static_cast<std::size_t>(model_.deployment().plan.dp);
    if (options_.gather <= 0 || groups == 1) return true;
    auto& first = all_[static_cast<std::size_t>(line_.front())];
    if (!present(first)) return true;
    if (first.seen == kUnset) first.seen = counter_;
    if (counter_ >= first.seen + options_.gather) return true;
    if (line_.size() >= groups && present(all_[static_cast<std::size_t>(line_[groups - 1])])) return true;
    wake_ = std::min(first.seen + options_.gather, counter_ + kGatherStep);
    return false;
  }

  void admit() {
    if (!looks()) return;
    while (!line_.empty()) {
      Sequence& s = all_[static_cast<std::size_t>(line_.front())];
      const double needed = s.input + s.generated;
      const double room =
          engine_.reserves_output ? model_.cache_tokens() - promised_ - s.output : free_tokens();
      if (!present(s) || static_cast<double>(decoding_) + static_cast<double>(prompts_.size()) >= slots_ ||
          (room < needed && decoding_ + static_cast<std::int64_t>(prompts_.size()) > 0))
        return;
      reserved_ += needed;
      promised_ += s.input + s.output;
      prompts_.push_back(line_.front());
      line_.pop_front();
    }
  }

  /// Prompt tokens that the next iteration has room for: where prompts share it with decoding, the tokens of the sequences
  /// that decode count as well, and at least a block is left.
  double prompt_room() const {
    if (!engine_.chunked_prefill) return budget_;
    const double drafted = 1 + model_.deployment().speculated;
    return std::max(budget_ - static_cast<double>(decoding_) * drafted, options_.block);
  }

  void iterate_with_prompts() {
    PromptWork work;
    double tokens = 0;
    double history = 0;
    std::size_t complete = 0;
    const double room = prompt_room();
    for (const auto index : prompts_) {
      Sequence& s = all_[static_cast<std::size_t>(index)];
      const double taken = std::min(s.to_compute, room - tokens);
      if (taken <= 0 || (!engine_.splits_prompts && tokens > 0 && taken < s.to_compute)) break;
      history += s.input + s.generated - s.to_compute;
      s.to_compute -= taken;
      tokens += taken;
      work.sequences += 1;
      complete += s.to_compute <= 0;
    }
    work.length = tokens / work.sequences;
    work.history = history / work.sequences;
    // Without chunked prefill the decoding sequences stand still.
    const bool both = engine_.chunked_prefill && decoding_ > 0;
    advance(both ? model_.seconds(static_cast<double>(decoding_), mean_context(), work)
                 : model_.prompt_seconds(work),
            both ? 1 : 0);
    for (std::size_t i = 0; i < complete; ++i) join();
    after_prompts_ = true;
  }

  void join() {
    const auto index = prompts_.front();
    prompts_.pop_front();
    Sequence& s = all_[static_cast<std::size_t>(index)];
    reserved_ -= s.input + s.generated;
    if (s.first == kUnset) s.first = time_;
    s.generated += 1;
    s.context = s.input + s.generated;
    s.joined = counter_;
    base_ += s.context - counter_ * model_.tokens_per_iteration();
    ++decoding_;
    young_.push_back({counter_, index, s.version});
    ends_.push({counter_ + std::ceil(iterations(std::max(s.output - s.generated, 0.0))), index, s.version});
  }

  /// For so many tokens: with drafts a sum of independent gains, normal for what matters here.
  double iterations(double tokens) {
    const double gain = model_.tokens_per_iteration();
    const double mean = tokens / gain;
    const double variance = model_.gain_variance();
    if (!(variance > 0) || tokens <= 0) return mean;
    return std::max(1.0, mean + std::sqrt(tokens * variance / (gain * gain * gain)) * random_.normal(0, 1));
  }

  double mean_context() const { return total_context() / static_cast<double>(decoding_); }

  /// Iterations without prompts until something happens.
  void jump() {
    const auto n = static_cast<double>(decoding_);
    const double growth = model_.tokens_per_iteration();
    double steps = std::max(ends_.top().iteration - counter_, 0.0);
    const double room = free_tokens() / (n * growth);  // iterations that the free blocks hold
    if (room < 1 && decoding_ > 1) {
      preempt();
      return;
    }
    steps = std::min(steps, std::max(std::floor(room), 1.0));
    after_prompts_ = false;
    if (wake_ < kNever) steps = std::min(steps, std::max(1.0, wake_ - counter_));
    double each = model_.decode_seconds(n, mean_context() + steps * growth / 2);
    if (!line_.empty() && n < slots_) {
      const Sequence& s = all_[static_cast<std::size_t>(line_.front())];
      const double until = s.ready - time_;
      if (until > 0 && until < steps * each) {
        steps = std::min(steps, std::max(1.0, std::ceil(until / each)));
        each = model_.decode_seconds(n, mean_context() + steps * growth / 2);
      }
    }
    advance(steps * each, steps);
  }

  void advance(double seconds, double iterations) {
    time_ += seconds;
    counter_ += iterations;
    batch_seconds_ += seconds * static_cast<double>(decoding_);
  }

  void leave(Sequence& s) {
    base_ -= s.context - s.joined * model_.tokens_per_iteration();
    promised_ -= s.input + s.output;
    --decoding_;
    ++s.version;
  }

  /// The youngest sequence gives its blocks back and starts anew from what it has.
  void preempt() {
    while (!young_.empty()) {
      const End last = young_.back();
      young_.pop_back();
      Sequence& s = all_[static_cast<std::size_t>(last.index)];
      if (s.version != last.version) continue;
      s.generated += (counter_ - s.joined) * model_.tokens_per_iteration();
      leave(s);
      s.to_compute = s.input + s.generated;
      line_.push_front(last.index);
      ++preemptions_;
      remove_stale();
      return;
    }
  }

  void remove_stale() {
    while (!ends_.empty() && all_[static_cast<std::size_t>(ends_.top().index)].version != ends_.top().version)
      ends_.pop();
  }

  template <typename Next>
  void finish(Next&& next) {
    const End end = ends_.top();
    ends_.pop();
    Sequence& s = all_[static_cast<std::size_t>(end.index)];
    if (s.version == end.version) {
      leave(s);
      s.end = time_;
      completed_.push_back(end.index);
      ++done_;
      next(time_);
    }
    remove_stale();
  }

  random::Stream random_;
  const IterationModel& model_;
  const Engine& engine_;
  SimulationOptions options_;
  double cached_;
  double request_s_;  ///< on the host before a request reaches the engine
  double serial_s_;
  double token_s_;
  double slots_;
  double budget_;
  std::deque<Sequence> all_;
  std::deque<std::int64_t> line_;     ///< waiting, by arrival
  std::deque<std::int64_t> prompts_;  ///< admitted, prompt not finished
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::vector<End> young_;  ///< by time of joining
  std::vector<std::int64_t> completed_;
  double time_ = 0;
  double reached_ = 0;  ///< when the last request passed what requests pass one by one
  double counter_ = 0;
  double looked_ = 0;     ///< counter at the last look at the line
  double wake_ = kNever;  ///< counter of the next look where a request waits for it
  bool after_prompts_ = true;
  double base_ = 0;      ///< sum over decoding sequences of context - counter at joining
  double reserved_ = 0;  ///< tokens of prompts that are admitted
  double promised_ = 0;  ///< prompt and answer of all that are admitted
  double batch_seconds_ = 0;
  std::int64_t decoding_ = 0;
  std::int64_t done_ = 0;
  std::int64_t events_ = 0;
  std::int64_t preemptions_ = 0;
};

Simulated Replica::result(std::int64_t wanted, std::int64_t together) const {
  Simulated out;
  out.requests = done_;
  out.events = events_;
  out.preemptions = preemptions_;
  out.batch = time_ > 0 ? batch_seconds_ / time_ : 0;
  const auto skipped =
      static_cast<std::size_t>(options_.warm_share * static_cast<double>(std::min(wanted, done_)));
  if (completed_.size() <= skipped) return out;
  const double start = skipped == 0 ? 0 : all_[static_cast<std::size_t>(completed_[skipped - 1])].end;
  std::vector<double> first;
  std::vector<double> each;
  double tokens = 0;
  for (std::size_t i = skipped; i < completed_.size(); ++i) {
    const Sequence& s = all_[static_cast<std::size_t>(completed_[i])];
    tokens += s.output;
    if (completed_[i] < together) continue;
    first.push_back(s.first - s.arrival);
    if (s.output > 1) each.push_back((s.end - s.first) / (s.output - 1));
  }
  out.seconds = all_[static_cast<std::size_t>(completed_.back())].end - start;
  out.output_tokens_per_s = out.seconds > 0 ? tokens / out.seconds : 0;
  out.ttft = percentiles(first);
  out.tpot = percentiles(each);
  return out;
}

}  // namespace

Percentiles percentiles(std::vector<double>& values) {
  if (values.empty()) return {};
  const auto at = [&](double share) {
    const auto i = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i), values.end());
    return values[i];
  };
  double sum = 0;
  for (const double x : values) sum += x;
  return {at(0.5), at(0.99), sum / static_cast<double>(values.size())};
}

Simulated simulate(const IterationModel& model, const ServingLoad& load, const SimulationOptions& options) {
  GW_CHECK(load.concurrency > 0 || load.rate > 0);
  random::Stream random(options.seed, random::Domain::kArrival, 0);
  const auto length = [&](double mean) {
    return std::max(1.0, std::round(mean * (1 + options.spread * (2 * random.uniform() - 1))));
  };
  Replica replica(model, options, load);
  if (load.concurrency > 0) {
    std::int64_t sent = 0;
    const auto send = [&](double time, double share) {
      if (options.drains && sent >= options.requests) return;
      ++sent;
      const double input = length(load.input);
      replica.arrive(time, input, std::max(1.0, std::round(share * length(load.output))));
    };
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(load.concurrency); ++i)
      send(0, options.drains ? 1 : random.uniform());
    replica.run(options.requests, [&](double time) { send(time, 1); });
    return replica.result(options.requests, options.drains ? 0 : static_cast<std::int64_t>(load.concurrency));
  }
  double time = 0;
  for (std::int64_t i = 0; i < options.requests; ++i) {
    time += random.exponential(1 / load.rate);
    replica.arrive(time, length(load.input), length(load.output));
  }
  replica.run(options.requests, [](double) {});
  return replica.result(options.requests);
}

Simulated simulate(const IterationModel& model, const std::vector<ServingRequest>& trace,
                   const SimulationOptions& options) {
  Replica replica(model, options, ServingLoad{});
  for (const auto& r : trace) replica.arrive(r.arrival_s, r.input, r.output, r.cached);
  const auto wanted = static_cast<std::int64_t>(trace.size());
  replica.run(wanted, [](double) {});
  return replica.result(wanted);
}

}  // namespace gigawatt::serving

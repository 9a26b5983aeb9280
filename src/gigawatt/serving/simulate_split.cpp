#include "gigawatt/serving/simulate_split.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <queue>

#include "gigawatt/base/check.h"
#include "gigawatt/base/random.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/serving/prompt_form.h"

namespace gigawatt::serving {
namespace {

struct Request {
  double arrival = 0;
  double ready = 0;  ///< when it reaches the prompt replicas
  double first = 0;
  double end = 0;
  double output = 0;
  double prompts = 1;  ///< of mean size, to compute
  double lengths = 1;  ///< of the mean prompt, to move
};

/// Prompts of one replica that finish together.
struct Batch {
  double done = 0;
  std::vector<std::int64_t> requests;
  bool operator>(const Batch& other) const { return done > other.done; }
};

class Split {
 public:
  Split(const SplitPool& pool, const ServingLoad& load, const SimulationOptions& options,
        const std::vector<ServingRequest>* trace)
      : pool_(pool),
        load_(load),
        options_(options),
        trace_(trace),
        random_(options.seed, random::Domain::kArrival, 0),
        form_(prompt_form(*pool.prompt, load)),
        free_(static_cast<std::int64_t>(std::max(1.0, std::round(pool.prompts)))),
        slots_(largest_batch(*pool.decode, load.input, load.output) * pool.decoders),
        keys_(load.input + load.output / 2),
        request_s_(pool.prompt->deployment().engine->request_s +
                   pool.prompt->deployment().engine->token_s * load.input),
        serial_s_(pool.prompt->deployment().engine->request_serial_s),
        moved_(cache_bytes(*pool.prompt->deployment().model, pool.prompt->deployment().formats, load.input) /
               pool.transfer_bandwidth) {
    GW_CHECK((trace != nullptr || load.rate > 0 || load.concurrency >= 1) && slots_ >= 1);
  }

  Simulated run() {
    if (closed())
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(load_.concurrency); ++i) send();
    else
      expect_next();
    while (static_cast<std::int64_t>(ended_.size()) < options_.requests) {
      base::heed_stop();
      start_prompts();
      ++events_;
      const double each = decode_seconds();
      const double next_end = ends_.empty() ? kNever : time_ + (ends_.top().first - clock_) * each;
      const double next_prompt = busy_.empty() ? kNever : busy_.top().done;
      const double next_ready = free_ > 0 && !line_.empty() ? ready_at(line_.front()) : kNever;
      const double until = std::min({next_end, next_prompt, next_ready, next_arrival_});
      if (until == kNever) break;
      if (decoding_ > 0) clock_ += (until - time_) / each;
      batch_seconds_ += (until - time_) * static_cast<double>(decoding_);
      time_ = until;
      if (until == next_prompt)
        finish_prompts();
      else if (until == next_end)
        finish_answer();
      else if (until == next_arrival_)
        arrive();
    }
    return result();
  }

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  bool closed() const { return trace_ == nullptr && load_.rate <= 0; }

  /// When the next request of an open load comes.
  void expect_next() {
    const std::size_t sent = all_.size();
    if (trace_ != nullptr)
      next_arrival_ = sent < trace_->size() ? (*trace_)[sent].arrival_s : kNever;
    else
      next_arrival_ = static_cast<std::int64_t>(sent) < options_.requests
                          ? time_ + random_.exponential(1 / load_.rate)
                          : kNever;
  }

  void arrive() {
    const std::size_t index = all_.size();
    send();
    if (trace_ != nullptr) {
      const ServingRequest& asked = (*trace_)[index];
      all_[index].output = asked.output;
      all_[index].prompts =
          std::max(asked.input * (1 - asked.cached), 1.0) / std::max(load_.input * (1 - load_.cached), 1.0);
      all_[index].lengths = asked.input / load_.input;
    }
    expect_next();
  }

  void send() {
    if (options_.drains && static_cast<std::int64_t>(all_.size()) >= options_.requests) return;
    Request r;
    r.arrival = time_;
    reached_ = std::max(time_, reached_) + serial_s_;
    r.ready = reached_ + request_s_;
    r.output = std::max(1.0, std::round(load_.output * (1 + options_.spread * (2 * random_.uniform() - 1))));
    line_.push_back(static_cast<std::int64_t>(all_.size()));
    all_.push_back(r);
  }

  double ready_at(std::int64_t i) const { return all_[static_cast<std::size_t>(i)].ready; }

  double decode_seconds() const {
    return decoding_ > 0
               ? pool_.decode->decode_seconds(static_cast<double>(decoding_) / pool_.decoders, keys_)
               : 0;
  }

  /// Time of `n` prompts together on one replica.
  double prompt_seconds(double n) {
    auto [at, fresh] = times_.try_emplace(n, 0.0);
    if (fresh) at->second = n * shared_prompt_seconds(*pool_.prompt, load_, form_, n, 0, 0);
    return at->second;
  }

  void start_prompts() {
    while (free_ > 0 && !line_.empty() && ready_at(line_.front()) <= time_ + 1e-12) {
      Batch batch;
      const auto most = static_cast<std::size_t>(std::max(1.0, std::floor(form_.most)));
      while (!line_.empty() && batch.requests.size() < most && ready_at(line_.front()) <= time_ + 1e-12) {
        batch.requests.push_back(line_.front());
        line_.pop_front();
      }
      double prompts = 0;
      for (const auto i : batch.requests) prompts += all_[static_cast<std::size_t>(i)].prompts;
      const auto n = static_cast<double>(batch.requests.size());
      batch.done = time_ + prompt_seconds(n) * prompts / n;
      busy_.push(std::move(batch));
      --free_;
    }
  }

  void finish_prompts() {
    const Batch batch = busy_.top();
    busy_.pop();
    ++free_;
    ready_.insert(ready_.end(), batch.requests.begin(), batch.requests.end());
    join();
  }

  void join() {
    while (!ready_.empty() && static_cast<double>(decoding_) < slots_) {
      const auto i = ready_.front();
      ready_.pop_front();
      ++decoding_;
      auto& r = all_[static_cast<std::size_t>(i)];
      r.first = time_ + moved_ * r.lengths + decode_seconds();
      const double steps = std::max(r.output - 1, 0.0) / pool_.decode->tokens_per_iteration();
      ends_.push({clock_ + steps, i});
    }
  }

  void finish_answer() {
    const auto i = ends_.top().second;
    ends_.pop();
    --decoding_;
    auto& r = all_[static_cast<std::size_t>(i)];
    r.end = std::max(time_ + moved_ * r.lengths, r.first);
    ended_.push_back(i);
    if (closed()) send();
    join();
  }

  Simulated result() {
    Simulated out;
    out.requests = static_cast<std::int64_t>(ended_.size());
    out.events = events_;
    out.batch = time_ > 0 ? batch_seconds_ / time_ : 0;
    const auto skipped = static_cast<std::size_t>(options_.warm_share * static_cast<double>(ended_.size()));
    std::vector<double> first, each;
    double tokens = 0;
    const double start = skipped == 0 ? 0 : all_[static_cast<std::size_t>(ended_[skipped - 1])].end;
    // The first of a closed loop came all at once: their times say nothing of a steady state.
    const auto together =
        closed() && !options_.drains ? static_cast<std::int64_t>(load_.concurrency) : std::int64_t{0};
    for (std::size_t k = skipped; k < ended_.size(); ++k) {
      const auto& r = all_[static_cast<std::size_t>(ended_[k])];
      tokens += r.output;
      if (ended_[k] < together) continue;
      first.push_back(r.first - r.arrival);
      if (r.output > 1) each.push_back((r.end - r.first) / (r.output - 1));
    }
    out.seconds = time_ - start;
    out.output_tokens_per_s = out.seconds > 0 ? tokens / out.seconds : 0;
    out.ttft = percentiles(first);
    out.tpot = percentiles(each);
    return out;
  }

  SplitPool pool_;
  ServingLoad load_;
  SimulationOptions options_;
  const std::vector<ServingRequest>* trace_;  ///< requests of a trace; null: of the load
  random::Stream random_;
  PromptForm form_;
  std::int64_t free_;  ///< prompt replicas
  double slots_;
  double keys_;
  double request_s_;
  double serial_s_;
  double moved_;
  std::vector<Request> all_;
  std::deque<std::int64_t> line_;   ///< waiting for a prompt replica
  std::deque<std::int64_t> ready_;  ///< waiting for a slot
  std::priority_queue<Batch, std::vector<Batch>, std::greater<>> busy_;
  std::priority_queue<std::pair<double, std::int64_t>, std::vector<std::pair<double, std::int64_t>>,
                      std::greater<>>
      ends_;  ///< on the clock of iterations
  std::vector<std::int64_t> ended_;
  std::map<double, double> times_;
  double time_ = 0;
  double next_arrival_ = kNever;
  double reached_ = 0;  ///< when the last request passed what requests pass one by one
  double clock_ = 0;
  double batch_seconds_ = 0;
  std::int64_t decoding_ = 0;
  std::int64_t events_ = 0;
};

}  // namespace

Simulated simulate_split(const SplitPool& pool, const ServingLoad& load, const SimulationOptions& options) {
  return Split(pool, load, options, nullptr).run();
}

Simulated simulate_split(const SplitPool& pool, const std::vector<ServingRequest>& trace,
                         const ServingLoad& mean, const SimulationOptions& options) {
  auto all = options;
  all.requests = static_cast<std::int64_t>(trace.size());
  return Split(pool, mean, all, &trace).run();
}

}  // namespace gigawatt::serving

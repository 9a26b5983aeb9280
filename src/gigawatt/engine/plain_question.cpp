#include "gigawatt/engine/plain_question.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/check.h"
#include "gigawatt/engine/electricity_mean.h"
#include "gigawatt/engine/plain_phrase.h"
#include "gigawatt/engine/plan_memory.h"
#include "gigawatt/engine/search_query.h"
#include "gigawatt/engine/serving_question.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/engine/training_practice.h"
#include "gigawatt/engine/usual_step.h"
#include "gigawatt/site/node_power.h"
#include "gigawatt/step/step.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using units::kYear_s;
constexpr double kRackDomain = 32;  ///< a scale-up domain from this size on is a rack of its own
constexpr std::int64_t kLargestSearch = std::int64_t{1} << 20;
constexpr const char* kUsualSystem = "gb300-nvl72";
constexpr std::int64_t kUsualSequence = 8192;
// Of the batch that nobody states, in tokens.
constexpr double kBatchOfAccelerator = 1024, kLeastBatch = 16e6, kMostBatch = 64e6;
constexpr double kFewTokens =
    512;                          ///< of a step an accelerator, below which a training is said to be starved
constexpr double kNoTokens = 16;  ///< below which nothing is left to compute between exchanges
constexpr std::int64_t kDrafted = 3;       ///< tokens, by a model that predicts several
constexpr std::int64_t kLargestPool = 64;  ///< accelerators of the pool that is searched for serving

struct Band {
  double value = 0, low = 0, high = 0;
};
Band band(const catalog::Sourced& s) { return {s.value, s.low, s.high}; }
Band operator*(const Band& a, const Band& b) { return {a.value * b.value, a.low * b.low, a.high * b.high}; }
Band operator*(const Band& a, double k) { return {a.value * k, a.low * k, a.high * k}; }
Band operator/(double k, const Band& a) { return {k / a.value, k / a.high, k / a.low}; }
Band operator+(const Band& a, const Band& b) { return {a.value + b.value, a.low + b.low, a.high + b.high}; }

base::Diagnostic missing(std::string_view key, std::string_view why) {
  return base::error("missing-key", fmt::format("'{}' is missing", key), std::string(why));
}

/// What is known once names are resolved.
class Plain {
 public:
  Plain(const Knowledge& knowledge, const PlainQuery& query) : known_(knowledge), q_(query) {}

  tl::expected<PlainAnswer, base::Diagnostics> answer() {
    resolve();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    per_accelerator();
    if (sized_by_days())
      fleet_ = finish_in_time();
    else
      size_by_power();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    power_answers();
    if (q_.topic == PlainTopic::kCost) cost_answers();
    if (trains()) train_answers();
    if (q_.topic == PlainTopic::kServe) serve_answers();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    out_.question = words();
    out_.scenario = scenario();
    return std::move(out_);
  }

 private:
  void say(std::string name, const Band& b, std::string unit, std::string formula) {
    out_.answers.push_back({std::move(name), b.value, b.low, b.high, std::move(unit), std::move(formula)});
  }
  void input(std::string name, const Band& b, std::string unit, std::string source) {
    out_.inputs.push_back({std::move(name), b.value, b.low, b.high, std::move(unit), std::move(source)});
  }
  Band input(std::string name, const catalog::Sourced& s, double scale, std::string unit) {
    input(std::move(name), band(s) * scale, std::move(unit), s.source.empty() ? "none" : s.source);
    return band(s);
  }

  /// A training is spoken of: a topic of its own, or what a cost is asked for.
  bool trains() const {
    return q_.topic == PlainTopic::kTrain || (q_.topic == PlainTopic::kCost && q_.model.given());
  }
  bool fleet_given() const { return q_.gpus || q_.power_w > 0; }
  bool sized_by_days() const { return trains() && !fleet_given(); }

  /// What would change nothing is refused.
  void refuse_unused() {
    if (trains()) return;
    const auto unused = [&](bool given, std::string_view key) {
      if (given)
        problems_.push_back(base::error("not-used",
                                        fmt::format("'{}' says nothing about {}", key,
                                                    kPlainTopicNames[static_cast<std::size_t>(q_.topic)]),
                                        q_.topic == PlainTopic::kCost ? "give the model that is trained, too"
                                                                      : "ask train, or leave it out"));
    };
    unused(q_.days > 0, "days");
    unused(q_.tokens > 0, "tokens");
  }

  /// That of most published runs of the model, where there are some.
  std::int64_t usual_sequence() const {
    if (model_ == nullptr || !trains()) return kUsualSequence;
    const auto runs = analysis::read_shipped_runs(known_.data);
    const auto usual = runs ? usual_step(*runs, *model_, 0) : UsualStep{};
    return usual.of_runs ? usual.seq : kUsualSequence;
  }

  void take_practice() {
    auto practice = load_training_practice(known_.data);
    if (!practice) return fail(practice.error());
    practice_ = std::move(*practice);
    achieved_ = band(practice_.achieved_share);
  }

  /// A model with learned positions reads no more tokens than it has of them.
  void take_sequence() {
    const std::int64_t positions = model_ != nullptr ? model_->max_positions : 0;
    if (positions > 0 && q_.seq.value_or(0) > positions)
      problems_.push_back(
          base::error("too-long",
                      fmt::format("{} has {} learned positions; sequences of {} are asked for", model_->title,
                                  positions, *q_.seq),
                      "a shorter seq"));
    const std::int64_t most = positions > 0                              ? positions
                              : model_ != nullptr && model_->context > 0 ? model_->context
                                                                         : kUsualSequence;
    sequence_ = q_.seq ? *q_.seq : std::min(usual_sequence(), most);
  }

  void resolve() {
    refuse_unused();
    const std::string name = q_.system.empty() ? kUsualSystem : q_.system;
    system_ = meant(known_.catalog.systems(), name, out_.notes);
    if (system_ == nullptr)
      problems_.push_back(base::error("unknown-name", known_.catalog.system(name).error().message()));
    const bool needs_model = q_.topic == PlainTopic::kTrain || q_.topic == PlainTopic::kServe;
    if (needs_model && !q_.model.given()) problems_.push_back(missing("model", "a model of the catalogue"));
    if (q_.model.given()) {
      model_ = meant(known_.catalog.models(), q_.model.name, out_.notes);
      if (model_ == nullptr)
        problems_.push_back(
            base::error("unknown-name", known_.catalog.model(q_.model.name).error().message()));
    }
    take_sequence();
    if (trains()) take_practice();
    if (q_.gpus && q_.power_w > 0)
      problems_.push_back(base::error("given-twice", "both 'gpus' and 'power' are given", "one of them"));
    if (!fleet_given() && !(trains() && q_.days > 0))
      problems_.push_back(missing(
          "power", trains() ? "power at the meter, or gpus, or days" : "power at the meter, or gpus"));
    if (trains() && q_.tokens == 0 && !(fleet_given() && q_.days > 0))
      problems_.push_back(missing("tokens", "tokens to train, such as 15T; or days on a given fleet"));
    if (system_ == nullptr) return;
    const std::string kind = !q_.cooling.empty()            ? q_.cooling
                             : system_->cooling == "liquid" ? "liquid-dry"
                                                            : "air";
    const auto cooling = known_.catalog.cooling(kind);
    if (cooling)
      cooling_ = *cooling;
    else
      problems_.push_back(base::error("unknown-name", cooling.error().message()));
    if (system_->cooling == "liquid" && kind == "air")
      out_.notes.push_back(
          fmt::format("{} is cooled by liquid: a hall with air alone cannot hold it", system_->title));
  }

  void per_accelerator() {
    const double n = system_->accelerators_per_node.value;
    const Band node = input("server at its rated maximum, IT", system_->node_max_w, 1e-3, "kW");
    const Band network = input("network of an accelerator, IT", system_->network_w_per_accelerator, 1, "W");
    it_w_ = node * (1 / n) + network;
    const Band overhead =
        input("facility over IT in the design hour, " + cooling_->name, cooling_->peak_overhead, 1, "");
    meter_w_ = it_w_ * overhead;
    unit_ = system_->scaleup_domain.value >= kRackDomain ? system_->scaleup_domain.value : n;
  }

  void size_by_power() {
    const auto whole = [&](double accelerators) {
      return std::floor(accelerators / unit_ * (1 + 1e-12)) * unit_;
    };
    if (q_.gpus) {
      const auto n = static_cast<double>(*q_.gpus);
      fleet_ = {n, n, n};
    } else {
      const Band raw = q_.power_w / meter_w_;
      fleet_ = {whole(raw.value), whole(raw.low), whole(raw.high)};
    }
    if (fleet_.value < 1)
      problems_.push_back(base::error(
          "too-small",
          fmt::format("{} feed no {} of {}", units::format_quantity(q_.power_w, "MW"),
                      unit_ >= kRackDomain ? "rack" : "server", system_->name),
          fmt::format("one draws {} at the meter", units::format_quantity(meter_w_.value * unit_, "MW"))));
  }

  /// Accelerators that finish within the days: throughput an accelerator depends on their number, so a few rounds. The step
  /// is then that of the last round.
  Band finish_in_time() {
    double n = 4096;
    for (int round = 0; round < 3; ++round) {
      time_step(n);
      if (!problems_.empty()) return {};
      n = q_.tokens / (q_.days * 86'400 * went_.value);
    }
    const auto whole = [&](double x) { return std::ceil(x / unit_) * unit_; };
    const Band needed = q_.tokens / (went_ * (q_.days * 86'400));
    return {whole(needed.value), whole(needed.low), whole(needed.high)};
  }

  void power_answers() {
    const bool rack = unit_ >= kRackDomain;
    say("accelerators", fleet_, "",
        q_.gpus          ? "asked for"
        : q_.power_w > 0 ? "power / W at the meter, whole " + std::string(rack ? "racks" : "servers")
                         : "tokens / (days x tokens per second and accelerator)");
    say(rack ? "racks" : "servers", fleet_ * (1 / unit_), "", fmt::format("accelerators / {:.0f}", unit_));
    say("W per accelerator, IT", it_w_, "W", "server / accelerators + network");
    say("W per accelerator, at the meter", meter_w_, "W", "IT x overhead in the design hour");
    // A fleet that was sized by its power fills it: the bands of both go together.
    const double n = fleet_.value;
    say("IT power", it_w_ * (n * 1e-6), "MW", "accelerators x IT");
    facility_w_ = q_.power_w > 0 ? Band{q_.power_w, q_.power_w, q_.power_w} : meter_w_ * n;
    say("power at the meter", facility_w_ * 1e-6, "MW", "accelerators x W at the meter");
    const Band typical = input("typical over rated draw of a training server",
                               known_.catalog.facility().design_to_typical_ratio, 1, "");
    const Band pue = input("yearly PUE, " + cooling_->name, cooling_->pue, 1, "");
    energy_j_ = it_w_ * typical * pue * (n * kYear_s);
    say("energy a year at the meter", energy_j_ * (1 / 3.6e15), "TWh",
        "accelerators x IT x typical x PUE x a year");
  }

  Band electricity() {
    const auto mean = electricity_mean(known_.catalog);
    const Band price{mean.usd_per_j, mean.low, mean.high};
    input(fmt::format("electricity delivered, mean of {} regions", mean.regions), price * 3.6e9, "USD/MWh",
          mean.source);
    return price;
  }

  void cost_answers() {
    const auto& cost = known_.catalog.cost();
    const double n = fleet_.value;
    const Band server = input("server", system_->node_price_usd, 1e-3, "kUSD");
    const Band network = input("network of an accelerator", system_->network_usd_per_accelerator, 1, "USD");
    const Band building =
        input("building with power and cooling, a W at the meter", cost.facility_usd_per_w, 1, "USD");
    if (server.value <= 0) {
      problems_.push_back(base::error("no-price",
                                      fmt::format("the catalogue has no price of {}", system_->name),
                                      "gigawatt catalog list system shows those that have one"));
      return;
    }
    const Band hardware = (server * (1 / system_->accelerators_per_node.value) + network) * n;
    const Band facility = building * facility_w_;
    const Band energy = energy_j_ * electricity();
    const Band life = input("life of a server", cost.server_life, 1 / kYear_s, "years");
    const Band building_life = input("life of a building", cost.building_life, 1 / kYear_s, "years");
    const Band maintenance =
        hardware * input("maintenance, share of hardware a year", cost.maintenance_rate, kYear_s, "") *
        kYear_s;
    const Band operation =
        facility *
        input("operation, share of the building a year", cost.facility_operation_rate, kYear_s, "") * kYear_s;
    say("servers and accelerators", (server * (n / system_->accelerators_per_node.value)) * 1e-9,
        "billion USD", "servers x price");
    say("network", network * (n * 1e-9), "billion USD", "accelerators x price");
    say("building, power and cooling", facility * 1e-9, "billion USD", "W at the meter x USD a W");
    say("capital", (hardware + facility) * 1e-9, "billion USD", "the three above");
    say("capital per GW at the meter", (hardware + facility) * (1 / facility_w_.value), "billion USD",
        "capital / power at the meter");
    say("electricity a year", energy * 1e-9, "billion USD", "energy x price");
    say("maintenance and operation a year", (maintenance + operation) * 1e-9, "billion USD",
        "rates x capital");
    const Band yearly = hardware * (kYear_s * 1) * (1 / life) + facility * kYear_s * (1 / building_life) +
                        energy + maintenance + operation;
    hour_usd_ = yearly * (1 / (n * kYear_s / 3600));
    say("an accelerator-hour, without the cost of capital", hour_usd_, "USD",
        "(hardware / life + building / life + a year's costs) / accelerator-hours");
  }

  /// As asked; else a model whose weights are published in FP8 was trained in it, where the chip can.
  std::string precision() const {
    if (!q_.precision.empty()) return q_.precision;
    const bool fp8 = model_->weight_format == catalog::WeightFormat::kFp8 &&
                     known_.catalog.accelerator_of(*system_).peak(catalog::Precision::kFp8) > 0;
    return fp8 ? "fp8" : "bf16";
  }

  double batch_tokens() const {
    if (q_.batch_tokens > 0) return q_.batch_tokens;
    if (model_->is_moe()) return practice_.sparse_batch;
    return std::clamp(kBatchOfAccelerator * static_cast<double>(searched_), kLeastBatch, kMostBatch);
  }

  /// The fastest plan that fits, searched once for each question (plan_memory.h).
  RememberedPlan best_plan(const SearchAsked& asked) const {
    const step::StepRequest& r = asked.request;
    const std::string question =
        fmt::format("asked for {} {} {} {} {} {} on {}", r.model->name, r.system->name, r.software->name,
                    r.seq_len, r.global_batch, precision(), r.gpus);
    return remembered_plan(known_.digest.get(), question, [&]() -> RememberedPlan {
      const auto found = search::search(r, known_.calibration, asked.options);
      if (!found.best.empty()) return found.best.front().plan;
      return tl::unexpected(
          fmt::format("no plan of {} fits on {} {}", model_->name, searched_, system_->name));
    });
  }

  /// Tokens a second and accelerator by the best plan at the largest power of two within `accelerators`.
  void time_step(double accelerators) {
    SearchQuery search;
    search.model.name = model_->name;
    search.system.name = system_->name;
    searched_ = 1;
    while (searched_ * 2 <= std::min<double>(accelerators, static_cast<double>(kLargestSearch)))
      searched_ *= 2;
    search.gpus = config::IntegerRange{searched_, searched_};
    search.seq = sequence_;
    std::int64_t batch = 1;
    while (static_cast<double>(batch) * 2 * static_cast<double>(sequence_) <= batch_tokens() * std::sqrt(2.0))
      batch *= 2;
    search.global_batch = batch;
    search.top = 1;
    search.precision = {precision()};
    const auto subject = resolve_subject(known_, search.model, search.system, search.software);
    if (!subject) return fail(subject.error());
    const auto asked = search_request(known_, search, *subject);
    if (!asked) return fail(asked.error());
    const RememberedPlan plan = best_plan(*asked);
    if (!plan) {
      problems_.push_back(base::error("no-plan", plan.error(),
                                      "more accelerators, or a larger batch of tokens (batch_tokens)"));
      return;
    }
    step::StepRequest request = asked->request;
    request.plan = *plan;
    const auto result = step::evaluate(request, known_.calibration);
    GW_CHECK(result.has_value(), "a plan that was found is legal");
    step_ = *result;
    plan_ = step::to_string(request.plan);
    step_tokens_ = static_cast<double>(batch) * static_cast<double>(sequence_);
    rate_ =
        step_tokens_ / (Band{step_.step_time_s, step_.low_s, step_.high_s} * static_cast<double>(searched_));
    went_ = rate_ * achieved_;
  }

  void fail(const base::Diagnostics& problems) {
    problems_.insert(problems_.end(), problems.begin(), problems.end());
  }

  void train_answers() {
    const bool both = q_.days > 0 && fleet_given() && q_.tokens > 0;
    const Band in_time = both ? finish_in_time() : Band{};
    time_step(fleet_.value);
    if (!problems_.empty()) return;
    input("plan, searched on " + units::format_number(static_cast<double>(searched_), 15),
          {step_.step_time_s, step_.low_s, step_.high_s}, "s a step", plan_);
    input("tokens a step", {step_tokens_, step_tokens_, step_tokens_}, "",
          q_.batch_tokens > 0 ? "batch_tokens"
          : model_->is_moe()  ? "assumed for mixtures of experts: that of DeepSeek-V3"
                              : "assumed: 1,024 an accelerator (Llama 3.1 405B), 16 M to 64 M");
    const double share = step_tokens_ / static_cast<double>(searched_);
    if (share < kFewTokens)
      out_.notes.push_back(
          fmt::format("{} accelerators share a batch of {} M tokens, {:.0f} each, and wait for one another: "
                      "several trainings beside "
                      "each other, or a larger batch (batch_tokens), use them better",
                      units::format_number(static_cast<double>(searched_), 15),
                      units::format_number(step_tokens_ * 1e-6, 3), share));
    if (const double each = step_tokens_ / fleet_.value; each < kNoTokens) {
      problems_.push_back(
          base::error("starved",
                      fmt::format("{} accelerators would share a step of {} M tokens, {:.2g} each",
                                  units::format_number(fleet_.value, 15),
                                  units::format_number(step_tokens_ * 1e-6, 3), each),
                      "fewer accelerators (more days), or a larger batch (batch_tokens)"));
      return;
    }
    const Band rate = rate_ * fleet_.value;
    const Band went = went_ * fleet_.value;
    say("tokens a second", went, "", "the next x what trainings achieved");
    say("tokens a second of the best plan", rate, "",
        "accelerators x tokens per second and accelerator, uninterrupted");
    input("what trainings achieved of the best plan, uninterrupted", achieved_, "",
          "data/practice/training.toml");
    const double asked_s = q_.days * 86'400;
    if (q_.days > 0 && fleet_given()) {
      say(fmt::format("tokens in {} days", units::format_number(q_.days, 4)), went * (asked_s * 1e-12), "T",
          "days x tokens a second x what trainings achieved");
      if (q_.tokens > 0)
        say(fmt::format("accelerators for {} days", units::format_number(q_.days, 4)), in_time, "",
            "tokens / (days x tokens per second and accelerator of so many x what trainings achieved)");
    }
    const double tokens = q_.tokens > 0 ? q_.tokens : went.value * asked_s;
    const double steps = tokens / step_tokens_;
    say("days without interruptions", tokens / rate * (1 / 86'400.0), "d",
        "tokens / tokens a second of the best plan");
    const Band days = tokens / went * (1 / 86'400.0);
    say("days", days, "d", "the same over what trainings achieved");
    const Band mfu{step_.mfu, step_.mfu * step_.step_time_s / step_.high_s,
                   step_.mfu * step_.step_time_s / step_.low_s};
    say("MFU", mfu * achieved_, "", "the next x what trainings achieved");
    say("MFU of the best plan", mfu, "", "of its step, full attention");
    const double flops = step_.model_flops * steps;
    say("model FLOPs", {flops, flops, flops}, "FLOP", "steps x FLOPs of a step, full attention");
    say("accelerator-hours", days * (24 * fleet_.value), "h", "days x accelerators");
    say("energy at the meter", energy_j_ * (1 / kYear_s) * days * (86'400 / 3.6e12), "GWh",
        "energy a year x days");
    if (q_.topic == PlainTopic::kTrain && system_->node_price_usd.value > 0) cost_answers();
    if (hour_usd_.value > 0)
      say("the training, without the cost of capital", days * hour_usd_ * (24 * fleet_.value * 1e-6),
          "million USD", "accelerator-hours x an accelerator-hour");
  }

  void serve_answers() {
    ServingQuery serving;
    serving.model.name = model_->name;
    serving.system.name = system_->name;
    serving.gpus = std::min<std::int64_t>(static_cast<std::int64_t>(fleet_.value), kLargestPool);
    if (q_.user_rate > 0) serving.tpot_ms = 1e3 / q_.user_rate;
    serving.isl = q_.isl;
    serving.osl = q_.osl;
    serving.requests = 0;
    auto answer = answer_serving(serving, known_, 1);
    if (!answer && !answer.error().wrong.empty()) return fail(answer.error().wrong);
    const auto rate_of = [](const auto& a) {
      return a ? a->json["tokens_per_s_per_gpu"].template get<double>() : 0;
    };
    if (model_->mtp_layers > 0) {  // who waits for each token drafts the next ones, where the model can
      serving.mtp = kDrafted;
      if (auto drafted = answer_serving(serving, known_, 1); rate_of(drafted) > rate_of(answer))
        answer = std::move(drafted);
      else
        serving.mtp = 0;
    }
    if (!answer) {
      problems_.push_back(base::error("no-plan", answer.error().no,
                                      q_.user_rate > 0 ? "a lower user_rate, or another system" : ""));
      return;
    }
    const auto& json = answer->json;
    const auto figure = [&](const char* key) {
      return json.contains(key) && json[key].is_number() ? json[key].get<double>() : 0.0;
    };
    if (serving.mtp > 0)
      input("tokens drafted in an iteration",
            {static_cast<double>(kDrafted), static_cast<double>(kDrafted), static_cast<double>(kDrafted)}, "",
            "the model's own prediction modules");
    Band rate{figure("tokens_per_s_per_gpu"), 0, 0};
    rate.low = json.contains("interval") && json["interval"]["low"].is_number()
                   ? json["interval"]["low"].get<double>()
                   : rate.value;
    rate.high = json.contains("interval") && json["interval"]["high"].is_number()
                    ? json["interval"]["high"].get<double>()
                    : rate.value;
    input("output tokens a second and accelerator", rate, "",
          fmt::format("gigawatt serving on {} accelerators", serving.gpus));
    say("output tokens a second", rate * fleet_.value, "", "accelerators x tokens a second and accelerator");
    say("output tokens a day", rate * (fleet_.value * 86'400), "", "the same over a day");
    // Both miss as the throughput does: it is the time of an iteration that is not known better.
    const double user = figure("tokens_per_s_per_user"), low = rate.low / rate.value,
                 high = rate.high / rate.value;
    say("tokens a second of a user", {user, user * low, user * high}, "", "1 / time per token");
    const double joules = figure("energy_j_per_token");
    if (joules > 0)
      say("energy of an output token, IT", {joules, joules / high, joules / low}, "J",
          "IT power / tokens a second");
  }

  std::string words() const {
    std::string what = fmt::format("{} accelerators in {}", units::format_number(fleet_.value, 15),
                                   system_->title.empty() ? system_->name : system_->title);
    if (q_.power_w > 0)
      what = fmt::format("{} of {}", units::format_quantity(q_.power_w, "MW"),
                         system_->title.empty() ? system_->name : system_->title);
    if (model_ != nullptr) what += fmt::format(", {}", model_->title.empty() ? model_->name : model_->title);
    if (q_.tokens > 0)
      what += fmt::format(", {} tokens", q_.tokens >= 1e12 ? units::format_number(q_.tokens / 1e12, 3) + " T"
                                                           : units::format_number(q_.tokens, 3));
    return what;
  }

  /// A fleet that waits for every broken node does little: it has spares, as operators keep them.
  std::int64_t with_spares() const {
    constexpr double kLeastUnits = 2;
    const double unit = system_->accelerators_per_node.value;
    const double spares = trains() ? std::max(kLeastUnits * unit, practice_.spares.value * fleet_.value) : 0;
    return static_cast<std::int64_t>(fleet_.value + std::ceil(spares / unit) * unit);
  }

  std::string scenario() const {
    std::string out = fmt::format(
        "# What `gigawatt ask` was asked, as a scenario: the site exists, so buildings cost nothing; carbon "
        "is counted once the\n"
        "# site has a carbon_intensity; trainings stop and start again as their failures come.\n{}"
        "version = 1\nname = \"asked\"\ntitle = \"{}\"\nstart = 2026-01-01\nend = 2028-01-01\n\n"
        "[[site]]\nname = \"site\"\nkind = \"existing\"\ncooling = \"{}\"\n"
        "electricity_price = \"{:.6g} USD/MWh\"\nassumed = true\nreason = \"asked for\"\n\n"
        "[[fleet]]\nname = \"fleet\"\nsystem = \"{}\"\naccelerators = {}\ndate = 2026-01-01\nsite = "
        "\"site\"\n"
        "assumed = true\nreason = \"{}\"\n",
        trains()
            ? fmt::format(
                  "# The training runs at the rate of its plan. `ask` answered that published trainings "
                  "reach "
                  "{:.2g} of it, interruptions\n# included, so that its answer takes longer than this run.\n",
                  achieved_.value)
            : "",
        words(), cooling_->name, electricity_mean(known_.catalog).usd_per_j * 3.6e9, system_->name,
        with_spares(), trains() ? "asked for, with spares" : "asked for");
    if (trains())
      out += fmt::format(
          "\n[[job]]\nname = \"training\"\nkind = \"training\"\nmodel = \"{}\"\nsite = \"site\"\n"
          "system = \"{}\"\naccelerators = {}\ntokens = {:.17g}\nsequence = {}\nglobal_batch = {}\n"
          "precision = \"{}\"\nplan = \"{}\"\nassumed = true\nreason = \"asked for\"\n",
          model_->name, system_->name, searched_,
          q_.tokens > 0 ? q_.tokens : went_.value * fleet_.value * q_.days * 86'400, sequence_,
          static_cast<std::int64_t>(step_tokens_ / static_cast<double>(sequence_)), precision(), plan_);
    if (q_.topic == PlainTopic::kServe)
      out += fmt::format(
          "\n[[job]]\nname = \"serving\"\nkind = \"inference\"\nmodel = \"{}\"\nsite = \"site\"\n"
          "demand = [ {{ date = 2026-01-01, accelerators = {} }} ]\ninput_tokens = {:.0f}\noutput_tokens = "
          "{:.0f}\n"
          "utilization = \"100%\"\nassumed = true\nreason = \"asked for\"\n",
          model_->name, static_cast<std::int64_t>(fleet_.value), q_.isl, q_.osl);
    return out;
  }

  const Knowledge& known_;
  const PlainQuery& q_;
  PlainAnswer out_;
  base::Diagnostics problems_;
  const catalog::System* system_ = nullptr;
  const catalog::Model* model_ = nullptr;
  std::int64_t sequence_ = kUsualSequence;
  const catalog::CoolingKind* cooling_ = nullptr;
  Band it_w_, meter_w_, fleet_, facility_w_, energy_j_, hour_usd_;
  double unit_ = 1;  ///< accelerators of a rack or server
  std::int64_t searched_ = 1;
  step::StepResult step_;
  std::string plan_;
  double step_tokens_ = 0;
  Band rate_;  ///< tokens per second and accelerator, of the best plan, uninterrupted
  TrainingPractice practice_;
  Band achieved_;  ///< share of it that trainings achieved
  Band went_;      ///< the product
};

}  // namespace

tl::expected<PlainAnswer, base::Diagnostics> answer_plainly(const Knowledge& knowledge,
                                                            const PlainQuery& query) {
  if (query.phrase.empty()) return Plain(knowledge, query).answer();
  const auto said = read_phrase(knowledge.catalog, query);
  if (!said) return tl::unexpected(said.error());
  return Plain(knowledge, *said).answer();
}

}  // namespace gigawatt::engine

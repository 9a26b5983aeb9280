#include "gigawatt/engine/across.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gigawatt/engine/search_query.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::engine {
namespace {

constexpr double kTera = 1e12;
constexpr std::size_t kMostPairs = 10'000;     ///< of a distance and a capacity in one table
constexpr double kEarthRadius_km = 6371.0088;  ///< mean, IUGG
constexpr double kBackwardShare =
    2.0 / 3;  ///< of a micro-batch's work: twice the products of the forward pass

double great_circle_km(const catalog::Site& a, const catalog::Site& b) {
  const auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
  const double from = radians(a.latitude.value), to = radians(b.latitude.value);
  const double half_north = std::sin((to - from) / 2);
  const double half_east = std::sin(radians(b.longitude.value - a.longitude.value) / 2);
  const double h = half_north * half_north + std::cos(from) * std::cos(to) * half_east * half_east;
  return 2 * kEarthRadius_km * std::asin(std::sqrt(h));
}

constexpr const char* kFibre = "fibre-latency-of-a-thousand-km";

struct Scheme {
  std::string_view name;
  network::SplitCost (*cost)(const network::SplitTraining&, const network::SiteLink&);
};

class Split {
 public:
  Split(const Knowledge& knowledge, const AcrossQuery& query) : known_(knowledge), q_(query) {}

  tl::expected<AcrossAnswer, base::Diagnostics> run() {
    auto& t = a_.training;
    t.sites = q_.between.empty() ? q_.sites : static_cast<std::int64_t>(q_.between.size());
    t.inner_steps = q_.inner_steps;
    t.compression = q_.compression;
    t.staleness_steps = q_.staleness_steps;
    const auto distances = distances_km();
    describe_training();
    if (const auto fibre = known_.catalog.fact(kFibre); !fibre)
      wrong("unknown-fact", fibre.error().message());
    if (distances.size() * q_.capacity_tbps.size() > kMostPairs)
      wrong("too-many",
            fmt::format("{} distances with {} capacities", distances.size(), q_.capacity_tbps.size()),
            fmt::format("at most {} pairs", kMostPairs));
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    std::vector<Scheme> schemes = {{"synchronous", network::synchronous},
                                   {"hierarchical", network::hierarchical},
                                   {"low-communication", network::low_communication}};
    if (t.micro_batches > 0 && t.activation_bytes > 0)
      schemes.push_back({"pipeline", network::pipeline_split});
    for (const auto& scheme : schemes) {
      a_.schemes.emplace_back(scheme.name);
      for (const double km : distances)
        for (const double tbps : q_.capacity_tbps) {
          const network::SiteLink link{tbps * kTera / 8, fibre_latency_s(known_.catalog, km, q_.detour)};
          a_.rows.push_back({std::string(scheme.name), km, tbps, link.latency_s, scheme.cost(t, link)});
        }
    }
    return std::move(a_);
  }

 private:
  void wrong(std::string code, std::string message, std::string hint = {}) {
    problems_.push_back(base::error(std::move(code), std::move(message), std::move(hint)));
  }
  void take(const base::Diagnostics& more) { problems_.insert(problems_.end(), more.begin(), more.end()); }

  std::vector<double> distances_km() {
    if (q_.between.empty())
      return q_.distance_km.empty() ? std::vector<double>{1, 30, 300, 1250, 4000} : q_.distance_km;
    if (q_.between.size() < 2) wrong("too-few-sites", "between: one site is no split", "two names or more");
    for (const auto& name : q_.between)
      if (const auto site = known_.catalog.site(name); !site) wrong("unknown-name", site.error().message());
    const double longest = longest_way_km(known_.catalog, q_.between);
    a_.notes.push_back(fmt::format("{:.0f} km between neighboring sites along a great circle", longest));
    return q_.distance_km.empty() ? std::vector<double>{longest} : q_.distance_km;
  }

  void describe_training() {
    auto& t = a_.training;
    t.overlap = q_.overlap.value_or(0);
    t.micro_batches = q_.micro_batches;
    t.activation_bytes = q_.activation_bytes;
    t.step_s = q_.step_s;
    double parameters = q_.parameters;
    if (q_.model.given()) {
      if (q_.parameters > 0 || q_.step_s > 0)
        wrong("contradiction", "a model has its parameters and its step: leave out parameters and step_time");
      else
        parameters = of_model();
    } else if (!(q_.parameters > 0) || !(q_.step_s > 0)) {
      wrong("missing-key", "what is split?", "parameters and step_time, or model, system and gpus");
    }
    t.gradient_bytes = parameters * q_.bytes_per_parameter;
  }
  /// Fills in what follows from a step of the model; its parameters.
  double of_model() {
    if (!q_.system.given() || q_.gpus < 1) {
      wrong("missing-key", "a model is trained on a system's accelerators", "system and gpus");
      return 0;
    }
    const auto subject = resolve_subject(known_, q_.model, q_.system, "");
    if (!subject) return take(subject.error()), 0;
    step::StepRequest request = subject->request();
    request.gpus = q_.gpus;
    request.seq_len = q_.seq > 0 ? q_.seq : 8192;
    request.global_batch = q_.global_batch > 0 ? q_.global_batch : 2048;
    if (!choose_plan(*subject, request)) return 0;
    const auto result = step::evaluate(request, known_.calibration);
    if (!result) {
      wrong("illegal-plan", result.error().message, result.error().hint);
      return 0;
    }
    auto& t = a_.training;
    const auto said = split_step(request, *result);
    t.step_s = said.step_s;
    if (!q_.overlap) t.overlap = said.overlap;
    if (q_.micro_batches == 0) t.micro_batches = said.micro_batches;
    if (q_.activation_bytes == 0) {
      t.activation_bytes = said.activation_bytes * said.micro_batches / std::max(1.0, t.micro_batches);
      t.chunks = said.chunks;
      t.plain_step_s = said.plain_step_s;
    }
    a_.gpus = q_.gpus;
    a_.plan = step::to_string(request.plan);
    fits(request.plan);
    return static_cast<double>(workload::count_parameters(subject->model).total);
  }
  bool choose_plan(const StepSubject& subject, step::StepRequest& request) {
    if (q_.plan.given()) {
      const auto plan = plan_in_words(q_.plan.name, request.gpus);
      if (!plan) return wrong("bad-plan", "plan: " + plan.error()), false;
      request.plan = *plan;
      return true;
    }
    SearchQuery search;
    search.gpus = config::IntegerRange{request.gpus, request.gpus};
    search.seq = request.seq_len;
    search.global_batch = request.global_batch;
    search.top = 1;
    const auto asked = search_request(known_, search, subject);
    if (!asked) return take(asked.error()), false;
    search::SearchOptions options = asked->options;
    options.pareto = false;
    const auto found = search::search(request, known_.calibration, options);
    if (found.best.empty())
      return wrong("no-plan", "no plan of the model fits on these accelerators", "more of them, or a plan"),
             false;
    request.plan = found.best.front().plan;
    return true;
  }
  void fits(const step::ParallelPlan& plan) {
    const auto s = a_.training.sites;
    if (plan.dp % s != 0)
      a_.notes.push_back(fmt::format("{} data-parallel replicas do not divide over {} sites", plan.dp, s));
    if (plan.pp % s != 0)
      a_.notes.push_back(fmt::format("{} pipeline stages do not divide over {} sites", plan.pp, s));
  }

  const Knowledge& known_;
  const AcrossQuery& q_;
  AcrossAnswer a_;
  base::Diagnostics problems_;
};

}  // namespace

network::SplitTraining split_step(const step::StepRequest& request, const step::StepResult& result) {
  using enum step::TimeTerm;
  network::SplitTraining t;
  const double busy = result.time[kCompute] + result.time[kAttention] + result.time[kRecompute];
  t.step_s = result.step_time_s;
  t.micro_batches = result.micro_batches;
  t.overlap = std::min(1.0, kBackwardShare * busy / std::max(1, result.micro_batches) / t.step_s);
  t.activation_bytes = static_cast<double>(request.global_batch * request.seq_len) /
                       std::max(1, result.micro_batches) * static_cast<double>(request.model->hidden) * 2;
  t.chunks = request.plan.vpp;
  const double filling =
      (request.plan.pp - 1.0) / std::max(1, result.micro_batches);  // over the work, in one chunk
  t.plain_step_s = t.step_s * (1 + filling) / (1 + filling / t.chunks);
  return t;
}

double longest_way_km(const catalog::Catalog& catalog, const std::vector<std::string>& sites) {
  const catalog::Site* last = nullptr;
  double longest = 0;
  for (const auto& name : sites) {
    const auto site = catalog.site(name);
    if (!site) continue;
    if (last != nullptr) longest = std::max(longest, great_circle_km(*last, **site));
    last = *site;
  }
  return longest;
}

double fibre_latency_s(const catalog::Catalog& catalog, double km, double detour) {
  const auto fibre = catalog.fact(kFibre);
  return fibre ? km * detour * ((*fibre)->quantity.value.si / 1000) : 0;
}

void fields(config::FieldVisitor& v, AcrossQuery& q) {
  v(q.model,
    {.key = "model", .doc = "Model of the catalogue, or a Hugging Face config.json; with system and gpus."});
  v(q.system, {.key = "system", .doc = "System of the catalogue, or a TOML file of one."});
  v(q.gpus, {.key = "gpus", .doc = "Accelerators at all sites together.", .min = 0, .max = 1e9});
  v(q.plan, {.key = "plan", .doc = "Their plan: \"TP8 PP16 MB1\"; empty: the fastest that a search finds."});
  v(q.seq, {.key = "seq", .doc = "Tokens of a sequence; 0: 8192.", .min = 0, .max = 1e9});
  v(q.global_batch, {.key = "global_batch", .doc = "Sequences of a step; 0: 2048.", .min = 0, .max = 1e9});
  v(q.parameters, {.key = "parameters", .doc = "In place of a model: all its parameters, 2e12.", .min = 0});
  v(q.step_s, {.key = "step_time",
               .doc = "With parameters: of a step at one site.",
               .unit = "s",
               .min = 0,
               .bare_unit = true});
  v(q.between, {.key = "between",
                .doc = "Sites of the catalogue in a line: prometheus, hyperion.",
                .one_or_list = true});
  v(q.sites, {.key = "sites", .doc = "Equal sites, where none are named.", .min = 1, .max = 64});
  v(q.bytes_per_parameter,
    {.key = "bytes_per_parameter", .doc = "Of a gradient as it is sent.", .min = 0, .max = 16});
  v(q.overlap,
    {.key = "overlap",
     .doc = "Share of a step that hides the exchange of gradients; default: of the plan's, else 0.",
     .min = 0,
     .max = 1});
  v(q.inner_steps, {.key = "inner_steps",
                    .doc = "Steps between two exchanges with low communication.",
                    .min = 1,
                    .max = 1e6});
  v(q.compression,
    {.key = "compression", .doc = "Bytes of such an exchange over the gradients'.", .min = 0, .max = 1});
  v(q.staleness_steps,
    {.key = "staleness", .doc = "Steps after which its result is used.", .min = 0, .max = 1e6});
  v(q.micro_batches,
    {.key = "micro_batches", .doc = "Of a step, for a pipeline over the sites; 0: the plan's.", .min = 0});
  v(q.activation_bytes, {.key = "activation_bytes",
                         .doc = "That a micro-batch sends over a border, all ranks together; 0: the plan's.",
                         .min = 0});
  v(q.distance_km, {.key = "distance_km",
                    .doc = "Between neighboring sites, one or several; default: of the named sites.",
                    .min = 0,
                    .max = 20000,
                    .one_or_list = true});
  v(q.capacity_tbps, {.key = "capacity_tbps",
                      .doc = "Tbit/s out of a site, one or several.",
                      .min = 1e-6,
                      .max = 1e9,
                      .one_or_list = true});
  v(q.detour, {.key = "detour", .doc = "Length of the fibre over the distance.", .min = 1, .max = 3});
}

tl::expected<AcrossAnswer, base::Diagnostics> answer_across(const Knowledge& knowledge,
                                                            const AcrossQuery& query) {
  return Split(knowledge, query).run();
}

}  // namespace gigawatt::engine

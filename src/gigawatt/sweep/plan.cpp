#include "gigawatt/sweep/plan.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "gigawatt/analysis/sample.h"
#include "gigawatt/base/check.h"
#include "gigawatt/base/hash.h"
#include "gigawatt/base/version.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/scenario/hourly.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/sweep/file.h"

namespace gigawatt::sweep {
namespace {

using analysis::SampleMethod;

/// How the paths of keys end that name files of a site (scenario/hourly.h).
constexpr std::string_view kFileKeys[] = {".weather.file", ".prices.file", ".prices.carbon",
                                          ".prices.supply"};
constexpr std::size_t kMostScenarioBytes = std::size_t{16} << 20;

Value sampled(const Range& range, double u) {
  Value value;
  if (const auto& carried = range.key.range) {
    value.text = engine::carried_text(*carried, carried->key, u);
    value.number = engine::carried_number(*carried, carried->key, u);
    value.shown = fmt::format("{}", value.number);
    value.share = u;
    return value;
  }
  value.number = range.whole ? std::min(range.high, std::floor(range.low + u * (range.high - range.low + 1)))
                             : range.low + u * (range.high - range.low);
  value.shown = fmt::format("{}", value.number);
  if (!range.whole && value.shown.find_first_of(".en") == std::string::npos) value.shown += ".0";
  value.text = range.key.unit.empty() ? value.shown : toml_text(value.shown + " " + range.key.unit);
  return value;
}

/// After the samples of saltelli: the middle of all ranges, then each range at its ends with the others in the middle.
void tornado_points(std::size_t axes, std::vector<std::vector<double>>& unit) {
  unit.emplace_back(axes, 0.5);
  for (std::size_t axis = 0; axis < axes; ++axis)
    for (const double end : {0.0, 1.0}) {
      unit.emplace_back(axes, 0.5);
      unit.back()[axis] = end;
    }
}

/// All combinations of lists and sampled points.
void fill_points(const std::vector<Listed>& vary, const std::vector<Range>& ranges,
                 const std::vector<std::vector<double>>& unit, Plan& out) {
  std::size_t combinations = 1;
  for (const auto& listed : vary) combinations *= listed.values.size();
  for (std::size_t c = 0; c < combinations; ++c) {
    std::vector<Value> chosen(vary.size());
    std::size_t rest = c;
    for (std::size_t k = vary.size(); k-- > 0; rest /= vary[k].values.size())
      chosen[k] = vary[k].values[rest % vary[k].values.size()];
    for (const auto& u : unit) {
      auto point = chosen;
      for (std::size_t r = 0; r < ranges.size(); ++r) point.push_back(sampled(ranges[r], u[r]));
      out.points.push_back(std::move(point));
    }
  }
}

/// The figures of the scenario as it is: other constants of the user's own, or other physics, are another question.
std::string figures_hash(const engine::Inputs& inputs) try {
  const auto values = engine::run(inputs).frame.values();
  return base::hash_text({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
} catch (const base::InternalError& failure) {
  return base::hash_text(failure.what());
}

struct Tried {
  std::uint64_t seed = 0;  ///< the scenario's own
  std::string figures;
};

using Loaded = tl::expected<scenario::ResolvedScenario, base::Diagnostics>;

/// The files of the scenario and of each value of a key that names one. One that cannot be read fails its runs alone,
/// but those of the scenario as it is.
void read_files(const Plan& plan, const scenario::Scenario& as_it_is, engine::HourlyTexts& files,
                base::Diagnostics& problems) {
  const auto folder = std::filesystem::path(plan.scenario_name).parent_path();
  for (const auto& name : engine::hourly_files(as_it_is)) {
    if (files.contains(name)) continue;
    auto text = scenario::read_hourly_file(name, folder);
    if (text)
      files.emplace(name, std::move(*text));
    else
      problems.push_back(text.error());
  }
  const auto names_files = [](const std::string& path) {
    return std::any_of(std::begin(kFileKeys), std::end(kFileKeys),
                       [&](std::string_view key) { return path.ends_with(key); });
  };
  for (std::size_t k = 0; k < plan.keys.size(); ++k) {
    if (!names_files(plan.keys[k].path)) continue;
    for (const auto& point : plan.points)
      if (!point[k].shown.empty() && !files.contains(point[k].shown))
        if (auto text = scenario::read_hourly_file(point[k].shown, folder))
          files.emplace(point[k].shown, std::move(*text));
  }
}

/// Mistakes that every run would have: a scenario that is wrong by itself, a key that it does not have.
Tried try_scenario(const engine::Knowledge& knowledge, const scenario::ResolvedScenario& as_it_is, Plan& plan,
                   base::Diagnostics& problems) {
  const auto software = engine::software_names(knowledge.software);
  for (std::size_t k = 0; k < plan.keys.size(); ++k) {
    const auto tried = scenario::load_text(plan.scenario_text, plan.scenario_name, knowledge.catalog,
                                           {plan.keys[k].path + "=" + plan.points.front()[k].text}, software);
    if (tried) continue;
    for (const auto& problem : tried.error())
      if (problem.code == "unknown-key" || problem.code == "bad-override") problems.push_back(problem);
  }
  read_files(plan, as_it_is, plan.files, problems);
  if (base::has_errors(problems)) return {};
  auto hourly = engine::prepare_hourly_sites(as_it_is, knowledge.catalog, knowledge.data, plan.files);
  if (!hourly) {
    problems.insert(problems.end(), hourly.error().begin(), hourly.error().end());
    return {};
  }
  return {as_it_is.seed, figures_hash({knowledge, as_it_is, std::move(*hourly)})};
}

std::string question_of(const Plan& plan, const std::string& data_hash, const std::string& figures) {
  std::string all =
      fmt::format("{}\ndata {}\nfigures {}\nscenario {}\nlead times {}\n", base::program_name(), data_hash,
                  figures, base::hash_text(plan.scenario_text), plan.draw_lead_times);
  for (const auto& key : plan.keys) {
    all += fmt::format("key {} {} {}\n", key.path, key.numeric, key.unit);
    if (!key.range) continue;
    for (const auto& with : key.range->with)
      all += fmt::format("with {} {} {} {}\n", with.path, with.low, with.value, with.high);
  }
  for (const auto& point : plan.points)
    for (const auto& value : point) all += value.text + "\n";
  for (const auto& [name, text] : plan.files) all += fmt::format("file {} {}\n", name, base::hash_text(text));
  for (const auto seed : plan.seeds) all += fmt::format("seed {}\n", seed);
  return base::hash_text(all);
}

}  // namespace

std::vector<std::string> Plan::overrides(const std::vector<Value>& point) const {
  std::vector<std::string> out;
  for (std::size_t k = 0; k < keys.size(); ++k) {
    out.push_back(keys[k].path + "=" + point[k].text);
    if (!keys[k].range) continue;
    for (const auto& with : keys[k].range->with)
      out.push_back(with.path + "=" + engine::carried_text(*keys[k].range, with, point[k].share));
  }
  return out;
}

tl::expected<Plan, base::Diagnostics> plan(const engine::Knowledge& knowledge, const Asked& asked) {
  auto root =
      config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{asked.name, asked.text}));
  if (!root) return tl::unexpected(root.error());
  base::Diagnostics problems;
  Parts parts = read_parts(std::move(*root), problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));

  Plan out;
  out.draw_lead_times = parts.file.draw_lead_times;
  const auto file = std::filesystem::path(asked.name).parent_path() / parts.file.scenario;
  tl::expected<std::string, base::Diagnostic> text = asked.scenario_text.value_or("");
  if (!asked.scenario_text) text = config::read_text_file(file, kMostScenarioBytes);
  if (!text) return tl::unexpected(base::Diagnostics{text.error()});
  out.scenario_name = file.string();
  out.scenario_text = std::move(*text);
  out.files = asked.files;
  const Loaded as_it_is = scenario::load_text(out.scenario_text, out.scenario_name, knowledge.catalog, {},
                                              engine::software_names(knowledge.software));
  if (!as_it_is) return tl::unexpected(as_it_is.error());
  fill_carried(parts, *as_it_is, knowledge.catalog, problems);
  if (!base::has_errors(problems)) check_size(parts, problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  for (const auto& listed : parts.vary) out.keys.push_back(listed.key);
  for (const auto& range : parts.ranges) out.keys.push_back(range.key);
  std::vector<std::vector<double>> unit = {{}};
  if (const auto& sample = parts.file.sample)
    unit = analysis::unit_points(sample->method, static_cast<std::size_t>(sample->runs), parts.ranges.size(),
                                 static_cast<std::uint64_t>(sample->seed));
  if (parts.file.sample && parts.file.sample->method == SampleMethod::kSaltelli) {
    out.samples = static_cast<std::size_t>(parts.file.sample->runs);
    out.sample_seed = static_cast<std::uint64_t>(parts.file.sample->seed);
    tornado_points(parts.ranges.size(), unit);
  }
  fill_points(parts.vary, parts.ranges, unit, out);
  const Tried tried = try_scenario(knowledge, *as_it_is, out, problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  for (const auto seed : parts.file.seeds) out.seeds.push_back(static_cast<std::uint64_t>(seed));
  if (out.seeds.empty()) out.seeds.push_back(asked.seed.value_or(tried.seed));
  out.question = question_of(out, asked.data_hash, tried.figures);
  return out;
}

}  // namespace gigawatt::sweep

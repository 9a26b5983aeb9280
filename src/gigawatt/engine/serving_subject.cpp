#include "gigawatt/engine/serving_subject.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/network/network_parameters.h"
#include "gigawatt/topology/cluster.h"

namespace gigawatt::engine {
namespace {

std::string joined(const std::vector<serving::Engine>& engines) {
  std::string out;
  for (const auto& e : engines) out += (out.empty() ? "" : ", ") + e.name;
  return out;
}

void append(base::Diagnostics& all, const base::Diagnostics& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// Formats of weights and cache, or what is wrong with the words.
tl::expected<serving::Formats, base::Diagnostic> formats_of(const ServingNames& names,
                                                            const catalog::Model& model,
                                                            const serving::PoolSubject& s) {
  const bool fp8 = s.accelerator->peak(catalog::Precision::kFp8) > 0;
  const bool narrow = model.weight_format != catalog::WeightFormat::kBf16 &&
                      model.weight_format != catalog::WeightFormat::kFp8;
  const std::string precision =
      !names.precision.empty() ? names.precision
      : narrow ? std::string(catalog::kWeightFormatNames[static_cast<std::size_t>(model.weight_format)])
      : fp8    ? "fp8"
               : "bf16";
  auto formats = serving::formats_of(precision, s.model);
  if (!formats)
    return tl::unexpected(base::error("unknown-name", fmt::format("no precision '{}'", precision),
                                      "bf16, fp8, fp4, mxfp4, int4, int8"));
  if (names.kv_cache.empty()) return serving::with_cache_of(s.engine, *formats);
  const auto kept = kernels::parse_format(names.kv_cache);
  if (!kept)
    return tl::unexpected(
        base::error("unknown-name", fmt::format("no format '{}' of the cache", names.kv_cache), "bf16, fp8"));
  formats->cache_bytes = kernels::weight_bytes(*kept);
  return *formats;
}

}  // namespace

tl::expected<std::shared_ptr<const ServingLibrary>, base::Diagnostics> load_serving_library(
    const std::filesystem::path& data) {
  base::Diagnostics problems;
  auto laws = kernels::LawBook::load(data / "calibration" / "laws");
  auto power = power::load_power(data);
  auto engines = serving::load_engines(data / "engines");
  auto platforms = load_serving_platforms(data);
  if (!platforms) append(problems, platforms.error());
  if (!laws) append(problems, laws.error());
  if (!power) append(problems, power.error());
  if (!engines) append(problems, engines.error());
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return std::make_shared<const ServingLibrary>(
      ServingLibrary{std::move(*laws), std::move(*power), std::move(*engines), std::move(*platforms)});
}

tl::expected<std::unique_ptr<ServingSubject>, base::Diagnostics> serving_subject(
    const ServingNames& names, const Knowledge& k, std::shared_ptr<const ServingLibrary> library) {
  base::Diagnostics problems;
  auto found = resolve_subject(k, names.model, names.system, "");
  if (!found) problems = found.error();
  const std::string vendor = found ? found->accelerator.vendor : "";
  const auto* engine = serving::find_engine(
      library->engines, names.engine.empty() ? library->platforms.usual(vendor) : names.engine);
  if (engine == nullptr) {
    problems.push_back(base::error("unknown-name", fmt::format("no serving engine '{}'", names.engine),
                                   joined(library->engines)));
  } else if (!library->platforms.runs(engine->name, vendor)) {
    const std::string usual = library->platforms.usual(vendor);
    if (names.engine_assumed)
      engine = serving::find_engine(library->engines, usual);
    else
      problems.push_back(base::error(
          "bad-engine",
          fmt::format("{} does not run on {}, of {}", engine->title, found->accelerator.name, vendor),
          usual));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));

  auto out = std::make_unique<ServingSubject>();
  out->library = std::move(library);
  out->found = std::move(*found);
  auto& s = out->pool;
  s.model = serving::served_model(out->found.model);
  s.heads = static_cast<double>(out->found.model.heads);
  s.system = &out->found.system;
  s.accelerator = &out->found.accelerator;
  const auto lent = out->library->laws.lend(*s.accelerator, k.catalog.accelerators());
  s.laws = lent.laws;
  s.borrowed = lent.borrowed;
  s.engine = *engine;
  s.accelerators = names.accelerators;
  const catalog::FittedLibrary calibration(k.data / "calibration", {});
  const auto parameters = network::load_network_parameters(calibration, *s.accelerator);
  if (!parameters) return tl::unexpected(parameters.error());
  const auto cluster =
      topology::make_cluster(*s.system, *s.accelerator, std::max<std::int64_t>(names.accelerators, 8));
  s.fabric = network::make_fabric(cluster, *parameters);
  const auto formats = formats_of(names, out->found.model, s);
  if (!formats) return tl::unexpected(base::Diagnostics{formats.error()});
  s.formats = *formats;
  s.power = &out->library->power.accelerators;
  s.power_law = &out->library->power.accelerators.of(*s.accelerator, k.catalog.accelerators());
  out->hour = accelerator_hour(k.catalog, *s.system);
  s.usd_per_accelerator_second = out->hour.usd / 3600;
  s.acceptance = engine->acceptance;
  return out;
}

}  // namespace gigawatt::engine

#include "gigawatt/analysis/calibrate.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "gigawatt/base/parallel.h"

namespace gigawatt::analysis {
namespace {

using Rows = std::vector<const KernelRow*>;
using Kind = KernelRow::Kind;

constexpr std::string_view kPasses = "rows.inference_passes";
constexpr std::array<std::string_view, step::kGemmClassCount> kClassNames = {"bf16", "fp8", "mxfp8", "nvfp4"};

bool is_product(const KernelRow& r) { return r.kind == Kind::kGemm || r.kind == Kind::kGroupedGemm; }

/// What a row is about, as reports group it: "gemm bf16", "attention", "all_reduce".
std::string subject(const KernelRow& r) {
  if (is_product(r))
    return fmt::format("gemm {}", kClassNames[static_cast<std::size_t>(step::gemm_class(r.precision))]);
  if (r.kind == Kind::kAttention)
    return r.direction == step::Direction::kForward ? "attention forward" : "attention backward";
  if (r.kind == Kind::kMemory) return "memory_bound";
  return r.what.starts_with("moe_") ? "all_to_all scale-out"
                                    : r.what.substr(5) + (r.ranks_per_domain < r.ranks ? " scale-out" : "");
}

/// Rows that are left out together.
std::string fold_group(const KernelRow& r) {
  if (r.kind == Kind::kGemm) return fmt::format("{} {} {}", r.source, r.gemm.n, r.gemm.k);
  if (r.kind == Kind::kGroupedGemm) return fmt::format("{} {} {}", r.source, r.grouped.n, r.grouped.k);
  if (r.kind == Kind::kAttention) return fmt::format("{}", r.attention.q_len);
  return fmt::format("{:.0f}", r.bytes);
}

/// Fits parts of one set of constants, one after the other.
class SetFit {
 public:
  /// Predicted time of a row under the values of all constants of the set, by position.
  using Predict = std::function<double(const KernelRow&, const std::vector<double>&)>;

  SetFit(catalog::FittedSet start, Predict predict, const CalibrationOptions& options)
      : set_(std::move(start)), start_name_(set_.name), predict_(std::move(predict)), options_(options) {
    set_.source = options_.source;
    for (auto& p : set_.parameters) {
      values_.push_back(p.value);
      p.determined = false;
      p.standard_error = 0;
    }
  }

  /// `chosen(name)`: which constants this part frees. Others stay at their present value.
  void part(const Rows& rows, const std::function<bool(const std::string&)>& chosen,
            std::map<std::string, double>* validated) {
    FitProblem problem;
    std::vector<std::size_t> position;
    for (std::size_t i = 0; i < set_.parameters.size(); ++i) {
      const auto& p = set_.parameters[i];
      if (!chosen(p.name)) continue;
      problem.parameters.push_back({p.name, values_[i], p.low, p.high, p.unit, p.meaning, 0, false});
      position.push_back(i);
    }
    problem.rows = rows.size();
    for (const auto* r : rows) problem.groups.push_back(fold_group(*r));
    problem.residuals = [&](std::span<const double> x, std::span<double> out) {
      std::vector<double> all = values_;
      for (std::size_t k = 0; k < x.size(); ++k) all[position[k]] = x[k];
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = std::log(predict_(*rows[i], all) / rows[i]->seconds);
    };
    if (validated && !rows.empty()) {
      const auto residuals = cross_validate(problem, options_.fit);
      for (std::size_t i = 0; i < rows.size(); ++i) (*validated)[rows[i]->id] = residuals[i];
    }
    const FitResult result = fit(problem, options_.fit);
    for (std::size_t k = 0; k < position.size(); ++k) {
      const FittedParameter& f = result.parameters[k];
      catalog::FittedConstant& c = set_.parameters[position[k]];
      if (f.determined) {
        values_[position[k]] = c.value = f.value;
        c.standard_error = f.standard_error;
        c.determined = true;
        c.basis = f.why;
      } else {
        // The origin of a start value is worth keeping; that of an inherited one is the set it came from.
        c.basis = fmt::format("{}: {}", rows.empty() ? "no rows" : f.why,
                              start_name_ == "default" ? c.basis : "value of " + start_name_);
      }
    }
  }

  void assign(std::string_view name, double value, std::string basis) {
    for (std::size_t i = 0; i < set_.parameters.size(); ++i)
      if (set_.parameters[i].name == name) {
        values_[i] = set_.parameters[i].value = value;
        set_.parameters[i].basis = std::move(basis);
      }
  }

  double residual(const KernelRow& r) const { return std::log(predict_(r, values_) / r.seconds); }
  const catalog::FittedSet& set() const { return set_; }
  catalog::FittedSet& set() { return set_; }

 private:
  catalog::FittedSet set_;
  std::string start_name_;
  Predict predict_;
  const CalibrationOptions& options_;
  std::vector<double> values_;
};

/// Positions of the model's parameters among a set's constants.
std::vector<std::size_t> positions(const catalog::FittedSet& set, std::span<const std::string> names) {
  std::vector<std::size_t> out;
  for (const auto& name : names)
    for (std::size_t i = 0; i < set.parameters.size(); ++i)
      if (set.parameters[i].name == name) out.push_back(i);
  return out;
}

std::size_t position(const catalog::FittedSet& set, std::string_view name) {
  std::size_t i = 0;
  while (i < set.parameters.size() && set.parameters[i].name != name) ++i;
  return i;
}

SetFit::Predict kernel_predictor(const catalog::FittedSet& set) {
  return [at = positions(set, step::kernel_parameter_names()), passes = position(set, kPasses)](
             const KernelRow& r, const std::vector<double>& x) {
    step::KernelParameters p;
    for (std::size_t k = 0; k < at.size(); ++k) step::kernel_parameter(p, k) = x[at[k]];
    return predict_kernel(r, p, passes < x.size() ? x[passes] : 0);
  };
}

/// What the tags of network/default.toml say of generations.
struct FabricTraits {
  std::set<std::string> reducing;              ///< "in_network:<generation>": scale-up switches reduce
  std::map<std::string, double> direct_links;  ///< "direct_links:<generation>:<n>": a mesh without switches

  double links(const std::string& generation) const {
    const auto at = direct_links.find(generation);
    return at == direct_links.end() ? 0 : at->second;
  }
};

FabricTraits fabric_traits(const catalog::FittedSet& defaults) {
  FabricTraits out;
  constexpr std::string_view kReducing = "in_network:", kLinks = "direct_links:";
  for (const std::string& tag : defaults.tags) {
    if (tag.starts_with(kReducing)) out.reducing.insert(tag.substr(kReducing.size()));
    const std::size_t colon = tag.rfind(':');
    if (!tag.starts_with(kLinks) || colon <= kLinks.size()) continue;
    double links = 0;
    std::from_chars(tag.data() + colon + 1, tag.data() + tag.size(), links);
    out.direct_links[tag.substr(kLinks.size(), colon - kLinks.size())] = links;
  }
  return out;
}

SetFit::Predict network_predictor(const catalog::FittedSet& set, const FabricTraits& traits) {
  return [at = positions(set, network::network_parameter_names()), &traits](const KernelRow& r,
                                                                            const std::vector<double>& x) {
    network::NetworkParameters p;
    for (std::size_t k = 0; k < at.size(); ++k) network::network_parameter(p, k) = x[at[k]];
    if (!traits.reducing.contains(r.chip->generation)) p.in_network_efficiency = 0;
    p.direct_links = traits.links(r.chip->generation);
    return predict_collective(r, p);
  };
}

/// The generation whose constants one starts from, from a tag "after:<generation>:<earlier>", or "".
std::string earlier_generation(const catalog::FittedSet& defaults, const std::string& generation) {
  const std::string prefix = "after:" + generation + ":";
  for (const std::string& tag : defaults.tags)
    if (tag.starts_with(prefix)) return tag.substr(prefix.size());
  return {};
}

/// Generations that tags name, with or without rows.
std::set<std::string> tagged_generations(const catalog::FittedSet& defaults) {
  std::set<std::string> out;
  for (const std::string& tag : defaults.tags) {
    const std::size_t first = tag.find(':');
    if (first == std::string::npos) continue;
    out.insert(tag.substr(first + 1, tag.find(':', first + 1) - first - 1));
  }
  return out;
}

Rows select(const Rows& rows, const std::function<bool(const KernelRow&)>& wanted) {
  Rows out;
  for (const auto* r : rows)
    if (wanted(*r)) out.push_back(r);
  return out;
}

void describe(catalog::FittedSet& set, const std::string& name, const Rows& rows) {
  set.name = name;
  set.basis = "measured";
  set.tags.clear();
  set.rows = static_cast<std::int64_t>(rows.size());
  std::set<std::string> sources;
  for (const auto* r : rows) sources.insert(r->source);
  set.row_sources.assign(sources.begin(), sources.end());
}

/// Error of each subject before, after and on rows left out.
void add_quality(catalog::FittedSet& set, const Rows& rows, const SetFit& before, const SetFit& after,
                 const std::map<std::string, double>& validated) {
  std::map<std::string, std::array<std::vector<double>, 3>> by;
  for (const auto* r : rows) {
    auto& [b, a, v] = by[subject(*r)];
    b.push_back(before.residual(*r));
    a.push_back(after.residual(*r));
    if (const auto found = validated.find(r->id); found != validated.end()) v.push_back(found->second);
  }
  set.quality.clear();
  for (const auto& [what, three] : by) {
    const ErrorSummary a = summarise(three[1]);
    set.quality.push_back({what, static_cast<std::int64_t>(a.rows), summarise(three[0]).median_pct,
                           a.median_pct, a.p90_pct, summarise(three[2]).median_pct});
  }
}

struct Fitted {
  catalog::FittedSet set;
  std::map<std::string, double> before, after, validated;  ///< residual by row id
};

Fitted finish(SetFit& fit, const SetFit& before, const std::string& name, const Rows& rows,
              std::map<std::string, double> validated) {
  describe(fit.set(), name, rows);
  add_quality(fit.set(), rows, before, fit, validated);
  Fitted out{fit.set(), {}, {}, std::move(validated)};
  for (const auto* r : rows) {
    out.before[r->id] = before.residual(*r);
    out.after[r->id] = fit.residual(*r);
  }
  return out;
}

Fitted fit_kernels(const std::string& name, const Rows& rows, const catalog::FittedSet& start,
                   const catalog::FittedSet& first, const CalibrationOptions& options, bool validate) {
  SetFit fit(start, kernel_predictor(start), options);
  const SetFit before(first, kernel_predictor(first), options);
  std::map<std::string, double> validated;
  auto* const out = validate && options.cross_validate ? &validated : nullptr;

  for (std::size_t c = 0; c < step::kGemmClassCount; ++c) {
    const std::string prefix = fmt::format("gemm.{}.", kClassNames[c]);
    const bool sixteen = static_cast<step::GemmClass>(c) == step::GemmClass::k16Bit;
    const Rows own = select(rows, [&](const KernelRow& r) {
      return is_product(r) && step::gemm_class(r.precision) == static_cast<step::GemmClass>(c);
    });
    fit.part(
        own,
        [&](const std::string& p) {
          if (sixteen && p == prefix + "quantise_bytes") return false;  // nothing is cast
          return p.starts_with(prefix) ||
                 (sixteen && (p == "gemm.overlap_exponent" || p == "gemm.throttle_s"));
        },
        out);
  }
  const Rows memory = select(rows, [](const KernelRow& r) { return r.kind == Kind::kMemory; });
  const auto* stream = fit.set().find("gemm.bf16.stream_efficiency");
  if (memory.empty() && stream && stream->determined)
    fit.assign("memory.efficiency", stream->value, "as gemm.bf16.stream_efficiency: no memory-bound rows");
  fit.part(memory, [](const std::string& p) { return p.starts_with("memory."); }, out);
  fit.part(
      select(rows, [](const KernelRow& r) { return r.kind == Kind::kAttention; }),
      [](const std::string& p) { return p.starts_with("attention.") || p == kPasses; }, out);
  return finish(fit, before, name, rows, std::move(validated));
}

/// Whether rows of these kinds say anything about a constant.
bool concerns(const std::string& parameter, bool reduces, bool inside, bool across) {
  if (parameter == "scaleup.direct_links") return false;  // from data sheets
  if (parameter.starts_with("in_network.")) return reduces && inside;
  if (parameter.starts_with("scaleout.")) return across;
  return inside;
}

/// `generation` empty: pooled over all.
Fitted fit_network(const std::string& name, const Rows& rows, const catalog::FittedSet& start,
                   const catalog::FittedSet& first, const FabricTraits& traits, const std::string& generation,
                   const CalibrationOptions& options, bool validate) {
  SetFit fit(start, network_predictor(start, traits), options);
  const SetFit before(first, network_predictor(first, traits), options);
  const bool reduces = generation.empty() || traits.reducing.contains(generation);
  const auto leaves = [](const KernelRow& r) {
    return r.ranks_per_domain < r.ranks || r.scaleout_bandwidth > 0;
  };
  // Scale-out constants belong to a network, not to all of them: pooling old and new ones would serve neither.
  const bool across = !generation.empty() && !select(rows, leaves).empty();
  const bool inside = select(rows, leaves).size() < rows.size();
  std::map<std::string, double> validated;
  fit.part(
      rows, [&](const std::string& p) { return concerns(p, reduces, inside, across); },
      validate && options.cross_validate ? &validated : nullptr);
  if (!reduces)
    fit.assign("in_network.efficiency", 0, "the scale-up switches of this generation do not reduce");
  if (!generation.empty()) fit.assign("scaleup.direct_links", traits.links(generation), "data sheet");
  return finish(fit, before, name, rows, std::move(validated));
}

std::map<std::string, Rows> by_name(const Rows& rows,
                                    const std::function<const std::string&(const KernelRow&)>& name) {
  std::map<std::string, Rows> out;
  for (const auto* r : rows) out[name(*r)].push_back(r);
  return out;
}

const std::string& generation_of(const KernelRow& r) { return r.chip->generation; }
const std::string& chip_of(const KernelRow& r) { return r.chip->name; }

/// Start for a set: what is shipped for the first of the names.
tl::expected<catalog::FittedSet, base::Diagnostics> shipped(const std::filesystem::path& folder,
                                                            const KernelRow& example) {
  const std::array<std::string, 3> names = {example.chip->name, example.chip->generation, "pooled"};
  return catalog::FittedLibrary(folder.parent_path()).find(folder.filename().string(), names);
}

/// One fit per entry, in parallel: the answers do not depend on the order.
std::vector<Fitted> fit_all(const std::map<std::string, Rows>& groups,
                            const std::function<Fitted(const std::string&, const Rows&)>& one) {
  std::vector<std::pair<std::string, const Rows*>> list;
  for (const auto& [name, rows] : groups) list.emplace_back(name, &rows);
  std::vector<Fitted> out(list.size());
  base::parallel_for(list.size(), [&](std::size_t i) { out[i] = one(list[i].first, *list[i].second); });
  return out;
}

class Calibration {
 public:
  Calibration(const KernelRows& rows, const std::filesystem::path& folder, const CalibrationOptions& options)
      : folder_(folder), options_(options) {
    for (const auto& r : rows.rows) (r.is_network() ? network_ : kernels_).push_back(&r);
  }

  base::Diagnostics run(CalibrationReport& report) {
    if (auto problems = kernels(); !problems.empty()) return problems;
    if (auto problems = network(); !problems.empty()) return problems;
    std::vector<double> before, after, validated;
    for (const auto& [id, r] : before_) before.push_back(r);
    for (const auto& [id, r] : after_) after.push_back(r);
    for (const auto& [id, r] : validated_) validated.push_back(r);
    report.before = summarise(before);
    report.after = summarise(after);
    report.cross_validated = summarise(validated);
    report.rows = after.size();
    report.sets = std::move(sets_);
    return {};
  }

 private:
  /// The residuals that count are those of a row's most specific set, fitted last.
  void keep(std::vector<Fitted> fitted) {
    for (auto& f : fitted) {
      for (const auto& [id, r] : f.before) before_[id] = r;
      for (const auto& [id, r] : f.after) after_[id] = r;
      for (const auto& [id, r] : f.validated) validated_[id] = r;
      sets_.push_back(std::move(f.set));
    }
  }

  base::Diagnostics kernels() {
    if (kernels_.empty()) return {};
    const auto chips = by_name(kernels_, chip_of);
    if (options_.from_shipped) {
      std::map<std::string, catalog::FittedSet> starts;
      for (const auto& [name, rows] : chips) {
        auto start = shipped(folder_ / "kernels", *rows.front());
        if (!start) return start.error();
        starts[name] = std::move(*start);
      }
      keep(fit_all(chips, [&](const std::string& name, const Rows& rows) {
        return fit_kernels(name, rows, starts.at(name), starts.at(name), options_, true);
      }));
      return {};
    }
    const auto first = catalog::read_fitted(folder_ / "kernels" / "default.toml");
    if (!first) return first.error();
    keep({fit_kernels("pooled", kernels_, *first, *first, options_, false)});
    const auto generations =
        fit_generations(by_name(kernels_, generation_of), *first, sets_.back(),
                        [&](const std::string& name, const Rows& rows, const catalog::FittedSet& start) {
                          return fit_kernels(name, rows, start, *first, options_, false);
                        });
    keep(fit_all(chips, [&](const std::string& name, const Rows& rows) {
      return fit_kernels(name, rows, generations.at(rows.front()->chip->generation), *first, options_, true);
    }));
    return {};
  }

  base::Diagnostics network() {
    if (network_.empty()) return {};
    const auto defaults = catalog::read_fitted(folder_ / "network" / "default.toml");
    if (!defaults) return defaults.error();
    const FabricTraits traits = fabric_traits(*defaults);
    const auto generations = by_name(network_, generation_of);
    if (options_.from_shipped) {
      std::map<std::string, catalog::FittedSet> starts;
      for (const auto& [name, rows] : generations) {
        auto start = shipped(folder_ / "network", *rows.front());
        if (!start) return start.error();
        starts[name] = std::move(*start);
      }
      keep(fit_all(generations, [&](const std::string& name, const Rows& rows) {
        return fit_network(name, rows, starts.at(name), starts.at(name), traits, name, options_, true);
      }));
      return {};
    }
    keep({fit_network("pooled", network_, *defaults, *defaults, traits, "", options_, false)});
    const std::size_t pooled = sets_.size() - 1;
    fit_generations(generations, *defaults, sets_[pooled],
                    [&](const std::string& name, const Rows& rows, const catalog::FittedSet& start) {
                      return fit_network(name, rows, start, *defaults, traits, name, options_, true);
                    });
    for (std::size_t i = pooled; i < sets_.size(); ++i) {
      if (sets_[i].rows > 0 && i != pooled) continue;
      if (!traits.reducing.contains(sets_[i].name))
        set_constant(sets_[i], "in_network.efficiency", 0, "the scale-up fabric is not known to reduce");
      set_constant(sets_[i], "scaleup.direct_links", traits.links(sets_[i].name), "data sheet");
    }
    return {};
  }

  static void set_constant(catalog::FittedSet& set, std::string_view name, double value,
                           const std::string& basis) {
    for (auto& p : set.parameters)
      if (p.name == name) p = {p.name, value, 0, p.unit, p.low, p.high, false, basis, p.meaning};
  }

  /// One set per generation, an earlier one before those that start from it; a generation that is tagged but has
  /// no rows gets a copy of the earlier one's constants.
  std::map<std::string, catalog::FittedSet> fit_generations(
      const std::map<std::string, Rows>& measured, const catalog::FittedSet& defaults,
      const catalog::FittedSet& pooled,
      const std::function<Fitted(const std::string&, const Rows&, const catalog::FittedSet&)>& one) {
    std::map<std::string, catalog::FittedSet> done;
    const catalog::FittedSet otherwise = pooled;
    std::set<std::string> waiting = tagged_generations(defaults);
    for (const auto& [name, rows] : measured) waiting.insert(name);
    while (!waiting.empty()) {
      auto next =
          waiting.begin();  // one whose earlier generation is done; a cycle of tags is cut at its first name
      for (auto at = waiting.begin(); at != waiting.end(); ++at)
        if (!waiting.contains(earlier_generation(defaults, *at))) {
          next = at;
          break;
        }
      const std::string name = *next;
      waiting.erase(next);
      const auto earlier = done.find(earlier_generation(defaults, name));
      const catalog::FittedSet& start = earlier == done.end() ? otherwise : earlier->second;
      if (const auto rows = measured.find(name); rows != measured.end()) {
        keep({one(name, rows->second, start)});
      } else {
        catalog::FittedSet copy = start;
        copy.name = name;
        copy.basis = "no measurements of this generation: constants of " + start.name;
        copy.rows = 0;
        copy.row_sources.clear();
        copy.quality.clear();
        sets_.push_back(std::move(copy));
      }
      done[name] = sets_.back();
    }
    return done;
  }

  std::filesystem::path folder_;
  const CalibrationOptions& options_;
  Rows kernels_, network_;
  std::vector<catalog::FittedSet> sets_;
  std::map<std::string, double> before_, after_, validated_;
};

void write_text(const std::filesystem::path& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), path.string());
}

}  // namespace

tl::expected<CalibrationReport, base::Diagnostics> calibrate(const KernelRows& rows,
                                                             const std::filesystem::path& calibration,
                                                             const CalibrationOptions& options) {
  CalibrationReport report;
  report.skipped = rows.skipped;
  if (auto problems = Calibration(rows, calibration, options).run(report); !problems.empty())
    return tl::unexpected(problems);
  for (const auto& set : report.sets)
    for (const auto& c : set.parameters) {
      CalibratedParameter p{
          set.name,
          {c.name, c.value, c.standard_error, c.unit, c.low, c.high, c.meaning, c.determined, c.basis}};
      if (!c.determined) report.undetermined.push_back(p);
      report.parameters.push_back(std::move(p));
    }
  return report;
}

void write_constants(std::span<const catalog::FittedSet> sets, const std::filesystem::path& out,
                     const std::string& provenance) {
  if (out.extension() == ".toml") return write_text(out, catalog::write_fitted(sets, provenance));
  for (const auto& set : sets) {
    const auto folder = set.kind == set.name ? out : out / set.kind;  // shared.toml, host.toml: one of a kind
    std::filesystem::create_directories(folder);
    write_text(folder / (set.name + ".toml"), catalog::write_fitted(set, provenance));
  }
}

tl::expected<std::vector<KernelGroupError>, base::Diagnostics> kernel_errors(
    const KernelRows& rows, const std::filesystem::path& calibration) {
  std::map<std::pair<std::string, std::string>, std::vector<double>> groups;
  const auto defaults = catalog::read_fitted(calibration / "network" / "default.toml");
  if (!defaults) return tl::unexpected(defaults.error());
  const FabricTraits traits = fabric_traits(*defaults);
  std::map<std::string, SetFit> fits;
  const CalibrationOptions options;
  for (const auto& r : rows.rows) {
    const std::string kind = r.is_network() ? "network" : "kernels";
    const std::string key = kind + " " + r.chip->name;
    auto fit = fits.find(key);
    if (fit == fits.end()) {
      auto set = shipped(calibration / kind, r);
      if (!set) return tl::unexpected(set.error());
      const auto predictor = r.is_network() ? network_predictor(*set, traits) : kernel_predictor(*set);
      fit = fits.emplace(key, SetFit(*set, predictor, options)).first;
    }
    const double residual = fit->second.residual(r);
    groups[{"chip", r.chip->name + " " + subject(r)}].push_back(residual);
    groups[{"subject", subject(r)}].push_back(residual);
    if (r.is_network() && r.bytes > 0) {
      const char* size = r.bytes < 65536      ? "below 64 KiB"
                         : r.bytes < 1048576  ? "64 KiB to 1 MiB"
                         : r.bytes < 33554432 ? "1 to 32 MiB"
                                              : "32 MiB and more";
      groups[{"collective and size", subject(r) + ", " + size}].push_back(residual);
    }
  }
  std::vector<KernelGroupError> out;
  for (const auto& [key, residuals] : groups) out.push_back({key.first, key.second, summarise(residuals)});
  return out;
}

}  // namespace gigawatt::analysis

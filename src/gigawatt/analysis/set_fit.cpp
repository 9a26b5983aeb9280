#include "gigawatt/analysis/set_fit.h"

#include <cmath>
#include <set>

#include <fmt/format.h>

namespace gigawatt::analysis {
namespace {

/// Rows that are left out together.
std::string fold_group(const KernelRow& r) {
  if (r.kind == KernelRow::Kind::kGemm) return fmt::format("{} {} {}", r.source, r.gemm.n, r.gemm.k);
  if (r.kind == KernelRow::Kind::kGroupedGemm)
    return fmt::format("{} {} {}", r.source, r.grouped.n, r.grouped.k);
  if (r.kind == KernelRow::Kind::kAttention) return fmt::format("{}", r.attention.q_len);
  return fmt::format("{:.0f}", r.bytes);
}

/// Fits parts of one set of constants, one after the other.
class SetFit {
 public:
  SetFit(catalog::FittedSet start, PredictRow predict, const CalibrationOptions& options)
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
        return;
      }
  }

  double residual(const KernelRow& r) const { return std::log(predict_(r, values_) / r.seconds); }
  const catalog::FittedSet& set() const { return set_; }
  catalog::FittedSet& set() { return set_; }

 private:
  catalog::FittedSet set_;
  std::string start_name_;
  PredictRow predict_;
  const CalibrationOptions& options_;
  std::vector<double> values_;
};

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
    const ErrorSummary a = summarize(three[1]);
    set.quality.push_back({what, static_cast<std::int64_t>(a.rows), summarize(three[0]).median_pct,
                           a.median_pct, a.p90_pct, summarize(three[2]).median_pct});
  }
}

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

/// Whether rows of these kinds say anything about a constant.
bool concerns(const std::string& parameter, bool reduces, bool inside, bool across) {
  if (parameter == "scaleup.direct_links") return false;  // from data sheets
  if (parameter.starts_with("in_network.")) return reduces && inside;
  if (parameter.starts_with("scaleout.")) return across;
  return inside;
}

}  // namespace

Fitted fit_kernels(const std::string& name, const Rows& rows, const catalog::FittedSet& start,
                   const catalog::FittedSet& first, const CalibrationOptions& options, bool validate) {
  SetFit fit(start, kernel_predictor(start), options);
  const SetFit before(first, kernel_predictor(first), options);
  std::map<std::string, double> validated;
  auto* const out = validate && options.cross_validate ? &validated : nullptr;

  for (std::size_t c = 0; c < kernels::kGemmClassCount; ++c) {
    const std::string prefix = fmt::format("gemm.{}.", kGemmClassNames[c]);
    const bool sixteen = static_cast<kernels::GemmClass>(c) == kernels::GemmClass::k16Bit;
    const Rows own = select(rows, [&](const KernelRow& r) {
      return is_product(r) && kernels::gemm_class(r.precision) == static_cast<kernels::GemmClass>(c);
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
  const Rows memory = select(rows, [](const KernelRow& r) { return r.kind == KernelRow::Kind::kMemory; });
  const auto* stream = fit.set().find("gemm.bf16.stream_efficiency");
  if (memory.empty() && stream && stream->determined)
    fit.assign("memory.efficiency", stream->value, "as gemm.bf16.stream_efficiency: no memory-bound rows");
  fit.part(memory, [](const std::string& p) { return p.starts_with("memory."); }, out);
  fit.part(
      select(rows, [](const KernelRow& r) { return r.kind == KernelRow::Kind::kAttention; }),
      [](const std::string& p) { return p.starts_with("attention.") || p == kPasses; }, out);
  return finish(fit, before, name, rows, std::move(validated));
}

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

}  // namespace gigawatt::analysis

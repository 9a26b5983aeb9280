#include "gigawatt/analysis/calibrate.h"

#include <cerrno>
#include <fstream>
#include <map>
#include <set>
#include <system_error>

#include "gigawatt/analysis/set_fit.h"
#include "gigawatt/base/parallel.h"

namespace gigawatt::analysis {
namespace {

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

std::map<std::string, Rows> by_name(const Rows& rows,
                                    const std::function<const std::string&(const KernelRow&)>& name) {
  std::map<std::string, Rows> out;
  for (const auto* r : rows) out[name(*r)].push_back(r);
  return out;
}

const std::string& generation_of(const KernelRow& r) { return r.chip->generation; }
const std::string& chip_of(const KernelRow& r) { return r.chip->name; }

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
      : folder_(folder), library_(folder), options_(options) {
    for (const auto& r : rows.rows) (r.is_network() ? network_ : kernels_).push_back(&r);
  }

  base::Diagnostics run(CalibrationReport& report) {
    if (auto problems = kernels(); !problems.empty()) return problems;
    if (auto problems = network(); !problems.empty()) return problems;
    std::vector<double> before, after, validated;
    for (const auto& [id, r] : before_) before.push_back(r);
    for (const auto& [id, r] : after_) after.push_back(r);
    for (const auto& [id, r] : validated_) validated.push_back(r);
    report.before = summarize(before);
    report.after = summarize(after);
    report.cross_validated = summarize(validated);
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
        auto start = shipped_set(library_, "kernels", *rows.front());
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
        auto start = shipped_set(library_, "network", *rows.front());
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
  catalog::FittedLibrary library_;
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

}  // namespace gigawatt::analysis

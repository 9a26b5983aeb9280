// Fits the host and scheduling costs of serving engines to published rows and writes them into data/engines:
//
//     fit_engines ROWS.csv DATA_FOLDER [--write | --print | --common [PULL [STARTS]]]
//
// Every engine has eighteen constants (serving/engine.h). They minimize the mean absolute logarithmic error, sources
// weighted by the root of their rows: first one set for the rows of all engines, then each engine's own, which are pulled
// to the common set, so that an engine with few rows moves little.
// The common search begins at STARTS places, the first of them the usual one, the others drawn between the bounds, and
// keeps the best end: errors have several valleys.
// With --common that is all, to try an idea. Then every source is predicted from the others, which gives the errors to quote and the 80% bands.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <Eigen/Dense>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/measured/serving_errors.h"

namespace {

using namespace gigawatt;

struct Constant {
  const char* key;
  double serving::Engine::* member;
  double low, high, start, scale;  ///< `scale` turns SI into the file's unit
  const char* unit;
};

constexpr std::array<Constant, 18> kConstants = {{
    {"kernel_time", &serving::Engine::kernel_time, 0.7, 1.6, 1.05, 1, ""},
    {"expert_time", &serving::Engine::expert_time, 0.7, 3, 1.3, 1, ""},
    {"exchange_time", &serving::Engine::exchange_time, 0.5, 3, 1.1, 1, ""},
    {"reduce_time", &serving::Engine::reduce_time, 0.3, 3, 1.1, 1, ""},
    {"prompt_expert_time", &serving::Engine::prompt_expert_time, 0.7, 4, 1.5, 1, ""},
    {"sparse_time", &serving::Engine::sparse_time, 0.7, 4, 1.5, 1, ""},
    {"token", &serving::Engine::token_s, 0, 5e-6, 2e-6, 1e6, " us"},
    {"prompt_time", &serving::Engine::prompt_time, 0.7, 2.5, 1.1, 1, ""},
    {"layer", &serving::Engine::layer_s, 0, 40e-6, 8e-6, 1e6, " us"},
    {"sparse_layer", &serving::Engine::sparse_layer_s, 0, 150e-6, 60e-6, 1e6, " us"},
    {"state_layer", &serving::Engine::state_layer_s, 0, 60e-6, 10e-6, 1e6, " us"},
    {"expert_skew", &serving::Engine::expert_skew, 0, 1, 0.5, 1, ""},
    {"prompt_layer", &serving::Engine::prompt_layer_s, 0, 3e-3, 0.4e-3, 1e6, " us"},
    {"prompt_module_layer", &serving::Engine::prompt_module_layer_s, 0, 6e-3, 2e-3, 1e6, " us"},
    {"iteration", &serving::Engine::iteration_s, 0, 10e-3, 1e-3, 1e3, " ms"},
    {"sequence", &serving::Engine::sequence_s, 0, 60e-6, 5e-6, 1e6, " us"},
    {"request", &serving::Engine::request_s, 0, 400e-3, 50e-3, 1e3, " ms"},
    {"request_serial", &serving::Engine::request_serial_s, 0, 20e-3, 1e-3, 1e3, " ms"},
}};
using Values = std::array<double, kConstants.size()>;

void set(serving::Engine& engine, const Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i) engine.*kConstants[i].member = values[i];
}

/// The engine and its old versions, which share the costs.
std::vector<serving::Engine*> family(std::vector<serving::Engine>& engines, std::size_t base) {
  std::vector<serving::Engine*> out;
  for (auto& e : engines)
    if (e.base == engines[base].name) out.push_back(&e);
  return out;
}

struct Row {
  measured::PreparedCase prepared;
  std::string source;
  std::string base;    ///< engine without its version
  bool fitted = true;  ///< not: long runs, which cost the most and say the least, and old versions
};

constexpr double kLongRun = 2000;  // requests

constexpr double kCeiling = 0.8;  // a row that something unstated decides counts no more

/// Logarithms of predicted over measured, row by row and quantity by quantity, with the weight of each.
struct Residuals {
  std::vector<double> logs;
  std::vector<double> weights;
};

Residuals residuals(const std::vector<const Row*>& rows) {
  std::map<std::string, std::map<std::string, int>> counts;  // quantity, source
  for (const Row* row : rows)
    for (const auto& [quantity, x] : row->prepared.asked.measured) ++counts[quantity][row->source];
  Residuals out;
  for (const Row* row : rows) {
    const auto found = measured::predict(row->prepared);
    for (const auto& [quantity, x] : row->prepared.asked.measured) {
      out.logs.push_back(found ? std::log(found->at(quantity) / x) : kCeiling);
      double all = 0;  // sources count by the root of their rows
      for (const auto& [source, n] : counts[quantity]) all += std::sqrt(static_cast<double>(n));
      out.weights.push_back(1 / (all * std::sqrt(static_cast<double>(counts[quantity][row->source]))));
    }
  }
  return out;
}

double pull_of(const Values& values, const Values& home, double pull) {
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double away = (values[i] - home[i]) / (kConstants[i].high - kConstants[i].low);
    total += pull * away * away;
  }
  return total;
}

/// Mean absolute error of the rows plus the pull of the constants towards `home`.
double error(const Residuals& r, const Values& values, const Values& home, double pull) {
  double total = pull_of(values, home, pull);
  for (std::size_t i = 0; i < r.logs.size(); ++i)
    total += r.weights[i] * std::min(std::abs(r.logs[i]), kCeiling);
  return total;
}

/// Levenberg and Marquardt's search for the least absolute error: squares weighted anew by 1/|residual|, rows beyond the
/// ceiling left out; constants in shares of their range.
Values search(std::vector<serving::Engine*> engines, Values values, const Values& home, double pull,
              const std::vector<const Row*>& rows) {
  constexpr double kStep = 0.02;   // of a constant's range, for slopes
  constexpr double kSmall = 0.05;  // residuals below count alike
  constexpr int kRounds = 8;
  constexpr std::size_t n = std::tuple_size_v<Values>;
  const auto trial = [&](const Values& x) {
    for (auto* e : engines) set(*e, x);
    return residuals(rows);
  };
  const auto range = [](std::size_t i) { return kConstants[i].high - kConstants[i].low; };
  auto now = trial(values);
  double best = error(now, values, home, pull);
  double damping = 1e-3;
  for (int round = 0; round < kRounds && damping < 1; ++round) {
    Eigen::MatrixXd slopes(static_cast<Eigen::Index>(now.logs.size()), static_cast<Eigen::Index>(n));
    for (std::size_t i = 0; i < n; ++i) {
      Values next = values;
      const double step = values[i] + kStep * range(i) <= kConstants[i].high ? kStep : -kStep;
      next[i] += step * range(i);
      const auto moved = trial(next);
      for (std::size_t k = 0; k < now.logs.size(); ++k)
        slopes(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(i)) =
            (moved.logs[k] - now.logs[k]) / step;
    }
    Eigen::VectorXd weight(slopes.rows());
    Eigen::VectorXd left(slopes.rows());
    for (std::size_t k = 0; k < now.logs.size(); ++k) {
      const double size = std::abs(now.logs[k]);
      weight(static_cast<Eigen::Index>(k)) = size > kCeiling ? 0 : now.weights[k] / std::max(size, kSmall);
      left(static_cast<Eigen::Index>(k)) = now.logs[k];
    }
    Eigen::MatrixXd square = slopes.transpose() * weight.asDiagonal() * slopes;
    Eigen::VectorXd slope = slopes.transpose() * weight.asDiagonal() * left;
    for (std::size_t i = 0; i < n; ++i) {
      square(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(i)) += 2 * pull;
      slope(static_cast<Eigen::Index>(i)) += 2 * pull * (values[i] - home[i]) / range(i);
    }
    bool moved = false;
    for (int attempt = 0; attempt < 5 && !moved; ++attempt) {
      Eigen::MatrixXd damped = square;
      damped.diagonal() += damping * (square.diagonal().array() + 1e-3).matrix();
      const Eigen::VectorXd change = damped.ldlt().solve(-slope);
      Values next = values;
      for (std::size_t i = 0; i < n; ++i)
        next[i] =
            std::clamp(values[i] + range(i) * std::clamp(change(static_cast<Eigen::Index>(i)), -0.25, 0.25),
                       kConstants[i].low, kConstants[i].high);
      const auto then = trial(next);
      const double found = error(then, next, home, pull);
      moved = found < best - 1e-4;
      damping = moved ? damping / 4 : damping * 8;
      if (!moved) continue;
      best = found;
      values = next;
      now = then;
    }
    if (!moved) break;
  }
  for (auto* e : engines) set(*e, values);
  return values;
}

constexpr double kWeakPull = 0.02;

/// What all engines have in common: one set of constants for the rows of all of them.
Values fit_common(std::vector<serving::Engine>& engines, const std::vector<const Row*>& rows,
                  const Values* begin = nullptr) {
  std::vector<serving::Engine*> all;
  for (auto& e : engines) all.push_back(&e);
  Values start;
  for (std::size_t i = 0; i < start.size(); ++i) start[i] = kConstants[i].start;
  return search(all, begin != nullptr ? *begin : start, start, kWeakPull, rows);
}

/// The best end of searches from `starts` places.
Values fit_common_from(std::vector<serving::Engine>& engines, const std::vector<const Row*>& rows,
                       int starts) {
  Values home;
  for (std::size_t i = 0; i < home.size(); ++i) home[i] = kConstants[i].start;
  Values best = home;
  double least = 0;
  std::mt19937_64 draws(18);
  for (int k = 0; k < starts; ++k) {
    Values begin = home;
    // Half way from the usual place to anywhere between the bounds: the corners are far from any engine.
    for (std::size_t i = 0; k > 0 && i < begin.size(); ++i) {
      const double share = static_cast<double>(draws() >> 11U) * 0x1p-53;
      begin[i] = (home[i] + kConstants[i].low + share * (kConstants[i].high - kConstants[i].low)) / 2;
    }
    const Values end = fit_common(engines, rows, &begin);
    for (auto& e : engines) set(e, end);
    const double found = error(residuals(rows), end, home, kWeakPull);
    std::cout << fmt::format("start {}: mean absolute error {:.4f}\n", k, found) << std::flush;
    if (k > 0 && found >= least) continue;
    least = found;
    best = end;
  }
  for (auto& e : engines) set(e, best);
  return best;
}

constexpr double kQuickLaunch = 0.07;  // of the range

/// An engine's own constants: away from the common ones as far as its rows insist. Launches of prompts have no slope where
/// kernels take longer: engines whose host may be quick (graphs, compiled layers) are searched from there as well.
void fit(const std::vector<serving::Engine*>& engines, const Values& common, double pull,
         const std::vector<const Row*>& rows) {
  for (auto* e : engines) set(*e, common);
  if (rows.empty()) return;
  Values quick = common;
  for (std::size_t i = 0; i < quick.size(); ++i)
    if (std::string_view(kConstants[i].key).ends_with("_layer") &&
        std::string_view(kConstants[i].key).starts_with("prompt_"))
      quick[i] = kQuickLaunch * kConstants[i].high;
  const Values slow_end = search(engines, common, common, pull, rows);
  const double slow = error(residuals(rows), slow_end, common, pull);
  const Values quick_end = search(engines, quick, common, pull, rows);
  if (slow <= error(residuals(rows), quick_end, common, pull))
    for (auto* e : engines) set(*e, slow_end);
}

struct Residual {
  std::size_t engine;
  std::string source, quantity, id;
  double log_ratio;  ///< of measured over predicted
};

void add_residuals(const std::vector<const Row*>& rows, std::vector<Residual>& out) {
  for (const Row* row : rows)
    if (const auto values = measured::predict(row->prepared))
      for (const auto& [quantity, x] : row->prepared.asked.measured)
        out.push_back({row->prepared.asked.engine, row->source, quantity, row->prepared.asked.id,
                       std::log(x / values->at(quantity))});
}

double at_share(std::vector<double> v, double share) {
  std::sort(v.begin(), v.end());
  return v[static_cast<std::size_t>(share * static_cast<double>(v.size() - 1) + 0.5)];
}

void print(const char* title, const std::vector<Residual>& residuals) {
  std::map<std::string, std::map<std::string, std::vector<double>>> errors;
  for (const auto& r : residuals)
    errors[r.quantity][r.source].push_back(100 * std::abs(std::expm1(-r.log_ratio)));
  std::cout << title << "\n";
  for (auto& [quantity, sources] : errors) {
    double macro = 0;
    std::vector<double> all;
    for (auto& [source, list] : sources) {
      macro += at_share(list, 0.5) / static_cast<double>(sources.size());
      all.insert(all.end(), list.begin(), list.end());
      std::cout << fmt::format("  {:22} {:10} {:4} {:6.1f}%\n", quantity, source, list.size(),
                               at_share(list, 0.5));
    }
    std::cout << fmt::format("  {:22} macro {:.1f}%, all rows {:.1f}%\n", quantity, macro,
                             at_share(all, 0.5));
  }
}

/// Replaces or adds `key = value` lines of the engine's file.
void write_values(const std::filesystem::path& file, const std::map<std::string, std::string>& values) {
  std::ifstream in(file);
  std::string line;
  std::string text;
  std::set<std::string> written;
  bool old_versions = false;  // their tables are not fitted
  while (std::getline(in, line)) {
    const auto key = line.substr(0, line.find(' '));
    old_versions = old_versions || line.starts_with("[[");
    if (const auto at = values.find(key); at != values.end() && !old_versions) {
      line = key + " = " + at->second;
      written.insert(key);
    }
    text += line + "\n";
  }
  std::string added;
  for (const auto& [key, value] : values)
    if (!written.contains(key)) added += key + " = " + value + "\n";
  const auto tables = std::min(text.find("\n\n"), text.size());  // old versions follow a blank line
  text.insert(std::min(tables + 1, text.size()), added);
  in.close();
  std::ofstream(file) << text;
}

void write_engine(const std::filesystem::path& data, const serving::Engine& e) {
  std::map<std::string, std::string> values;
  for (const auto& c : kConstants) {
    const auto number = fmt::format("{:.4g}", e.*c.member * c.scale);
    values[c.key] = *c.unit == 0 ? number : fmt::format("\"{}{}\"", number, c.unit);
  }
  for (const auto& [key, x] : std::map<std::string, double>{{"rate_low", e.rate_low},
                                                            {"rate_high", e.rate_high},
                                                            {"first_low", e.first_low},
                                                            {"first_high", e.first_high},
                                                            {"token_low", e.token_low},
                                                            {"token_high", e.token_high}})
    values[key] = fmt::format("{:.3f}", x);
  write_values(data / "engines" / (e.name + ".toml"), values);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "usage: fit_engines ROWS.csv DATA_FOLDER [--write | --print | --common [PULL [STARTS]]]\n";
    return 2;
  }
  const std::filesystem::path data = arguments[2];
  const auto known = catalog::Catalog::load(data);
  const auto laws = kernels::LawBook::load(data / "calibration" / "laws");
  if (!known || !laws) {
    std::cerr << base::render(known ? laws.error() : known.error());
    return 1;
  }
  const catalog::FittedLibrary calibration(data / "calibration", {});
  auto basis = measured::serving_basis(data, *known, *laws, calibration);
  const auto csv = config::read_csv(arguments[1]);
  if (!basis || !csv) {
    std::cerr << (basis ? base::render(csv.error()) : base::render(basis.error()));
    return 1;
  }
  const auto table = measured::parse_serving_rows(*csv, *basis);
  std::map<std::string, int> reasons;
  for (const auto& s : table.skipped) ++reasons[s.why];
  for (const auto& [why, n] : reasons) std::cout << fmt::format("skipped {:4}: {}\n", n, why);
  std::vector<Row> rows;
  for (const auto& c : table.cases) {
    auto prepared = measured::prepare(c, *basis);
    if (prepared)
      rows.push_back(
          {std::move(*prepared), c.id.substr(0, c.id.find('-')), basis->engines[c.engine].base,
           c.load.concurrency * c.client.per_slot <= kLongRun && basis->engines[c.engine].before.empty()});
  }
  // Of the plans that a row may have had the two best under the shipped constants stay.
  constexpr double kFewRequests =
      400;  // derivatives over a thousand evaluations need no 99th percentile to a percent
  for (auto& r : rows) {
    measured::keep_best_plans(r.prepared, 2);
    r.prepared.server_requests = kFewRequests;
  }
  std::set<std::string> sources;
  for (const auto& r : rows) sources.insert(r.source);
  std::vector<Residual> left_out;
  std::vector<Residual> within;
  const double pull = count > 4 ? std::stod(arguments[4]) : 0.1;
  const auto rows_of = [&](std::size_t engine, const std::string& source, bool of_source, bool all = true) {
    std::vector<const Row*> out;
    for (const auto& r : rows)
      if ((engine == basis->engines.size() || r.base == basis->engines[engine].name) && (all || r.fitted) &&
          (source.empty() || (r.source == source) == of_source))
        out.push_back(&r);
    return out;
  };
  const std::size_t every = basis->engines.size();
  const int starts = count > 5 ? std::stoi(arguments[5]) : 1;
  const auto common = fit_common_from(basis->engines, rows_of(every, "", true, false), starts);
  std::cout << "common";
  for (std::size_t i = 0; i < kConstants.size(); ++i)
    std::cout << fmt::format("  {} {:.4g}{}", kConstants[i].key, common[i] * kConstants[i].scale,
                             kConstants[i].unit);
  std::cout << "\n";
  if (count > 3 && std::string_view(arguments[3]) == "--common") {
    add_residuals(rows_of(every, "", true), within);
    print("common constants", within);
    for (const auto& r : within) std::cerr << fmt::format("{},{},{:.4f}\n", r.id, r.quantity, -r.log_ratio);
    return 0;
  }
  for (const auto& source : sources) {
    const auto others = fit_common(basis->engines, rows_of(every, source, false, false), &common);
    for (std::size_t i = 0; i < every; ++i) {
      const auto out = rows_of(i, source, true);
      if (out.empty()) continue;
      fit(family(basis->engines, i), others, pull, rows_of(i, source, false, false));
      add_residuals(out, left_out);
    }
  }
  for (std::size_t i = 0; i < every; ++i) {
    auto& engine = basis->engines[i];
    if (engine.base != engine.name) continue;
    const auto mine = rows_of(i, "", true);
    fit(family(basis->engines, i), common, pull, rows_of(i, "", true, false));
    add_residuals(mine, within);
    std::cout << engine.name;
    for (const auto& c : kConstants)
      std::cout << fmt::format("  {} {:.4g}{}", c.key, engine.*c.member * c.scale, c.unit);
    std::cout << fmt::format("  ({} rows)\n", mine.size());
  }
  print("fitted to all rows", within);
  print("sources left out", left_out);
  // Bands hold 82% of the rows of the fit: a little more than 80%, since the constants have seen these rows.
  // Engines share them, since few sources name one engine only.
  std::map<std::string, std::vector<double>> logs;
  for (const auto& r : within) logs[r.quantity].push_back(r.log_ratio);
  for (auto& engine : basis->engines) {
    const auto ends = [&](const char* quantity, double& low, double& high) {
      low = std::exp(at_share(logs[quantity], 0.09));
      high = std::exp(at_share(logs[quantity], 0.91));
    };
    ends("tokens_per_s_per_gpu", engine.rate_low, engine.rate_high);
    ends("ttft_ms", engine.first_low, engine.first_high);
    ends("tpot_ms", engine.token_low, engine.token_high);
    if (engine.base == engine.name && count > 3 && std::string_view(arguments[3]) == "--write")
      write_engine(data, engine);
  }
}

#include "gigawatt/grid/dispatch.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/grid/program.h"
#include "gigawatt/grid/recursion.h"
#include "gigawatt/solver/solve.h"

namespace gigawatt::grid {
namespace {

constexpr std::size_t kWindowHours = 168;
constexpr std::size_t kOverlapHours = 24;

base::Diagnostics check(const Problem& p) {
  base::Diagnostics out;
  const std::size_t hours = p.load_mw.size();
  const auto wrong = [&](std::string message, std::string hint = {}) {
    out.push_back(base::error("bad-dispatch", std::move(message), std::move(hint)));
  };
  const auto finite = [](const std::vector<double>& v) {
    return std::all_of(v.begin(), v.end(), [](double x) { return std::isfinite(x); });
  };
  for (std::size_t t = 0; t < hours && out.size() < 10; ++t)
    if (!(p.load_mw[t] >= 0) || !std::isfinite(p.load_mw[t]))
      wrong(fmt::format("hour {}: a load of {} MW", t, p.load_mw[t]));
  for (const Source& s : p.sources) {
    if (s.limit_mw.size() != 1 && s.limit_mw.size() != hours)
      wrong(fmt::format("{}: {} limits for {} hours", s.name, s.limit_mw.size(), hours));
    if (s.cost_usd_per_mwh.size() != 1 && s.cost_usd_per_mwh.size() != hours)
      wrong(fmt::format("{}: {} costs for {} hours", s.name, s.cost_usd_per_mwh.size(), hours));
    if (!finite(s.limit_mw) || !finite(s.cost_usd_per_mwh))
      wrong(s.name + ": limits and costs must be finite");
    if (!(s.ramp_mw >= 0)) wrong(fmt::format("{}: a ramp of {} MW", s.name, s.ramp_mw));
  }
  for (const Storage& s : p.storages) {
    if (!(s.energy_mwh > 0))
      wrong(fmt::format("{}: a battery of {} MWh", s.name, s.energy_mwh),
            "give its energy (MWh) besides its power (MW), or leave it out");
    if (!(s.charge_mw >= 0) || !(s.discharge_mw >= 0)) wrong(s.name + ": negative power");
    if (!(s.charge_efficiency > 0 && s.charge_efficiency <= 1 && s.discharge_efficiency > 0 &&
          s.discharge_efficiency <= 1))
      wrong(s.name + ": efficiencies lie above 0 and at most at 1");
    if (!(s.standing_loss >= 0 && s.standing_loss < 1))
      wrong(s.name + ": a standing loss of 0 to below 1 an hour");
    if (!s.cyclic &&
        (s.start_mwh < 0 || s.start_mwh > s.energy_mwh || s.end_mwh < 0 || s.end_mwh > s.energy_mwh))
      wrong(s.name + ": starts or ends outside of its energy");
  }
  for (const PeakCharge& peak : p.peaks)
    if (peak.source >= p.sources.size() || peak.period.size() != hours)
      wrong("a peak charge without its source or periods");
  return out;
}

std::size_t periods_of(const Problem& p) {
  return p.peaks.empty() || p.load_mw.empty() ? 0 : static_cast<std::size_t>(p.peaks[0].period.back()) + 1;
}

/// The best caps (and the start of a cyclic storage) by cutting planes. The cost of a period is convex in its cap and in
/// the states of charge at both of its ends; one run of the recursion gives value and slopes of every period, so that each
/// period has planes of its own and the months are learned side by side, not as one function of all caps.
class Planes {
 public:
  explicit Planes(const Problem& problem) : p_(problem), recursion_(problem), periods_(periods_of(problem)) {
    parts_ = std::max<std::size_t>(1, periods_);
    if (!p_.storages.empty()) storage_ = &p_.storages[0];
    cyclic_ = storage_ && storage_->cyclic;
  }

  tl::expected<Dispatch, base::Diagnostics> solve() {
    std::vector<double> caps(periods_, kUnlimited);
    double start = storage_ ? storage_->start_mwh : 0;
    if (cyclic_) start = std::clamp(start, 0.0, storage_->energy_mwh);
    if (!evaluate(caps, start))
      return tl::unexpected(base::Diagnostics{
          base::error("no-dispatch", "the storage cannot reach its state of charge at the end",
                      "lower it, or give the storage more power")});
    if (periods_ > 0) {
      tighten(caps);
      if (!evaluate(caps, start))
        return tl::unexpected(
            base::Diagnostics{base::error("no-dispatch", "no dispatch under the highest draw")});
    }
    if (periods_ + (cyclic_ ? 1 : 0) > 0)
      improve(caps);
    else
      bound_ = best_cost_;
    return result();
  }

  const Recursion& recursion() const { return recursion_; }

 private:
  bool evaluate(const std::vector<double>& caps, double start) {
    const double end = cyclic_ ? start : storage_ ? storage_->end_mwh : 0;
    auto run = recursion_.run(caps, start, end, cyclic_);
    if (!run) return false;
    double cost = run->cost_usd;
    for (std::size_t k = 0; k < periods_; ++k)
      if (std::isfinite(caps[k])) cost += p_.peaks[0].usd_per_mw * caps[k];
    for (std::size_t k = 0; k < parts_; ++k) {
      Cut cut{k, run->period_usd[k], 0, 0, run->period_start_mwh[k], run->start_slope[k],
              0, -run->end_slope[k]};
      cut.end = k + 1 < parts_ ? run->period_start_mwh[k + 1] : run->state_mwh.back();
      if (periods_ > 0 && std::isfinite(caps[k])) {
        cut.cap = caps[k];
        cut.cost_usd += p_.peaks[0].usd_per_mw * caps[k];
        cut.cap_slope = p_.peaks[0].usd_per_mw - run->cap_value[k];
      }
      cuts_.push_back(cut);
    }
    if (cost < best_cost_ || best_caps_.empty() != (periods_ == 0)) {
      best_cost_ = cost;
      best_ = std::move(*run);
      best_caps_ = caps;
    }
    return true;
  }

  /// A cap above the draw without one changes nothing: begin there.
  void tighten(std::vector<double>& caps) {
    const PeakCharge& peak = p_.peaks[0];
    std::vector<double> mw(p_.sources.size());
    std::fill(caps.begin(), caps.end(), peak.least_mw);
    for (std::size_t t = 0; t < p_.load_mw.size(); ++t) {
      recursion_.split(t, p_.load_mw[t] + best_.charge_mw[t] - best_.discharge_mw[t], {}, mw);
      double& cap = caps[static_cast<std::size_t>(peak.period[t])];
      cap = std::max(cap, mw[peak.source]);
    }
    highest_ = caps;
    cuts_.clear();
    best_caps_.clear();
    best_cost_ = kUnlimited;
  }

  /// Kelley's method: the next point is the least of the planes so far. Where that is no dispatch (the storage cannot end
  /// where it must under such caps), or teaches nothing, the next point lies between it and the best so far: a point of the
  /// convex set of caps that have a dispatch, from which new planes follow.
  void improve(std::vector<double>& caps) {
    constexpr int kRounds = 400, kHalvings = 30, kPatience = 12;
    constexpr double kGap = 1e-8;
    constexpr double kUnit = 1e-3;  // of the cost: the solver's tolerance of 1e-7 is then no part of the gap
    const double scale = kUnit * std::max(1.0, std::abs(best_cost_));
    solver::Model model;
    std::vector<int> cap_column, state_column, height;
    for (std::size_t k = 0; k < periods_; ++k)
      cap_column.push_back(
          model.add_column(0, p_.peaks[0].least_mw, std::max(p_.peaks[0].least_mw, highest_[k])));
    for (std::size_t k = 0; storage_ && k <= parts_; ++k) {
      const bool first = k == 0 && !cyclic_, last = k == parts_ && !cyclic_;
      state_column.push_back(model.add_column(0,
                                              first  ? cuts_.front().start
                                              : last ? storage_->end_mwh
                                                     : 0,
                                              first ? cuts_.front().start : storage_->energy_mwh));
    }
    if (cyclic_) model.add_row(0, 0, {{state_column.front(), 1}, {state_column.back(), -1}});
    for (std::size_t k = 0; k < parts_; ++k)
      height.push_back(
          model.add_column(1, -10 / kUnit, 10 / kUnit));  // of the period's cost, from the first one
    std::vector<double> origin(parts_);
    for (std::size_t k = 0; k < parts_; ++k) origin[k] = cuts_[k].cost_usd;
    std::size_t used = 0;
    const auto add_cuts = [&] {
      for (; used < cuts_.size(); ++used) {
        const Cut& c = cuts_[used];
        double right = (c.cost_usd - origin[c.part]) / scale;
        std::vector<std::pair<int, double>> entries{{height[c.part], 1}};
        const auto along = [&](int column, double at, double slope) {
          if (std::abs(slope / scale) <= 1e-9) return;  // the solver drops such coefficients
          right -= slope / scale * at;
          entries.emplace_back(column, -slope / scale);
        };
        if (periods_ > 0) along(cap_column[c.part], c.cap, c.cap_slope);
        if (storage_) {
          along(state_column[c.part], c.start, c.start_slope);
          along(state_column[c.part + 1], c.end, c.end_slope);
        }
        const int row = model.add_row(right, solver::kInfinity);
        for (const auto& [column, x] : entries) model.add_entry(row, column, x);
      }
    };
    double before = kUnlimited;
    int idle = 0;
    for (int round = 0; round < kRounds; ++round) {
      add_cuts();
      const auto least = solver::solve(model);
      if (!least || least->status != solver::Status::kOptimal) return;
      double bound = scale * least->objective;
      for (const double usd : origin) bound += usd;
      idle = bound > bound_ || best_cost_ < before ? 0 : idle + 1;
      before = best_cost_;
      bound_ = std::max(bound_, bound);
      if (best_cost_ - bound_ <= kGap * std::max(1.0, std::abs(best_cost_)) || idle > kPatience) return;
      const double from = cyclic_ ? best_.state_mwh.front() : cuts_.front().start;
      const double to = cyclic_ ? least->x[static_cast<std::size_t>(state_column[0])] : from;
      bool done = false;
      double share = idle == 0 ? 1 : 0.5;  // of the way from the best point to the planes' least
      for (int halving = 0; halving < kHalvings && !done; ++halving, share /= 2) {
        for (std::size_t k = 0; k < periods_; ++k)
          caps[k] =
              best_caps_[k] + share * (least->x[static_cast<std::size_t>(cap_column[k])] - best_caps_[k]);
        done = evaluate(caps, from + share * (to - from));
      }
      if (!done) return;
    }
  }

  Dispatch result() {
    Dispatch out = blank(p_);
    std::vector<double> mw(p_.sources.size());
    for (std::size_t t = 0; t < p_.load_mw.size(); ++t) {
      const double c = storage_ ? best_.charge_mw[t] : 0, d = storage_ ? best_.discharge_mw[t] : 0;
      recursion_.split(t, p_.load_mw[t] + c - d, best_caps_, mw);
      for (std::size_t i = 0; i < mw.size(); ++i) out.source_mw[i][t] = mw[i];
      if (storage_) {
        out.charge_mw[0][t] = c;
        out.discharge_mw[0][t] = d;
      }
    }
    if (storage_) out.state_mwh[0] = best_.state_mwh;
    for (std::size_t k = 0; k < periods_; ++k) out.peak_mw[k] = best_caps_[k];
    out.price_low = std::move(best_.price_low);
    out.price_high = std::move(best_.price_high);
    out.cost_usd = best_cost_ + p_.constant_usd;
    out.bound_usd = std::min(best_cost_, bound_) + p_.constant_usd;
    out.method = storage_ ? "recursion" : "merit order";
    return out;
  }

  /// A plane under the cost of one period, over its cap and the states at its ends.
  struct Cut {
    std::size_t part;
    double cost_usd;
    double cap, cap_slope;
    double start, start_slope;
    double end, end_slope;
  };

  const Problem& p_;
  Recursion recursion_;
  std::size_t periods_;
  std::size_t parts_ = 1;  ///< periods; one where nothing is charged by periods
  const Storage* storage_ = nullptr;
  bool cyclic_ = false;
  std::vector<Cut> cuts_;
  std::vector<double> highest_, best_caps_;
  Recursion::Run best_;
  double best_cost_ = kUnlimited, bound_ = -kUnlimited;
};

bool ramps_hold(const Problem& p, const Dispatch& d) {
  for (std::size_t i = 0; i < p.sources.size(); ++i)
    for (std::size_t t = 1; std::isfinite(p.sources[i].ramp_mw) && t < p.load_mw.size(); ++t)
      if (std::abs(d.source_mw[i][t] - d.source_mw[i][t - 1]) > p.sources[i].ramp_mw + 1e-7) return false;
  return true;
}

/// Ramps by linear programs over windows, each of which sees the cost of the future without ramps. The highest draws,
/// fixed within a pass over the year, are moved between passes by what the windows say they would save. From the second
/// pass on every window starts from its last basis.
class Windows {
 public:
  Windows(const Problem& problem, const Dispatch& relaxed)
      : p_(problem), fixed_(fixed(problem, relaxed)), relaxed_(relaxed), caps_(relaxed.peak_mw) {}

  tl::expected<Dispatch, base::Diagnostics> solve() {
    constexpr int kPasses = 5;
    constexpr double kEnough = 3e-4;  // of the cost
    for (int pass = 0; pass < kPasses; ++pass) {
      auto out = year(fixed_);
      if (!out) return out;
      if (pass == 0 || out->cost_usd < best_.cost_usd) best_ = *out;
      if (caps_.empty() || best_.gap() < kEnough || !move(kEnough)) break;
    }
    return best_;
  }

  /// The year's cost with other limits: under these caps, or under caps that are moved by `caps_move`.
  tl::expected<double, base::Diagnostics> cost(const Problem& changed, const std::vector<double>& caps_move) {
    const Problem now = fixed(changed, relaxed_);
    const auto kept = year(now);
    if (!kept) return tl::unexpected(kept.error());
    double least = kept->cost_usd;
    const auto caps = caps_;
    for (std::size_t k = 0; k < std::min(caps_.size(), caps_move.size()); ++k)
      caps_[k] = std::max(p_.peaks[0].least_mw, caps_[k] + caps_move[k]);
    if (caps_ != caps)
      if (const auto again = year(now)) least = std::min(least, again->cost_usd);
    caps_ = caps;
    return least;
  }

 private:
  /// A cyclic storage starts and ends where it does without ramps.
  static Problem fixed(const Problem& problem, const Dispatch& relaxed) {
    Problem out = problem;
    if (out.storages.empty() || !out.storages[0].cyclic) return out;
    Storage& s = out.storages[0];
    s.cyclic = false;
    s.start_mwh = s.end_mwh = std::min(s.energy_mwh, relaxed.state_mwh[0][0]);
    return out;
  }

  tl::expected<void, base::Diagnostics> open(const Problem& p, const Recursion* recursion, std::size_t number,
                                             Window& w) {
    if (number < programs_.size()) return {};
    if (recursion != nullptr && w.end < p.load_mw.size()) w.future = recursion->future(w.end);
    auto program = WindowProgram::open(p, w);
    if (!program) return tl::unexpected(program.error());
    programs_.push_back(std::move(*program));
    return {};
  }

  tl::expected<Dispatch, base::Diagnostics> year(const Problem& p) {
    const std::size_t hours = p.load_mw.size();
    const Storage* storage = p.storages.empty() ? nullptr : &p.storages[0];
    std::optional<Recursion> recursion;
    if (programs_.empty() && storage != nullptr) {
      recursion.emplace(p);
      recursion->cost(caps_, storage->start_mwh, storage->end_mwh, false);
    }
    Dispatch out = blank(p);
    saving_.assign(caps_.size(), 0);
    Window w = whole(p);
    w.caps = caps_;
    std::size_t number = 0;
    for (std::size_t begin = 0;; begin += kWindowHours, ++number) {
      w.begin = begin;
      w.end = std::min(hours, begin + kWindowHours + kOverlapHours);
      if (hours - w.end < kWindowHours / 2) w.end = hours;
      w.future.clear();
      if (auto opened = open(p, recursion ? &*recursion : nullptr, number, w); !opened)
        return tl::unexpected(opened.error());
      const auto done = programs_[number].solve(p, w, out);
      if (!done) return tl::unexpected(done.error());
      const std::size_t kept = w.end == hours ? hours : begin + kWindowHours;
      for (std::size_t t = begin; t < kept && !caps_.empty(); ++t)
        saving_[static_cast<std::size_t>(p.peaks[0].period[t])] += done->cap_saving[t - begin];
      if (w.end == hours) break;
      for (std::size_t k = 0; k < p.storages.size(); ++k) w.state_mwh[k] = out.state_mwh[k][kept];
      w.before_mw.clear();
      for (const auto& mw : out.source_mw) w.before_mw.push_back(mw[kept - 1]);
    }
    out.peak_mw = caps_;
    out.cost_usd = cost_of(p, out);
    out.bound_usd = relaxed_.bound_usd;
    out.method = "windows";
    return out;
  }

  /// The next caps, by false position on their slopes; false where little is left to gain.
  bool move(double enough) {
    const PeakCharge& peak = p_.peaks[0];
    low_.resize(caps_.size(), {peak.least_mw, 0});
    high_.resize(caps_.size(), {kUnlimited, 0});
    double left = 0;
    for (std::size_t k = 0; k < caps_.size(); ++k) {
      const double slope = peak.usd_per_mw - saving_[k];
      Point& side = slope > 0 ? high_[k] : low_[k];
      side = {caps_[k], slope};
      const bool both = std::isfinite(high_[k].cap) && low_[k].slope < 0;
      double next = slope > 0 ? 0.9 * caps_[k] : 1.05 * caps_[k] + 1e-3;
      if (both) {
        const double f = std::clamp(low_[k].slope / (low_[k].slope - high_[k].slope), 0.2, 0.8);
        next = low_[k].cap + f * (high_[k].cap - low_[k].cap);
      }
      next = std::clamp(next, low_[k].cap, high_[k].cap);
      left += std::abs(slope * (next - caps_[k]));
      caps_[k] = next;
    }
    return left > enough * std::abs(best_.cost_usd);
  }

  struct Point {
    double cap, slope;
  };
  const Problem& p_;
  Problem fixed_;
  const Dispatch& relaxed_;
  std::vector<WindowProgram> programs_;
  std::vector<double> caps_, saving_;
  std::vector<Point> low_, high_;
  Dispatch best_;
};

tl::expected<Dispatch, base::Diagnostics> by_program(const Problem& p) {
  Dispatch out = blank(p);
  const auto objective = solve_window(p, whole(p), out);
  if (!objective) return tl::unexpected(objective.error());
  out.cost_usd = out.bound_usd = objective->objective + p.constant_usd;
  out.method = "linear program";
  return out;
}

}  // namespace

double Dispatch::gap() const { return cost_usd == 0 ? 0 : (cost_usd - bound_usd) / std::abs(cost_usd); }

std::size_t add_export(Problem& problem, double limit_mw, const std::vector<double>& price) {
  for (std::size_t t = 0; t < problem.load_mw.size(); ++t) {
    problem.load_mw[t] += limit_mw;
    problem.constant_usd -= limit_mw * at(price, t);
  }
  problem.sources.push_back({"export", {limit_mw}, price, kUnlimited});
  return problem.sources.size() - 1;
}

tl::expected<Dispatch, base::Diagnostics> dispatch(const Problem& problem, Method method) {
  if (auto problems = check(problem); !problems.empty()) return tl::unexpected(std::move(problems));
  if (method == Method::kProgram || problem.storages.size() > 1 || problem.peaks.size() > 1)
    return by_program(problem);
  auto out = Planes(problem).solve();
  if (!out || ramps_hold(problem, *out)) return out;
  return Windows(problem, *out).solve();
}

std::vector<std::optional<double>> varied_costs(const Problem& problem, const Dispatch& solved,
                                                std::span<const std::function<void(Problem&)>> changes) {
  std::vector<std::optional<double>> out;
  std::optional<Windows> windows;
  if (solved.method == "windows") windows.emplace(problem, solved);
  const auto basis = windows ? windows->cost(problem, {}) : tl::expected<double, base::Diagnostics>(0.0);
  // How the highest draws move where there are no ramps.
  const auto free_caps = [](const Problem& p) {
    const auto d = Planes(p).solve();
    return d ? d->peak_mw : std::vector<double>();
  };
  const auto before = windows ? free_caps(problem) : std::vector<double>();
  for (const auto& change : changes) {
    Problem changed = problem;
    change(changed);
    if (windows && basis) {
      auto move = before.empty() ? before : free_caps(changed);
      for (std::size_t k = 0; k < move.size(); ++k) move[k] -= before[k];
      const auto cost = windows->cost(changed, move);
      out.push_back(cost ? std::optional(*cost - *basis) : std::nullopt);
    } else {
      const auto again = dispatch(changed);
      out.push_back(again ? std::optional(again->cost_usd - solved.cost_usd) : std::nullopt);
    }
  }
  return out;
}

double cost_of(const Problem& p, const Dispatch& d) {
  double cost = p.constant_usd;
  for (std::size_t i = 0; i < p.sources.size(); ++i)
    for (std::size_t t = 0; t < p.load_mw.size(); ++t)
      cost += d.source_mw[i][t] * at(p.sources[i].cost_usd_per_mwh, t);
  for (std::size_t k = 0; k < p.storages.size(); ++k)
    for (const double mw : d.discharge_mw[k]) cost += mw * p.storages[k].wear_usd_per_mwh;
  for (const PeakCharge& peak : p.peaks) {
    std::vector<double> highest(static_cast<std::size_t>(peak.period.back()) + 1, peak.least_mw);
    for (std::size_t t = 0; t < p.load_mw.size(); ++t) {
      double& h = highest[static_cast<std::size_t>(peak.period[t])];
      h = std::max(h, d.source_mw[peak.source][t]);
    }
    for (const double h : highest) cost += h * peak.usd_per_mw;
  }
  return cost;
}

double residual(const Problem& p, const Dispatch& d) {
  double worst = 0;
  const auto over = [&](double x) { worst = std::max(worst, x); };
  for (std::size_t t = 0; t < p.load_mw.size(); ++t) {
    double sum = -p.load_mw[t];
    for (std::size_t i = 0; i < p.sources.size(); ++i) {
      const double mw = d.source_mw[i][t];
      sum += mw;
      over(-mw);
      over(mw - at(p.sources[i].limit_mw, t));
      if (t > 0) over(std::abs(mw - d.source_mw[i][t - 1]) - p.sources[i].ramp_mw);
    }
    for (std::size_t k = 0; k < p.storages.size(); ++k) {
      const Storage& s = p.storages[k];
      const double c = d.charge_mw[k][t], out = d.discharge_mw[k][t];
      sum += out - c;
      over(std::max({-c, -out, c - s.charge_mw, out - s.discharge_mw}));
      over(std::abs(d.state_mwh[k][t + 1] - (1 - s.standing_loss) * d.state_mwh[k][t] -
                    s.charge_efficiency * c + out / s.discharge_efficiency));
      over(std::max(-d.state_mwh[k][t + 1], d.state_mwh[k][t + 1] - s.energy_mwh));
    }
    over(std::abs(sum));
  }
  for (std::size_t k = 0; k < p.storages.size(); ++k) {
    const Storage& s = p.storages[k];
    over(s.cyclic ? std::abs(d.state_mwh[k].back() - d.state_mwh[k].front())
                  : s.end_mwh - d.state_mwh[k].back());
  }
  return worst;
}

}  // namespace gigawatt::grid

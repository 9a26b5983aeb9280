#include "gigawatt/grid/program.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/grid/recursion.h"

namespace gigawatt::grid {
namespace {

/// Columns of one window, by hour from its beginning.
class Builder {
 public:
  Builder(const Problem& problem, const Window& window)
      : p_(&problem), w_(&window), hours_(window.end - window.begin) {
    build_sources();
    build_storages();
    build_balance();
    build_peaks();
  }

  solver::Model model;

  /// Numbers of another problem of this shape and of another window of these hours, where they differ.
  void set(const Problem& problem, const Window& window, solver::Session& session) {
    p_ = &problem;
    w_ = &window;
    const auto bound = [&](int column, double high) {
      double& known = high_[static_cast<std::size_t>(column)];
      if (known == high) return;
      known = high;
      session.set_bounds(column, 0, high);
    };
    for (std::size_t i = 0; i < source_.size(); ++i)
      for (std::size_t t = 0; t < hours_; ++t) bound(source_[i][t], limit(i, t));
    for (std::size_t k = 0; k < charge_.size(); ++k) {
      const Storage& s = problem.storages[k];
      for (std::size_t t = 0; t < hours_; ++t) {
        bound(charge_[k][t], s.charge_mw);
        bound(discharge_[k][t], s.discharge_mw);
      }
      for (const int e : state_[k]) bound(e, s.energy_mwh);
      session.set_row(start_row_[k], window.state_mwh[k], window.state_mwh[k]);
      if (end_row_[k] >= 0) session.set_row(end_row_[k], s.end_mwh, solver::kInfinity);
    }
    for (const auto& [source, row] : before_row_) {
      const double mw = window.before_mw[source], ramp = problem.sources[source].ramp_mw;
      session.set_row(row, mw - ramp, mw + ramp);
    }
  }

  /// What the model holds as upper bounds, once it is built.
  void remember() { high_.assign(model.high().begin(), model.high().end()); }

  void read(const solver::Solution& solution, Dispatch& out) const {
    const auto x = [&](int column) { return solution.x[static_cast<std::size_t>(column)]; };
    for (std::size_t t = 0; t < hours_; ++t) {
      const std::size_t h = w_->begin + t;
      for (std::size_t i = 0; i < p_->sources.size(); ++i) out.source_mw[i][h] = x(source_[i][t]);
      for (std::size_t s = 0; s < p_->storages.size(); ++s) {
        out.charge_mw[s][h] = x(charge_[s][t]);
        out.discharge_mw[s][h] = x(discharge_[s][t]);
        out.state_mwh[s][h] = x(state_[s][t]);
        out.state_mwh[s][h + 1] = x(state_[s][t + 1]);
      }
    }
    for (std::size_t k = 0; k < peak_.size() && k < out.peak_mw.size(); ++k) out.peak_mw[k] = x(peak_[k]);
  }

  std::vector<double> cap_saving(const solver::Solution& solution) const {
    std::vector<double> out;
    if (w_->caps.empty() || p_->peaks.empty()) return out;
    const std::size_t i = p_->peaks[0].source;
    for (std::size_t t = 0; t < hours_; ++t) {
      const bool capped = w_->caps[static_cast<std::size_t>(p_->peaks[0].period[w_->begin + t])] <
                          at(p_->sources[i].limit_mw, w_->begin + t);
      out.push_back(capped ? std::max(0.0, -solution.reduced_cost[static_cast<std::size_t>(source_[i][t])])
                           : 0);
    }
    return out;
  }

 private:
  /// Of a source in an hour of the window, under the cap of its period.
  double limit(std::size_t source, std::size_t t) const {
    double out = at(p_->sources[source].limit_mw, w_->begin + t);
    if (!w_->caps.empty() && !p_->peaks.empty() && p_->peaks[0].source == source)
      out = std::min(out, w_->caps[static_cast<std::size_t>(p_->peaks[0].period[w_->begin + t])]);
    return std::max(0.0, out);
  }

  void build_sources() {
    source_.resize(p_->sources.size());
    for (std::size_t i = 0; i < p_->sources.size(); ++i) {
      const Source& s = p_->sources[i];
      for (std::size_t t = 0; t < hours_; ++t)
        source_[i].push_back(model.add_column(at(s.cost_usd_per_mwh, w_->begin + t), 0, limit(i, t)));
      if (!std::isfinite(s.ramp_mw)) continue;
      if (!w_->before_mw.empty())
        before_row_.emplace_back(i, model.add_row(w_->before_mw[i] - s.ramp_mw, w_->before_mw[i] + s.ramp_mw,
                                                  {{source_[i][0], 1}}));
      for (std::size_t t = 1; t < hours_; ++t)
        model.add_row(-s.ramp_mw, s.ramp_mw, {{source_[i][t], 1}, {source_[i][t - 1], -1}});
    }
  }

  void build_storages() {
    for (std::size_t k = 0; k < p_->storages.size(); ++k) {
      const Storage& s = p_->storages[k];
      auto &c = charge_.emplace_back(), &d = discharge_.emplace_back(), &e = state_.emplace_back();
      for (std::size_t t = 0; t <= hours_; ++t) e.push_back(model.add_column(0, 0, s.energy_mwh));
      for (std::size_t t = 0; t < hours_; ++t) {
        c.push_back(model.add_column(0, 0, s.charge_mw));
        d.push_back(model.add_column(s.wear_usd_per_mwh, 0, s.discharge_mw));
        model.add_row(0, 0,
                      {{e[t + 1], 1},
                       {e[t], s.standing_loss - 1},
                       {c[t], -s.charge_efficiency},
                       {d[t], 1 / s.discharge_efficiency}});
      }
      const bool first = w_->begin == 0, last = w_->end == p_->load_mw.size();
      start_row_.push_back(-1);
      end_row_.push_back(-1);
      if (s.cyclic && first && last) {
        model.add_row(0, 0, {{e[0], 1}, {e[hours_], -1}});
        continue;
      }
      start_row_.back() = model.add_row(w_->state_mwh[k], w_->state_mwh[k], {{e[0], 1}});
      if (!w_->future.empty())
        value_future(e[hours_]);
      else if (last)
        end_row_.back() = model.add_row(s.end_mwh, solver::kInfinity, {{e[hours_], 1}});
    }
  }

  /// The future's cost: segments of ascending slope fill themselves in order.
  void value_future(int end) {
    const auto& f = w_->future;
    const int row = model.add_row(f.front().first, f.front().first, {{end, 1}});
    for (std::size_t i = 0; i + 1 < f.size(); ++i) {
      const double length = f[i + 1].first - f[i].first;
      if (length > 1e-9)
        model.add_entry(row, model.add_column((f[i + 1].second - f[i].second) / length, 0, length), -1);
    }
    model.add_offset(f.front().second);
  }

  void build_balance() {
    for (std::size_t t = 0; t < hours_; ++t) {
      const double load = p_->load_mw[w_->begin + t];
      const int row = model.add_row(load, load);
      for (const auto& columns : source_) model.add_entry(row, columns[t], 1);
      for (std::size_t k = 0; k < charge_.size(); ++k) {
        model.add_entry(row, charge_[k][t], -1);
        model.add_entry(row, discharge_[k][t], 1);
      }
    }
  }

  void build_peaks() {
    for (std::size_t j = 0; j < p_->peaks.size(); ++j) {
      const PeakCharge& peak = p_->peaks[j];
      if (j == 0 && !w_->caps.empty()) continue;
      std::vector<int> columns;
      for (std::size_t t = 0; t < hours_; ++t) {
        const auto period = static_cast<std::size_t>(peak.period[w_->begin + t]);
        while (columns.size() <= period)
          columns.push_back(model.add_column(peak.usd_per_mw, peak.least_mw, solver::kInfinity));
        model.add_row(0, solver::kInfinity, {{columns[period], 1}, {source_[peak.source][t], -1}});
      }
      if (j == 0) peak_ = columns;
    }
  }

  const Problem* p_;
  const Window* w_;
  std::size_t hours_;
  std::vector<std::vector<int>> source_, charge_, discharge_, state_;
  std::vector<int> peak_, start_row_, end_row_;
  std::vector<std::pair<std::size_t, int>> before_row_;  ///< by source with a ramp
  std::vector<double> high_;
};

}  // namespace

Window whole(const Problem& problem) {
  Window w;
  w.end = problem.load_mw.size();
  for (const auto& s : problem.storages) w.state_mwh.push_back(s.start_mwh);
  return w;
}

Dispatch blank(const Problem& problem) {
  const std::size_t hours = problem.load_mw.size();
  Dispatch out;
  out.source_mw.assign(problem.sources.size(), std::vector<double>(hours));
  out.charge_mw.assign(problem.storages.size(), std::vector<double>(hours));
  out.discharge_mw = out.charge_mw;
  out.state_mwh.assign(problem.storages.size(), std::vector<double>(hours + 1));
  if (!problem.peaks.empty() && !problem.peaks[0].period.empty())
    out.peak_mw.assign(static_cast<std::size_t>(problem.peaks[0].period.back()) + 1,
                       problem.peaks[0].least_mw);
  return out;
}

namespace {

/// What the solver's answer means for the window.
tl::expected<WindowAnswer, base::Diagnostics> answer(
    const Builder& builder, const Window& window,
    const tl::expected<solver::Solution, base::Diagnostic>& solution, Dispatch& out) {
  if (!solution) return tl::unexpected(base::Diagnostics{solution.error()});
  if (solution->status != solver::Status::kOptimal)
    return tl::unexpected(base::Diagnostics{
        base::error("no-dispatch",
                    fmt::format("hours {} to {} have no dispatch: {}", window.begin, window.end,
                                solver::to_string(solution->status)),
                    "the state of charge cannot end where it must, or a ramp forbids what the load needs")});
  builder.read(*solution, out);
  return WindowAnswer{solution->objective, builder.cap_saving(*solution)};
}

}  // namespace

tl::expected<WindowAnswer, base::Diagnostics> solve_window(const Problem& problem, const Window& window,
                                                           Dispatch& out) {
  const Builder builder(problem, window);
  return answer(builder, window, solver::solve(builder.model), out);
}

struct WindowProgram::Impl {
  Builder builder;
  solver::Session session;
};

WindowProgram::WindowProgram(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WindowProgram::WindowProgram(WindowProgram&&) noexcept = default;
WindowProgram& WindowProgram::operator=(WindowProgram&&) noexcept = default;
WindowProgram::~WindowProgram() = default;

tl::expected<WindowProgram, base::Diagnostics> WindowProgram::open(const Problem& problem,
                                                                   const Window& window) {
  Builder builder(problem, window);
  builder.remember();
  auto session = solver::Session::open(builder.model);
  if (!session) return tl::unexpected(base::Diagnostics{session.error()});
  return WindowProgram(std::make_unique<Impl>(Impl{std::move(builder), std::move(*session)}));
}

tl::expected<WindowAnswer, base::Diagnostics> WindowProgram::solve(const Problem& problem,
                                                                   const Window& window, Dispatch& out) {
  impl_->builder.set(problem, window, impl_->session);
  return answer(impl_->builder, window, impl_->session.solve(), out);
}

}  // namespace gigawatt::grid

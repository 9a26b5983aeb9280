#include "gigawatt/grid/recursion.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::grid {
namespace {

constexpr double kTiny = 1e-11;  // of an energy or a power: below it a segment is nothing
constexpr double kClose = 1e-9;  // states and limits closer than this are the same

}  // namespace

Recursion::Recursion(const Problem& problem) : problem_(problem), hours_(problem.load_mw.size()) {
  GW_CHECK(problem.storages.size() <= 1 && problem.peaks.size() <= 1, "{} storages, {} peak charges",
           problem.storages.size(), problem.peaks.size());
  if (!problem.storages.empty()) storage_ = problem.storages.front();
  keep_ = 1 - storage_.standing_loss;
  corner_begin_.resize(hours_);
  corner_count_.resize(hours_);
  values_.resize(hours_ + 1);
}

double Recursion::limit(std::size_t source, std::size_t hour, std::span<const double> caps) const {
  const double own = at(problem_.sources[source].limit_mw, hour);
  if (problem_.peaks.empty() || problem_.peaks[0].source != source || caps.empty()) return own;
  return std::min(own, caps[static_cast<std::size_t>(problem_.peaks[0].period[hour])]);
}

void Recursion::merit_order(std::size_t hour, std::span<const double> caps) const {
  blocks_.clear();
  for (std::size_t i = 0; i < problem_.sources.size(); ++i) {
    const Block block{at(problem_.sources[i].cost_usd_per_mwh, hour), limit(i, hour, caps), i};
    if (block.limit <= 0) continue;
    auto place = blocks_.end();
    while (place != blocks_.begin() && (place - 1)->cost > block.cost) --place;
    blocks_.insert(place, block);
  }
}

double Recursion::supply_cost(double supply_mw) const {
  double cost = 0;
  for (const Block& b : blocks_) {
    const double take = std::min(supply_mw, b.limit);
    if (take <= 0) break;
    cost += take * b.cost;
    supply_mw -= take;
  }
  return cost;
}

/// Discharging to charging with every corner of the merit order between; convex where no price is so low that burning
/// energy in the storage's losses pays.
void Recursion::plain_corners(double load_mw) {
  const Storage& s = storage_;
  double all = 0;
  for (const Block& b : blocks_) all += b.limit;
  const double most_out = std::min(s.discharge_mw, load_mw), most_in = std::min(s.charge_mw, all - load_mw);
  const auto out = [&](double d) {
    corners_.push_back(
        {-d / s.discharge_efficiency, supply_cost(load_mw - d) + s.wear_usd_per_mwh * d, 0, d});
  };
  const auto in = [&](double c) {
    corners_.push_back({c * s.charge_efficiency, supply_cost(load_mw + c), c, 0});
  };
  if (most_out > kTiny) out(most_out);
  double edge = 0;
  bool zero = false;
  for (const Block& b : blocks_) {
    edge += b.limit;
    const double n = edge - load_mw;
    if (n >= 0 && !zero) {
      out(0);
      zero = true;
    }
    if (n < -kTiny && -n < most_out - kTiny)
      out(-n);
    else if (n > kTiny && n < most_in - kTiny)
      in(n);
  }
  if (!zero) out(0);
  if (most_in > kTiny) in(most_in);
}

/// The lower hull of the images of all corners of the charge-discharge rectangle, cut along the merit order.
void Recursion::hull_corners(double load_mw) {
  const Storage& s = storage_;
  double all = 0;
  for (const Block& b : blocks_) all += b.limit;
  scratch_.clear();
  const auto add = [&](double c, double d) {
    const double supply = load_mw + c - d;
    if (c < -kTiny || d < -kTiny || c > s.charge_mw + kTiny || d > s.discharge_mw + kTiny ||
        supply < -kTiny || supply > all + kTiny)
      return;
    scratch_.push_back({s.charge_efficiency * c - d / s.discharge_efficiency,
                        supply_cost(std::max(0.0, supply)) + s.wear_usd_per_mwh * d, c, d});
  };
  add(0, 0);
  add(s.charge_mw, 0);
  add(0, s.discharge_mw);
  add(s.charge_mw, s.discharge_mw);
  double edge = 0;
  for (std::size_t k = 0; k <= blocks_.size(); ++k) {
    const double n = edge - load_mw;
    add(n, 0);
    add(n + s.discharge_mw, s.discharge_mw);
    add(0, -n);
    add(s.charge_mw, s.charge_mw - n);
    if (k < blocks_.size()) edge += blocks_[k].limit;
  }
  std::sort(scratch_.begin(), scratch_.end(), [](const Corner& a, const Corner& b) {
    return a.stored_mwh < b.stored_mwh || (a.stored_mwh == b.stored_mwh && a.cost_usd < b.cost_usd);
  });
  const std::size_t begin = corners_.size();
  for (const Corner& p : scratch_) {
    if (corners_.size() > begin && p.stored_mwh - corners_.back().stored_mwh < kTiny) {
      if (p.cost_usd >= corners_.back().cost_usd) continue;
      corners_.pop_back();
    }
    while (corners_.size() >= begin + 2) {
      const Corner &a = corners_[corners_.size() - 2], &b = corners_.back();
      if ((b.cost_usd - a.cost_usd) * (p.stored_mwh - b.stored_mwh) <
          (p.cost_usd - b.cost_usd) * (b.stored_mwh - a.stored_mwh))
        break;
      corners_.pop_back();
    }
    corners_.push_back(p);
  }
}

void Recursion::hour_curve(std::size_t hour, std::span<const double> caps) {
  merit_order(hour, caps);
  corner_begin_[hour] = corners_.size();
  const double there_and_back = storage_.charge_efficiency * storage_.discharge_efficiency;
  const double burn =
      there_and_back < 1 ? -storage_.wear_usd_per_mwh * there_and_back / (1 - there_and_back) : -kUnlimited;
  if (!blocks_.empty() && blocks_.front().cost < burn && storage_.energy_mwh > 0)
    hull_corners(problem_.load_mw[hour]);
  else
    plain_corners(problem_.load_mw[hour]);
  corner_count_[hour] = corners_.size() - corner_begin_[hour];
}

/// V_hour from V_{hour + 1} and the hour's corners; false where no state can reach the end.
bool Recursion::merge(std::size_t hour) {
  const Value& next = values_[hour + 1];
  const Corner* corner = corners_.data() + corner_begin_[hour];
  const std::size_t n = corner_count_[hour];
  merged_.clear();
  // The hour's segments mirrored: what goes into storage is taken from the state at the hour's end.
  std::size_t k = n - 1, j = 0;
  const auto hour_segment = [&] {
    const double length = corner[k].stored_mwh - corner[k - 1].stored_mwh;
    return Segment{(corner[k - 1].cost_usd - corner[k].cost_usd) / length, length};
  };
  while (k > 0 || j < next.count) {
    Segment s;
    if (k == 0)
      s = segments_[next.begin + j++];
    else if (j == next.count)
      s = hour_segment(), --k;
    else {
      const Segment a = segments_[next.begin + j], b = hour_segment();
      if (a.slope <= b.slope)
        s = a, ++j;
      else
        s = b, --k;
    }
    if (s.length <= kTiny) continue;
    if (!merged_.empty() && s.slope - merged_.back().slope < 1e-12)
      merged_.back().length += s.length;
    else
      merged_.push_back(s);
  }
  Value now;
  now.left = next.left - corner[n - 1].stored_mwh;
  now.base = next.base + corner[n - 1].cost_usd;
  std::size_t first = 0;
  while (now.left < 0 && first < merged_.size()) {
    const double cut = std::min(-now.left, merged_[first].length);
    now.base += cut * merged_[first].slope;
    now.left += cut;
    merged_[first].length -= cut;
    if (merged_[first].length <= kTiny)
      ++first;
    else
      break;
  }
  if (now.left < -kClose) return false;
  now.left = std::max(0.0, now.left) / keep_;
  if (now.left > storage_.energy_mwh + kClose) return false;
  double room = storage_.energy_mwh - now.left;
  now.begin = segments_.size();
  for (std::size_t i = first; i < merged_.size() && room > kTiny; ++i) {
    const double length = std::min(room, merged_[i].length / keep_);
    segments_.push_back({merged_[i].slope * keep_, length});
    room -= length;
  }
  now.count = segments_.size() - now.begin;
  values_[hour] = now;
  return true;
}

bool Recursion::backward(std::span<const double> caps, double end_mwh, bool exact_end) {
  segments_.clear();
  corners_.clear();
  Value& last = values_[hours_];
  last = {0, 0, end_mwh, 0};
  if (!exact_end && storage_.energy_mwh - end_mwh > kTiny) {
    segments_.push_back({0, storage_.energy_mwh - end_mwh});
    last.count = 1;
  }
  for (std::size_t t = hours_; t-- > 0;) {
    hour_curve(t, caps);
    if (!merge(t)) return false;
  }
  return true;
}

double Recursion::value_at(std::size_t hour, double state_mwh) const {
  const Value& v = values_[hour];
  double cost = v.base, left = state_mwh - v.left;
  if (left < -kClose) return kUnlimited;
  for (std::size_t i = 0; i < v.count && left > 0; ++i) {
    const double take = std::min(left, segments_[v.begin + i].length);
    cost += take * segments_[v.begin + i].slope;
    left -= take;
  }
  return left > kClose ? kUnlimited : cost;
}

/// The energy to store in an hour whose state has decayed to `kept_mwh`: where the slopes of both functions meet; of
/// several, the one nearest to doing nothing.
double Recursion::step(std::size_t hour, double kept_mwh) const {
  const Value& v = values_[hour + 1];
  const Corner* corner = corners_.data() + corner_begin_[hour];
  const std::size_t n = corner_count_[hour];
  double x = std::max(corner[0].stored_mwh, v.left - kept_mwh);
  std::size_t k = 0, i = 0;  // the segments of both functions that x lies in
  double edge = v.left;
  double first = x;  // the lowest of the best
  bool flat = false;
  while (true) {
    while (k + 1 < n && corner[k + 1].stored_mwh <= x + kTiny) ++k;
    while (i < v.count && edge + segments_[v.begin + i].length <= kept_mwh + x + kTiny)
      edge += segments_[v.begin + i++].length;
    if (k + 1 >= n || i >= v.count) break;
    const double g =
        (corner[k + 1].cost_usd - corner[k].cost_usd) / (corner[k + 1].stored_mwh - corner[k].stored_mwh);
    const double slope = g + segments_[v.begin + i].slope, zero = 1e-10 * (1 + std::abs(g));
    if (slope > zero) break;
    if (slope > -zero && !flat) {
      flat = true;
      first = x;
    }
    x = std::min(corner[k + 1].stored_mwh, edge + segments_[v.begin + i].length - kept_mwh);
  }
  return flat ? std::clamp(0.0, std::min(first, x), x) : x;
}

Interval Recursion::slopes_of_value(std::size_t hour, double state_mwh) const {
  const Value& v = values_[hour];
  Interval out{-kUnlimited, kUnlimited};
  double edge = v.left;
  for (std::size_t i = 0; i < v.count; ++i) {
    const Segment& s = segments_[v.begin + i];
    if (state_mwh > edge + kClose) out.low = s.slope;
    edge += s.length;
    if (state_mwh < edge - kClose) {
      out.high = s.slope;
      break;
    }
  }
  return out;
}

Interval Recursion::slopes_of_hour(std::size_t hour, double stored_mwh) const {
  const Corner* corner = corners_.data() + corner_begin_[hour];
  Interval out{-kUnlimited, kUnlimited};
  for (std::size_t k = 0; k + 1 < corner_count_[hour]; ++k) {
    const double slope =
        (corner[k + 1].cost_usd - corner[k].cost_usd) / (corner[k + 1].stored_mwh - corner[k].stored_mwh);
    if (stored_mwh > corner[k].stored_mwh + kClose) out.low = slope;
    if (stored_mwh < corner[k + 1].stored_mwh - kClose) {
      out.high = slope;
      break;
    }
  }
  return out;
}

void Recursion::prices(std::span<const double> caps, Run& run) const {
  run.price_low.resize(hours_);
  run.price_high.resize(hours_);
  const std::size_t periods = caps.size();
  run.cap_value.assign(periods, 0);
  const Storage& s = storage_;
  Interval reachable{-kUnlimited, kUnlimited};  // slopes of V_{t+1} at its state, by both sides
  double chosen = 0;                            // one consistent choice of them
  for (std::size_t t = 0; t < hours_; ++t) {
    const double x = run.stored_mwh[t], state = run.state_mwh[t], c = run.charge_mw[t],
                 d = run.discharge_mw[t];
    // The slope at the hour's start, carried over; loose where the state stands at a limit.
    Interval carried{-kUnlimited, kUnlimited};
    const double wish = chosen / keep_;
    if (t > 0) {
      const bool empty = state <= kClose, full = state >= s.energy_mwh - kClose;
      if (!full) carried.low = reachable.low / keep_;
      if (!empty) carried.high = reachable.high / keep_;
    }
    const Interval next = slopes_of_value(t + 1, run.state_mwh[t + 1]), own = slopes_of_hour(t, x);
    reachable.low = std::max({carried.low, next.low, -own.high});
    reachable.high = std::min({carried.high, next.high, -own.low});
    if (reachable.low > reachable.high) {
      const double middle = std::isfinite(reachable.low + reachable.high)
                                ? (reachable.low + reachable.high) / 2
                            : std::isfinite(reachable.low) ? reachable.low
                                                           : reachable.high;
      reachable = {middle, middle};
    }
    chosen = std::clamp(t == 0 ? 0 : wish, reachable.low, reachable.high);
    const std::size_t part = period_of(t);
    if (part >= run.start_slope.size()) {
      run.start_slope.resize(part + 1, keep_ * chosen);
      run.end_slope.resize(part + 1);
    }
    run.end_slope[part] = chosen;

    merit_order(t, caps);
    const double supply = problem_.load_mw[t] + c - d;
    Interval p{-kUnlimited, kUnlimited};
    double edge = 0;
    for (const Block& b : blocks_) {
      if (supply > edge + kClose) p.low = b.cost;
      edge += b.limit;
      if (supply < edge - kClose) {
        p.high = b.cost;
        break;
      }
    }
    double price = 0;
    const auto narrow = [&](Interval by) {
      p.low = std::max(p.low, by.low);
      p.high = std::min(p.high, by.high);
    };
    const auto bounds = [&](double v_low, double v_high) {
      Interval b{-kUnlimited, kUnlimited};
      if (s.charge_mw > 0) {
        if (c < s.charge_mw - kClose) b.low = std::max(b.low, -s.charge_efficiency * v_high);
        if (c > kClose) b.high = std::min(b.high, -s.charge_efficiency * v_low);
      }
      if (s.discharge_mw > 0) {
        if (d < s.discharge_mw - kClose)
          b.high = std::min(b.high, s.wear_usd_per_mwh - v_low / s.discharge_efficiency);
        if (d > kClose) b.low = std::max(b.low, s.wear_usd_per_mwh - v_high / s.discharge_efficiency);
      }
      return b;
    };
    const Interval merit = p;
    if (s.energy_mwh > 0) {
      const Interval b = bounds(chosen, chosen);
      price = std::clamp(std::clamp(0.0, std::min(b.low, b.high), std::max(b.low, b.high)), merit.low,
                         merit.high);
      narrow(bounds(reachable.low, reachable.high));
    } else {
      price = std::clamp(0.0, merit.low, merit.high);
    }
    if (p.low > p.high) p.low = p.high = (p.low + p.high) / 2;
    run.price_low[t] = p.low;
    run.price_high[t] = p.high;
    if (periods == 0 || problem_.peaks.empty()) continue;
    const PeakCharge& peak = problem_.peaks[0];
    const std::size_t period = part;
    if (caps[period] >= at(problem_.sources[peak.source].limit_mw, t)) continue;
    run.cap_value[period] += std::max(0.0, price - at(problem_.sources[peak.source].cost_usd_per_mwh, t));
  }
}

std::optional<double> Recursion::cost(std::span<const double> caps, double start_mwh, double end_mwh,
                                      bool exact_end) {
  if (!backward(caps, end_mwh, exact_end)) return std::nullopt;
  const double value = value_at(0, start_mwh);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<Recursion::Run> Recursion::run(std::span<const double> caps, double start_mwh, double end_mwh,
                                             bool exact_end) {
  const auto value = cost(caps, start_mwh, end_mwh, exact_end);
  if (!value) return std::nullopt;
  Run out;
  out.cost_usd = *value;
  out.state_mwh.push_back(start_mwh);
  for (std::size_t t = 0; t < hours_; ++t) {
    const double kept = keep_ * out.state_mwh.back();
    const double x = step(t, kept);
    const Corner* corner = corners_.data() + corner_begin_[t];
    std::size_t k = 0;
    while (k + 2 < corner_count_[t] && corner[k + 1].stored_mwh < x) ++k;
    const Corner& a = corner[k];
    const Corner& b = corner[std::min(k + 1, corner_count_[t] - 1)];
    const double length = b.stored_mwh - a.stored_mwh;
    const double f = length > 0 ? std::clamp((x - a.stored_mwh) / length, 0.0, 1.0) : 0;
    const std::size_t part = period_of(t);
    if (part >= out.period_usd.size()) {
      out.period_usd.resize(part + 1);
      out.period_start_mwh.resize(part + 1, out.state_mwh.back());
    }
    out.period_usd[part] += a.cost_usd + f * (b.cost_usd - a.cost_usd);
    out.stored_mwh.push_back(x);
    out.charge_mw.push_back(a.charge_mw + f * (b.charge_mw - a.charge_mw));
    out.discharge_mw.push_back(a.discharge_mw + f * (b.discharge_mw - a.discharge_mw));
    out.state_mwh.push_back(std::clamp(kept + x, 0.0, storage_.energy_mwh));
  }
  prices(caps, out);
  return out;
}

std::vector<std::pair<double, double>> Recursion::future(std::size_t hour) const {
  const Value& v = values_[hour];
  std::vector<std::pair<double, double>> out{{v.left, v.base}};
  for (std::size_t i = 0; i < v.count; ++i) {
    const Segment& s = segments_[v.begin + i];
    out.emplace_back(out.back().first + s.length, out.back().second + s.slope * s.length);
  }
  return out;
}

void Recursion::split(std::size_t hour, double supply_mw, std::span<const double> caps,
                      std::span<double> source_mw) const {
  merit_order(hour, caps);
  std::fill(source_mw.begin(), source_mw.end(), 0.0);
  for (const Block& b : blocks_) {
    const double take =
        supply_mw > kClose ? std::min(supply_mw, b.limit) : 0;  // rounding asks nobody for power
    source_mw[b.source] = take;
    supply_mw -= take;
  }
}

}  // namespace gigawatt::grid

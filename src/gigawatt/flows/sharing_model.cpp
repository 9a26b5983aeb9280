#include "gigawatt/flows/sharing_model.h"

#include <algorithm>

namespace gigawatt::flows {

SharingModel sharing_model(SharingKind kind) {
  constexpr double kWindow = 4194304;  // SimGrid's network/TCP-gamma
  constexpr Compatibility kSolver{
      .drop_below = 1e-5, .whole_below = 512, .fat_pipes_freeze = true};  // SimGrid's maxmin/precision
  switch (kind) {
    case SharingKind::kMaxMin: return {};
    case SharingKind::kRaw: return {.latency_bias = true, .compatibility = kSolver};
    case SharingKind::kSimGridCm02:
      return {.latency_bias = true,
              .window_bytes = kWindow,
              .reverse_weight = kAcknowledgements,
              .compatibility = kSolver};
    case SharingKind::kSimGridLv08:
      return {.latency_factor = 13.01,
              .bandwidth_factor = 0.97,
              .latency_bias = true,
              .penalty_bytes = 20537,
              .window_bytes = kWindow,
              .reverse_weight = kAcknowledgements,
              .compatibility = kSolver};
  }
  return {};
}

FlowSpec flow_spec(const SharingModel& m, const WaySums& way, double bytes, double start_s,
                   double user_rate) {
  FlowSpec s;
  s.bytes = bytes / m.bandwidth_factor;
  s.start_s = start_s;
  s.delay_s = m.latency_factor * way.latency_s;
  s.cap = user_rate / m.bandwidth_factor;
  if (m.compatibility.fat_pipes_freeze) s.cap = std::min(s.cap, way.narrowest);
  if (way.latency_s <= 0) return s;
  if (m.latency_bias) s.penalty = way.latency_s + m.penalty_bytes * way.inverse_capacity;
  if (m.window_bytes > 0) s.cap = std::min(s.cap, m.window_bytes / (2 * way.latency_s));
  return s;
}

void add_reverse(const SharingModel& m, std::span<const LinkId> back,
                 const std::function<bool(LinkId)>& fat_pipe, std::vector<Hop>& hops) {
  if (m.reverse_weight <= 0) return;
  for (const LinkId link : back) {
    const auto found = std::find_if(hops.begin(), hops.end(), [&](const Hop& h) { return h.link == link; });
    if (found == hops.end())
      hops.push_back({link, m.reverse_weight});
    else
      found->weight =
          fat_pipe(link) ? std::max(found->weight, m.reverse_weight) : found->weight + m.reverse_weight;
  }
}

}  // namespace gigawatt::flows

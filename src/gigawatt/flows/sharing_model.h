#pragma once
/// How a flow's way turns into its delay, its weight in the sharing and its cap: our own model and SimGrid's.
///
/// For a way of links l with latency lat_l and capacity B_l (sums over the way):
///
///   delay    = latency_factor * lat
///   rate     = bandwidth_factor * x,  x the fair rate of `max_min.h`
///   penalty  = lat + sum (penalty_bytes / B_l)       (1 when lat = 0 or the model is not biased by latency)
///   cap      = min(user's, window / (2 lat))
///   the links of the way back carry `reverse_weight` times the flow (acknowledgements)
///
/// | model        | latency factor | bandwidth factor | penalty bytes | window    | reverse weight |
/// |--------------|----------------|------------------|---------------|-----------|----------------|
/// | maxmin       | 1              | of the fabric    | not biased    | none      | 0              |
/// | raw          | 1              | 1                | 0             | none      | 0              |
/// | simgrid-cm02 | 1              | 1                | 0             | 4,194,304 | 0.05           |
/// | simgrid-lv08 | 13.01          | 0.97             | 20,537        | 4,194,304 | 0.05           |
///
/// Sources: SimGrid 3.32 and 4.1 (Velho and Legrand 2009 for LV08, Casanova and Marchal 2002 for CM02). The fabric's
/// own factor is what headers leave of a link's bit rate.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "gigawatt/flows/simulator.h"

namespace gigawatt::flows {

enum class SharingKind : std::uint8_t { kMaxMin, kRaw, kSimGridCm02, kSimGridLv08 };
inline constexpr std::string_view kSharingNames[] = {"maxmin", "raw", "simgrid-cm02", "simgrid-lv08"};

/// Bytes of acknowledgements for each byte of data, as SimGrid has them.
inline constexpr double kAcknowledgements = 0.05;

struct SharingModel {
  double latency_factor = 1;
  double bandwidth_factor = 1;
  bool latency_bias = false;
  double penalty_bytes = 0;
  double window_bytes = 0;  ///< 0: none
  double reverse_weight = 0;
  Compatibility compatibility;  ///< of the solver
};

SharingModel sharing_model(SharingKind kind);

/// What a way adds up to.
struct WaySums {
  double latency_s = 0;
  double inverse_capacity = 0;    ///< sum of 1/B over its links
  double narrowest = kUnbounded;  ///< least B
};

/// `bytes` of a user's flow as the simulator's, which counts what the links carry.
FlowSpec flow_spec(const SharingModel& model, const WaySums& way, double bytes, double start_s,
                   double user_rate = kUnbounded);

/// Hops of the way there and back as one list in which a link appears once. On a shared link the weights add, on a
/// fat pipe the larger one counts.
void add_reverse(const SharingModel& model, std::span<const LinkId> back,
                 const std::function<bool(LinkId)>& fat_pipe, std::vector<Hop>& hops);

}  // namespace gigawatt::flows

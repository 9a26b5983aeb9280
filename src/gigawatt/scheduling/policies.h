#pragma once
/// The policies: an order of the queue, what may overtake a job that does not fit, and conditions on a start.
///
/// Orders
///   fifo        as they came
///   priority    higher first, then as they came; with `preempt`, the first in line that does not fit stops running
///               preemptible jobs of lower priority, the lowest first and among them the last started, and only when
///               that makes room; nobody at the instant at which it started
///   fair-share  the account that has used least first (usage decays with a half-life, kept by the simulator), then
///               as they came (Kay and Lauder, CACM 31(1), 1988)
///   shortest    the shortest estimate first; it starves long jobs
///
/// Overtaking
///   none          the first job that does not fit closes the places where it could run
///   easy          it gets a reservation: the shadow time at which enough running jobs will have ended, by their
///                 estimates; later ones may start that end before it, or that fit into what is left over at that
///                 time (Lifka, JSSPP 1995). One reservation per place
///   conservative  each job gets a reservation when it arrives and none is ever put off by a later one (Mu'alem and
///                 Feitelson, IEEE TPDS 12(6), 2001). Reservations do not move: whoever can start at once without
///                 putting one off does, in the order of the queue (docs/decisions/0016). Only in order of arrival,
///                 and on places without a topology
///
/// Conditions: power (a start must not lift the draw above View::it_cap_w; a shadow time then waits for power too),
/// the signal (a job that may be deferred waits for the start at which its mean price or carbon intensity is least),
/// topology (Capacity).
///
/// A job that runs longer than estimated is taken to end at any moment; under conservative backfill, to run as long again
/// as it has.

#include <array>
#include <memory>
#include <string_view>

#include "gigawatt/scheduling/policy.h"

namespace gigawatt::scheduling {

enum class Order : std::uint8_t { kFifo, kPriority, kFairShare, kShortest };
inline constexpr std::array<std::string_view, 4> kOrderNames = {"fifo", "priority", "fair-share", "shortest"};

enum class Overtaking : std::uint8_t { kNone, kEasy, kConservative };

struct PolicySpec {
  Order order = Order::kFifo;
  Overtaking overtaking = Overtaking::kNone;
  bool preempt = false;  ///< with order priority
};

/// Names of whole policies: "fifo", "easy", "conservative", "priority", "priority-easy" ("backfill"), "preempt", "fair-share",
/// "fair-share-easy", "shortest".
struct NamedPolicy {
  std::string_view name;
  PolicySpec spec;
  std::string_view doc;
};
inline constexpr std::array kPolicies = {
    NamedPolicy{"fifo", {}, "strict order of arrival"},
    NamedPolicy{"easy", {Order::kFifo, Overtaking::kEasy}, "order of arrival with EASY backfill"},
    NamedPolicy{"conservative",
                {Order::kFifo, Overtaking::kConservative},
                "order of arrival with conservative backfill"},
    NamedPolicy{"priority", {Order::kPriority}, "higher priority first"},
    NamedPolicy{
        "priority-easy", {Order::kPriority, Overtaking::kEasy}, "higher priority first, EASY backfill"},
    NamedPolicy{"backfill", {Order::kPriority, Overtaking::kEasy}, "the same as priority-easy"},
    NamedPolicy{"preempt",
                {Order::kPriority, Overtaking::kEasy, true},
                "higher priority first, stops lower ones for it, EASY backfill"},
    NamedPolicy{"fair-share", {Order::kFairShare}, "the account that used least first"},
    NamedPolicy{"fair-share-easy",
                {Order::kFairShare, Overtaking::kEasy},
                "the account that used least first, EASY backfill"},
    NamedPolicy{"shortest", {Order::kShortest}, "the shortest estimate first; starves long jobs"},
};

/// Null where there is none of this name.
const NamedPolicy* find_policy(std::string_view name);

std::unique_ptr<Policy> make_policy(const PolicySpec& spec);

}  // namespace gigawatt::scheduling

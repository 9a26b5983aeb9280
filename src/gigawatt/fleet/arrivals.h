#pragma once
/// The jobs of all batches in the order of their arrival, drawn as they come.
///
/// Arrivals of a batch are independent and uniform, so that their order is known only when all of them have been drawn,
/// and there may be a hundred million. A batch's time is therefore cut into windows that hold a bounded number of
/// arrivals each; a window is entered by drawing all of the batch's arrivals and keeping those that lie in it, sorted.
/// Memory is that of one window for each batch. For n jobs and windows of w, n^2 / w arrivals are drawn (20 ns each); a
/// batch of up to w jobs is drawn once.

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "gigawatt/fleet/model.h"

namespace gigawatt::fleet {

struct Arrival {
  base::SimTime time;
  std::uint32_t job = 0;  ///< its number

  friend auto operator<=>(const Arrival&, const Arrival&) = default;
};

class Arrivals {
 public:
  /// Arrivals that all windows together hold at a time, roughly.
  static constexpr std::size_t kHeld = std::size_t{1} << 22;

  /// `held`: see kHeld. Nothing is drawn before the first next().
  explicit Arrivals(const FleetModel& model, std::size_t held = kHeld);

  /// By time, then by number; nothing after the last, or where the token asks to stop while a window is drawn.
  std::optional<Arrival> next(const std::stop_token& stop);

 private:
  struct Source {
    std::uint32_t window = 0;  // to be entered next
    std::uint32_t windows = 1;
    std::size_t at = 0;  // in `ahead`
    std::vector<Arrival> ahead;
  };
  /// Whether the batch has another arrival, entering windows as it must.
  bool fill(std::size_t batch, const std::stop_token& stop);
  void enter(std::size_t batch, const std::stop_token& stop);
  void push(std::size_t batch);

  const FleetModel& model_;
  std::vector<Source> sources_;
  std::vector<std::pair<Arrival, std::size_t>> heap_;  // the next of each batch
  bool begun_ = false;
};

}  // namespace gigawatt::fleet

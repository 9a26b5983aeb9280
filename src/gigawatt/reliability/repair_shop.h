#pragma once
/// Repairs at one site: technicians who work on one node at a time, and a stock of parts that the vendor refills.
///
///  - A node waits for the first free technician, first come first served, and is worked on for a log-normal time.
///  - A share of repairs needs a part. One is taken from the stock, and ordered anew from the vendor at once (base
///    stock, (S-1, S) policy; Sherbrooke 1968); without one on site the node waits, its work done, for the next part
///    that comes. Vendor turnarounds are exponential.
///
/// Served in the order of arrival, both waits are known when the node arrives (Lindley's recursion), so a repair is
/// one event however long the line is. With as many technicians and parts as are wanted the repair time is the
/// fault's own.

#include <cstdint>
#include <queue>
#include <vector>

#include "gigawatt/base/random.h"

namespace gigawatt::reliability {

struct RepairModel {
  std::int64_t technicians = 0;  ///< 0: enough; the fault's own repair time then holds
  double hands_on_mean_s = 0;
  double hands_on_sigma = 0.8;  ///< of the logarithm
  double part_share = 0;
  std::int64_t parts = 0;  ///< base stock
  double turnaround_s = 0;

  bool limited() const { return technicians > 0; }
};

class RepairShop {
 public:
  RepairShop() = default;
  explicit RepairShop(const RepairModel& model);

  /// A node arrives at `now_s` (not before the one before it); when it leaves.
  double leaves_s(double now_s, random::Stream& stream);

  const RepairModel& model() const { return model_; }

 private:
  using Earliest = std::priority_queue<double, std::vector<double>, std::greater<>>;
  RepairModel model_;
  Earliest technicians_free_s_;
  Earliest parts_here_s_;
};

}  // namespace gigawatt::reliability

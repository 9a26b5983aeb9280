#include "gigawatt/reliability/repair_shop.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::reliability {

RepairShop::RepairShop(const RepairModel& model) : model_(model) {
  for (std::int64_t i = 0; i < model.technicians; ++i) technicians_free_s_.push(0);
  for (std::int64_t i = 0; i < model.parts; ++i) parts_here_s_.push(0);
}

double RepairShop::leaves_s(double now_s, random::Stream& stream) {
  GW_CHECK(model_.limited(), "a repair shop without technicians");
  double part_s = now_s;
  if (stream.uniform() < model_.part_share) {
    if (!parts_here_s_.empty()) {
      part_s = std::max(now_s, parts_here_s_.top());
      parts_here_s_.pop();
      parts_here_s_.push(now_s + stream.exponential(model_.turnaround_s));
    } else {
      part_s = now_s + stream.exponential(model_.turnaround_s);  // no stock at all
    }
  }
  const double median_s =
      model_.hands_on_mean_s * std::exp(-model_.hands_on_sigma * model_.hands_on_sigma / 2);
  const double work_s = stream.lognormal(median_s, model_.hands_on_sigma);
  const double done_s = std::max(now_s, technicians_free_s_.top()) + work_s;
  technicians_free_s_.pop();
  technicians_free_s_.push(done_s);
  return std::max(done_s, part_s);
}

}  // namespace gigawatt::reliability

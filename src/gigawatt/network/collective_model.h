#pragma once
/// The time of a collective, whoever works it out: what a training step asks of its network.
///
/// Two models answer. `ClosedForm` (collectives.h) knows the fabric by its sizes and bandwidths: a few operations a
/// call, for searches. `FlowModel` (flow_collectives.h) sends the flows of all groups of a kind over the links of a
/// fabric and sees what they leave each other. Where nothing contends the two agree.

#include "gigawatt/network/collectives.h"

namespace gigawatt::network {

class CollectiveModel {
 public:
  virtual ~CollectiveModel() = default;

  /// Bytes as collectives.h counts them; `imbalance` is of an all-to-all alone.
  virtual double seconds(Collective collective, const GroupPlacement& group, double bytes,
                         double imbalance = 1) const = 0;

  double all_reduce(const GroupPlacement& g, double bytes) const {
    return seconds(Collective::kAllReduce, g, bytes);
  }
  double reduce_scatter(const GroupPlacement& g, double bytes) const {
    return seconds(Collective::kReduceScatter, g, bytes);
  }
  double all_gather(const GroupPlacement& g, double bytes) const {
    return seconds(Collective::kAllGather, g, bytes);
  }
  double all_to_all(const GroupPlacement& g, double bytes, double imbalance) const {
    return seconds(Collective::kAllToAll, g, bytes, imbalance);
  }
  double send_recv(const GroupPlacement& g, double bytes) const {
    return seconds(Collective::kSendRecv, g, bytes);
  }
};

/// The closed forms on a fabric, which must outlive the model.
class ClosedForm final : public CollectiveModel {
 public:
  explicit ClosedForm(const Fabric& fabric) : fabric_(&fabric) {}
  double seconds(Collective collective, const GroupPlacement& group, double bytes,
                 double imbalance = 1) const override {
    return collective_seconds(collective, *fabric_, group, bytes, imbalance);
  }

 private:
  const Fabric* fabric_;
};

}  // namespace gigawatt::network

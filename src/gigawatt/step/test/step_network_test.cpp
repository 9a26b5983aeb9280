/// A step whose collectives are timed by their flows: the closed forms where nothing contends, and what contention adds.

#include "gigawatt/step/step_network.h"

#include <gtest/gtest.h>

#include "fixture.h"
#include "gigawatt/topology/cluster.h"
#include "gigawatt/topology/system_fabric.h"

namespace gigawatt::step {
namespace {

using test::Fixture;

network::FlowNetwork network_of(const StepRequest& r, network::Routing routing = network::Routing::kSpray) {
  const auto cluster = topology::make_cluster(*r.system, *r.accelerator, r.gpus);
  return network::FlowNetwork({topology::system_fabric(cluster, 64), routing, 8, 1, r.gpus,
                               cluster.domain_size, cluster.scaleout_bandwidth});
}

StepResult by_flows(Fixture& f, network::Routing routing = network::Routing::kSpray) {
  const auto network = network_of(f.request, routing);
  f.request.flows = &network;
  const auto r = evaluate(f.request, f.calibration);
  f.request.flows = nullptr;
  EXPECT_TRUE(r) << r.error().message;
  return *r;
}

TEST(StepNetwork, WithoutContentionItIsTheClosedForm) {
  Fixture f;
  f.request.plan.pp = 1;  // gradients alone leave the domains
  f.request.plan.dp = static_cast<std::int32_t>(f.request.gpus / f.request.plan.tp);
  const double closed = f.run().step_time_s;
  const auto flow = by_flows(f);
  EXPECT_NEAR(flow.step_time_s, closed, 1e-9 * closed);
  ASSERT_NE(flow.network, nullptr);
  ASSERT_EQ(flow.network->kinds.size(), 1U);
  const auto& gradients = flow.network->kinds[0];
  EXPECT_EQ(gradients.name, "dense gradients");
  EXPECT_DOUBLE_EQ(gradients.slower, 1);
  EXPECT_EQ(f.run().network, nullptr);
}

TEST(StepNetwork, GradientsSlowWhatRunsBesideThemInOneMicroBatch) {
  Fixture f;
  ASSERT_GT(f.request.plan.pp, 1);
  const auto closed = f.run(), flow = by_flows(f);
  const auto n = static_cast<double>(flow.micro_batches);
  const auto& kinds = flow.network->kinds;
  const auto sends =
      std::find_if(kinds.begin(), kinds.end(), [](const auto& k) { return k.name == "pipeline"; });
  ASSERT_NE(sends, kinds.end());
  EXPECT_GT(sends->slower, 1);
  EXPECT_LE(sends->slower, 2 + 1e-9);  // one of two kinds has half of the card
  EXPECT_NEAR(flow.time[TimeTerm::kPpComm], closed.time[TimeTerm::kPpComm] * (1 + (sends->slower - 1) / n),
              1e-9);
  EXPECT_GE(flow.network->gradients_slower, 1);
}

TEST(StepNetwork, OversubscribedPodsAndHashedWaysCost) {
  Fixture f;
  f.request.gpus = 1024;  // more than the accelerators below one set of leaves
  f.request.plan.dp = 64;
  f.request.global_batch = 256;
  const double free = by_flows(f).step_time_s;
  EXPECT_GT(by_flows(f, network::Routing::kEcmp).step_time_s, free);
  f.system.pod_accelerators.value = 128;
  f.system.pod_oversubscription.value = 8;
  EXPECT_GT(by_flows(f).step_time_s, free);
}

TEST(StepNetwork, ASlowCardIsWaitedFor) {
  Fixture f;
  const auto whole = f.run();
  f.request.card_share = 0.5;
  const auto slow = f.run();
  EXPECT_GT(slow.step_time_s, whole.step_time_s);
  EXPECT_DOUBLE_EQ(slow.time[TimeTerm::kAttention], whole.time[TimeTerm::kAttention]);
  EXPECT_DOUBLE_EQ(slow.time[TimeTerm::kTpComm], whole.time[TimeTerm::kTpComm]);  // inside the domains
}

}  // namespace
}  // namespace gigawatt::step

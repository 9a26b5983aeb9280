/// The values that SimGrid 3.32 prints for small cases (seconds per flow, nine digits), and hand-computed ones.

#include <gtest/gtest.h>

#include "gigawatt/flows/flow_set.h"
#include "gigawatt/flows/sharing_model.h"

namespace gigawatt::flows {
namespace {

constexpr double kBandwidth = 1.25e9;
constexpr double kBytes = 1e9;

struct TestLink {
  double capacity = kBandwidth;
  double latency = 1e-5;
  bool fat_pipe = false;
};
struct TestFlow {
  std::vector<LinkId> there, back;
  double start = 0;
  double bytes = kBytes;
};
struct Case {
  std::string name;
  std::vector<TestLink> links;
  std::vector<TestFlow> flows;
  /// CM02 and LV08, each without and with traffic of acknowledgements.
  std::vector<double> cm02, cm02_cross, lv08, lv08_cross;
};

FlowSet make(const Case& c, const SharingModel& model) {
  FlowSet set;
  for (const auto& l : c.links) set.links.push_back({l.capacity, l.fat_pipe});
  for (const auto& f : c.flows) {
    std::vector<Hop> hops;
    WaySums sums;
    for (const auto l : f.there) {
      hops.push_back({l, 1});
      sums.latency_s += c.links[static_cast<std::size_t>(l)].latency;
      sums.inverse_capacity += 1 / c.links[static_cast<std::size_t>(l)].capacity;
    }
    add_reverse(
        model, f.back.empty() ? f.there : f.back,
        [&](LinkId l) { return c.links[static_cast<std::size_t>(l)].fat_pipe; }, hops);
    set.hops.insert(set.hops.end(), hops.begin(), hops.end());
    set.flows.push_back({flow_spec(model, sums, f.bytes, f.start), set.end_way()});
  }
  return set;
}

void expect(const Case& c, SharingKind kind, bool cross, const std::vector<double>& wanted) {
  SharingModel model = sharing_model(kind);
  if (!cross) model.reverse_weight = 0;
  for (const bool folding : {false, true}) {
    const auto r = run(make(c, model), folding);
    ASSERT_EQ(r.finish_s.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_NEAR(r.finish_s[i], wanted[i], 6e-10 * std::max(1.0, wanted[i]))
          << c.name << ", flow " << i << (cross ? ", acknowledgements" : "") << (folding ? ", folded" : "");
  }
}

std::vector<Case> cases() {
  const TestLink l;
  std::vector<Case> all;
  all.push_back({"one flow", {l}, {{{0}, {}}}, {0.80001}, {0.84001}, {0.824872368}, {0.866109481}});
  all.push_back({"no latency", {{kBandwidth, 0}}, {{{0}, {}}}, {0.8}, {0.84}, {0.824742268}, {0.865979381}});
  all.push_back({"two flows",
                 {l},
                 {{{0}, {}}, {{0}, {}}},
                 {1.60001, 1.60001},
                 {1.68001, 1.68001},
                 {1.649614636, 1.649614636},
                 {1.732088863, 1.732088863}});
  all.push_back({"there and back",
                 {l, l},
                 {{{0}, {1}}, {{1}, {0}}},
                 {0.80001, 0.80001},
                 {0.84001, 0.84001},
                 {0.824872368, 0.824872368},
                 {0.866109481, 0.866109481}});
  all.push_back({"latency bias",
                 {l, {100 * kBandwidth, 3e-5}},
                 {{{0}, {}}, {{0, 1}, {}}},
                 {1.0000025, 1.60001 + 3e-5},
                 {1.0500025, 1.68001 + 3e-5},
                 {},
                 {}});
  all.push_back({"parking lot",
                 {l, l},
                 {{{0, 1}, {}}, {{0}, {}}, {{1}, {}}},
                 {1.60001, 1.200005, 1.200005},
                 {1.68001, 1.260005, 1.260005},
                 {1.649614636, 1.237178452, 1.237178452},
                 {1.732088863, 1.299034122, 1.299034122}});
  all.push_back({"parking lot, no latency",
                 {{kBandwidth, 0}, {kBandwidth, 0}},
                 {{{0, 1}, {}}, {{0}, {}}, {{1}, {}}},
                 {1.6, 1.6, 1.6},
                 {1.68, 1.68, 1.68},
                 {1.649484536, 1.649484536, 1.649484536},
                 {1.731958763, 1.731958763, 1.731958763}});
  all.push_back({"window",
                 {{kBandwidth, 1e-2}},
                 {{{0}, {}}},
                 {4.778371582},
                 {4.778371582},
                 {5.045946992},
                 {5.045946992}});
  all.push_back({"window on a long fast line",
                 {{50e9, 5e-3}},
                 {{{0}, {}}},
                 {2.389185791},
                 {2.389185791},
                 {2.522973496},
                 {2.522973496}});
  all.push_back({"fat pipe",
                 {{kBandwidth, 1e-5, true}},
                 {{{0}, {}}, {{0}, {}}},
                 {0.80001, 0.80001},
                 {0.80001, 0.80001},
                 {0.824872368, 0.824872368},
                 {0.824872368, 0.824872368}});
  all.push_back({"second starts later",
                 {l},
                 {{{0}, {}}, {{0}, {}, 0.4}},
                 {1.20001, 1.60001},
                 {1.28001, 1.68001},
                 {1.249614636, 1.649614636},
                 {1.332088863, 1.732088863}});
  return all;
}

TEST(Golden, SimGridTable) {
  for (const auto& c : cases()) {
    if (c.name == "latency bias") continue;
    if (!c.cm02.empty()) expect(c, SharingKind::kSimGridCm02, false, c.cm02);
    if (!c.cm02_cross.empty()) expect(c, SharingKind::kSimGridCm02, true, c.cm02_cross);
    if (!c.lv08.empty()) expect(c, SharingKind::kSimGridLv08, false, c.lv08);
    if (!c.lv08_cross.empty()) expect(c, SharingKind::kSimGridLv08, true, c.lv08_cross);
  }
}

/// Latencies of 1e-5 and 4e-5: the short way gets four fifths of the link.
TEST(Golden, LatencyBias) {
  const Case c{"latency bias",
               {{kBandwidth, 1e-5}, {100 * kBandwidth, 3e-5}},
               {{{0}, {}}, {{0, 1}, {}}},
               {},
               {},
               {},
               {}};
  expect(c, SharingKind::kSimGridCm02, false, {1.0000025, 1.60001});
  expect(c, SharingKind::kSimGridCm02, true, {1.0500025, 1.68001});
  expect(c, SharingKind::kSimGridLv08, false, {1.209848387, 1.649614636});
  expect(c, SharingKind::kSimGridLv08, true, {1.270343415, 1.732088863});
}

TEST(Golden, WholeLinkForEveryFlowOfAFatPipe) {
  const Case c{"fat pipe", {{kBandwidth, 0, true}}, {{{0}, {}}, {{0}, {}}, {{0}, {}}}, {}, {}, {}, {}};
  expect(c, SharingKind::kSimGridCm02, false, {0.8, 0.8, 0.8});
}

}  // namespace
}  // namespace gigawatt::flows

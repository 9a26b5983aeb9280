/// The incremental solver against the definition of fairness, and folded runs against unfolded ones.

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "gigawatt/flows/flow_set.h"

namespace gigawatt::flows {
namespace {

struct Random {
  std::mt19937_64 engine;
  explicit Random(std::uint64_t seed) : engine(seed) {}
  std::size_t below(std::size_t n) { return engine() % n; }
  double unit() { return static_cast<double>(engine() >> 11) * 0x1p-53; }
};

struct Made {
  std::vector<Hop> hops;
  double penalty = 1;
  double cap = kUnbounded;
};

Made random_flow(Random& r, std::size_t links, bool plain) {
  Made f;
  const std::size_t count = 1 + r.below(std::min<std::size_t>(4, links));
  for (std::size_t i = 0; i < count; ++i) {
    const auto link = static_cast<LinkId>(r.below(links));
    if (std::none_of(f.hops.begin(), f.hops.end(), [&](const Hop& h) { return h.link == link; }))
      f.hops.push_back({link, plain ? 1 : 0.05 + r.unit()});
  }
  if (!plain) f.penalty = 0.1 + r.unit();
  if (r.below(5) == 0) f.cap = 0.1 + r.unit();
  return f;
}

/// Every flow is at its cap or has a full link on which nobody is higher, and no link is over.
void expect_fair(const MaxMin& m, const std::map<FlowId, Made>& flows) {
  std::vector<double> load(m.links(), 0), highest(m.links(), 0);
  for (const auto& [id, f] : flows)
    for (const Hop& h : f.hops) {
      load[static_cast<std::size_t>(h.link)] += h.weight * m.rate(id);
      highest[static_cast<std::size_t>(h.link)] =
          std::max(highest[static_cast<std::size_t>(h.link)], f.penalty * m.rate(id));
    }
  for (std::size_t l = 0; l < m.links(); ++l)
    ASSERT_LE(load[l], m.capacity(static_cast<LinkId>(l)) * (1 + 1e-9) + 1e-12);
  for (const auto& [id, f] : flows) {
    ASSERT_LE(m.rate(id), f.cap * (1 + 1e-12));
    if (m.rate(id) >= f.cap * (1 - 1e-9)) continue;
    const bool held = std::any_of(f.hops.begin(), f.hops.end(), [&](const Hop& h) {
      const auto l = static_cast<std::size_t>(h.link);
      return load[l] >= m.capacity(h.link) * (1 - 1e-9) && f.penalty * m.rate(id) >= highest[l] * (1 - 1e-9);
    });
    ASSERT_TRUE(held) << "flow " << id << " could have more than " << m.rate(id);
  }
}

TEST(MaxMin, StaysFairUnderArrivalsDeparturesAndFailures) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Random r(seed);
    MaxMin m;
    const bool plain = seed % 2 == 0;
    const std::size_t links = 1 + r.below(12);
    for (std::size_t l = 0; l < links; ++l)
      m.add_link(plain ? 1 + static_cast<double>(r.below(3)) : 0.5 + r.unit());
    std::map<FlowId, Made> flows;
    for (int round = 0; round < 40; ++round) {
      const std::size_t changes = 1 + r.below(4);
      for (std::size_t i = 0; i < changes; ++i) {
        const std::size_t what = r.below(10);
        if (what < 5 || flows.empty()) {
          const Made f = random_flow(r, links, plain);
          flows[m.add_flow(f.hops, f.penalty, f.cap)] = f;
        } else if (what < 9) {
          const auto victim = std::next(flows.begin(), static_cast<std::ptrdiff_t>(r.below(flows.size())));
          m.remove_flow(victim->first);
          flows.erase(victim);
        } else {
          m.set_capacity(static_cast<LinkId>(r.below(links)), r.below(3) == 0 ? 0 : 0.5 + r.unit());
        }
      }
      m.solve();
      expect_fair(m, flows);
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", round " << round;
    }
  }
}

TEST(MaxMin, TouchesOnlyWhatIsConcerned) {
  MaxMin m;
  std::vector<FlowId> first;
  for (int i = 0; i < 1000; ++i) {
    const Hop own{m.add_link(1), 1};
    first.push_back(m.add_flow({&own, 1}, 1, kUnbounded));
    m.add_flow({&own, 1}, 1, kUnbounded);
  }
  m.solve();
  const auto before = m.filled();
  m.remove_flow(first[500]);
  m.solve();
  EXPECT_EQ(m.filled() - before, 1U);
  ASSERT_EQ(m.changed().size(), 1U);
  EXPECT_DOUBLE_EQ(m.rate(m.changed()[0]), 1);
  EXPECT_DOUBLE_EQ(m.rates_before()[0], 0.5);
}

/// Flows with few kinds of sizes on links that repeat a pattern, as fabrics do.
FlowSet random_set(Random& r, bool symmetric) {
  FlowSet set;
  const std::size_t copies = symmetric ? 2 + r.below(4) : 1;
  const std::size_t links = 1 + r.below(5), flows = 1 + r.below(8);
  for (std::size_t c = 0; c < copies; ++c)
    for (std::size_t l = 0; l < links; ++l) set.links.push_back({1.0 + static_cast<double>(l % 3), l == 4});
  set.links.push_back({0.7 * static_cast<double>(copies), false});  // one link that all copies share
  const auto shared = static_cast<LinkId>(set.links.size() - 1);
  for (std::size_t k = 0; k < flows; ++k) {
    FlowSet::Flow f;
    f.spec = {1 + static_cast<double>(r.below(3)), 0.5 * static_cast<double>(r.below(3)), 0.001,
              r.below(2) == 0 ? 1.0 : 2.5, r.below(4) == 0 ? 0.3 : kUnbounded};
    const Made way = random_flow(r, links, true);
    const bool over = r.below(2) == 0;
    for (std::size_t c = 0; c < copies; ++c) {
      for (Hop h : way.hops) {
        h.link += static_cast<LinkId>(c * links);
        set.hops.push_back(h);
      }
      if (over) set.hops.push_back({shared, 1});
      f.way = set.end_way();
      set.flows.push_back(f);
    }
  }
  return set;
}

TEST(FlowSet, FoldedIsUnfolded) {
  std::uint64_t folded_runs = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Random r(seed);
    const FlowSet set = random_set(r, seed % 4 != 0);
    const auto whole = run(set, false);
    const auto classes = run(set, true);
    ASSERT_EQ(whole.finish_s.size(), classes.finish_s.size());
    for (std::size_t i = 0; i < set.flows.size(); ++i)
      ASSERT_NEAR(whole.finish_s[i], classes.finish_s[i], 3e-9 * (1 + whole.finish_s[i])) << "seed " << seed;
    ASSERT_EQ(whole.outcome.finished, classes.outcome.finished);
    folded_runs += classes.classes < whole.classes ? 1 : 0;
  }
  EXPECT_GT(folded_runs, 250U);
}

TEST(FlowSet, WhatCanNeverFinishIsCounted) {
  FlowSet set;
  set.links = {{0, false}, {1, false}};
  set.hops = {{0, 1}};
  const auto down = set.end_way();
  set.hops.push_back({1, 1});
  const auto up = set.end_way();
  set.flows = {{{.bytes = 1}, down}, {{.bytes = 1}, up}, {{.bytes = 0}, down}};
  const auto r = run(set, false);
  EXPECT_EQ(r.outcome.stalled, 1U);
  EXPECT_EQ(r.outcome.finished, 2U);
  EXPECT_LT(r.finish_s[0], 0);
  EXPECT_DOUBLE_EQ(r.finish_s[1], 1);
  EXPECT_DOUBLE_EQ(r.finish_s[2], 0);
}

/// A link that is down from 1 s to 3 s, and halved from 4 s on: 1 + 1 + 2 x 2 bytes.
TEST(Simulator, LinksGoDownAndComeBack) {
  Simulator s;
  const Hop hop{s.add_link(1), 1};
  s.add({.bytes = 4}, {&hop, 1});
  s.set_capacity_at(1, hop.link, 0);
  s.set_capacity_at(3, hop.link, 1);
  s.set_capacity_at(4, hop.link, 0.5);
  struct Quiet : Listener {
    void finished(Ticket, double) override {}
  } quiet;
  const auto r = s.run(quiet);
  EXPECT_DOUBLE_EQ(r.makespan_s, 8);
  EXPECT_EQ(r.stalled, 0U);
}

}  // namespace
}  // namespace gigawatt::flows

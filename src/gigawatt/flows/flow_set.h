#pragma once
/// A set of flows with their links and ways, all known beforehand, and its run, folded or not.
///
/// *Folding.* Flows that cannot be told apart have the same rates for ever, so one of them stands for all. Links and
/// flows get colors: a link's from its capacity, a flow's from its size, start, delay, penalty and cap; then a link's
/// is refined by the colors and weights of its flows, a flow's by those of its links, until no color splits (the
/// coarsest equitable partition, as in color refinement of graphs). All links of a color then see the same numbers of
/// flows of each color, so progressive filling treats them alike step by step, and the quotient, one link and one flow
/// a color with weights added up, has the same rates and the same instants (Grohe et al. 2014 for linear programs).
/// Finish times are those of the unfolded run but for rounding; a random flow set gains nothing and loses the time of
/// refining, which stops early when colors are almost as many as flows.

#include <cstdint>
#include <span>
#include <vector>

#include "gigawatt/flows/simulator.h"

namespace gigawatt::flows {

/// Ways are kept in one array; flows may share one.
struct FlowSet {
  struct Link {
    double capacity = 0;
    bool fat_pipe = false;
  };
  struct Flow {
    FlowSpec spec;
    std::uint32_t way = 0;
  };
  std::vector<Link> links;
  std::vector<Hop> hops;
  std::vector<std::uint64_t> way_begin = {0};  ///< of way w: hops[way_begin[w]] to hops[way_begin[w + 1]]
  std::vector<Flow> flows;

  std::uint32_t end_way() {
    way_begin.push_back(hops.size());
    return static_cast<std::uint32_t>(way_begin.size() - 2);
  }
  std::span<const Hop> way(std::uint32_t w) const {
    return {hops.data() + way_begin[w], static_cast<std::size_t>(way_begin[w + 1] - way_begin[w])};
  }
};

struct Folded {
  FlowSet set;                          ///< one flow a class
  std::vector<std::uint32_t> class_of;  ///< class of each flow of the original
  std::vector<std::uint64_t> size;      ///< flows in each class
};

/// `most_classes_share`: gives up (an empty `class_of`) when there are more classes than this share of the flows.
Folded fold(const FlowSet& set, double most_classes_share = 0.5);

struct SetResult {
  Outcome outcome;
  std::uint64_t classes = 0;
  std::vector<double> finish_s;  ///< of each flow of the set; below zero: never
};

SetResult run(const FlowSet& set, bool folding = true, Compatibility compatibility = {},
              double simultaneous_s = 1e-9);

}  // namespace gigawatt::flows

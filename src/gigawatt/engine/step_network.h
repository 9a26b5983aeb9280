#pragma once
/// How a step's collectives are timed: by closed forms, or by their flows on a fabric (network/flow_collectives.h).
///
/// The fabric is one of the catalogue, a file in its format or a line of text as of `gigawatt net`; where none is named, the
/// folded Clos of the system's own cards (topology/system_fabric.h) with the switches and the routing of the catalogue's
/// network for the system's kind of fabric.

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/config/fields.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/search/search.h"
#include "gigawatt/step/step_network.h"

namespace gigawatt::engine {

enum class NetworkModel : std::uint8_t { kClosedForm, kFlow };
inline constexpr std::string_view kNetworkModelNames[] = {"closed-form", "flow"};

struct NetworkChoice {
  NetworkModel model = NetworkModel::kClosedForm;
  config::NameOrText topology;
  std::string routing;  ///< empty: the fabric's
};

void fields(config::FieldVisitor& v, NetworkChoice& choice);

/// Null for closed forms. `request`: its system and accelerators count; `seed`: of hashed ways.
tl::expected<std::shared_ptr<const network::FlowNetwork>, base::Diagnostics> flow_network(
    const catalog::Catalog& catalog, const NetworkChoice& choice, const step::StepRequest& request,
    std::uint64_t seed);

/// What a step's flows met, kind by kind and link by link.
struct NetworkReport {
  struct Kind {
    std::string name, pattern;
    std::int64_t ranks = 1, ranks_per_domain = 1;
    double bytes = 0;   ///< that an accelerator sends out of its domain in a step
    double share = 1;   ///< of the card's bandwidth that the kind's own flows reach
    double slower = 1;  ///< beside the other kinds
    std::uint64_t flows = 0, classes = 0;
    double closed_s = 0, flow_s = 0;  ///< of the step's term
  };
  /// Links of a tier with the same load; named after the first of them.
  struct Link {
    std::string name;
    std::uint64_t alike = 1;
    int tier = 0;
    std::int64_t cables = 1;
    double capacity = 0;
    double bytes = 0;  ///< of a step
    double utilization = 0;
    std::vector<double> share;  ///< of its bytes, by kind
  };
  struct Tier {
    int tier = 0;
    std::uint64_t links = 0;
    double bytes = 0, mean_utilization = 0, most_utilization = 0;
  };
  std::string fabric, routing;
  std::vector<Kind> kinds;
  std::vector<Link> hottest;
  std::vector<Tier> tiers;  ///< of the links that carry anything
  double closed_step_s = 0, step_s = 0;
  double solve_s = 0;
};

/// `flow` was evaluated with `network`, `closed` is the same request by closed forms.
NetworkReport network_report(const network::FlowNetwork& network, const step::StepResult& closed,
                             const step::StepResult& flow);

/// Times each plan of a search by flows and orders them by the search's objective. `request.flows` is set.
void rank_by_flows(const step::StepRequest& request, const step::Calibration& calibration,
                   const search::SearchOptions& options, std::vector<search::Candidate>& plans);

}  // namespace gigawatt::engine

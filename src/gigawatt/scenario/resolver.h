#pragma once
/// The steps of resolution (internal): fill from the catalogue, names to indexes, checks. Each step goes on after a
/// mistake, so that all of them are reported.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/scenario/problems.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::scenario {

/// A leaf that the catalogue filled: path -> source key and whether the catalogue calls it assumed.
struct CatalogueLeaf {
  std::string source;
  bool assumed = false;
};

class Resolver {
 public:
  Resolver(ResolvedScenario& scenario, const catalog::Catalog& catalog, Problems& problems,
           const std::vector<std::string>& software)
      : s_(scenario), catalog_(catalog), problems_(problems), software_(software) {}

  void run();
  const std::map<std::string, CatalogueLeaf>& filled() const { return filled_; }

 private:
  // resolve.cpp
  void period_and_budget();
  void settings();
  void operations();
  SystemId system(std::string& name, const std::string& path);
  ModelId model(std::string& name, const std::string& path);
  SiteId site(const std::string& name, const std::string& path);
  void source_and_reason(bool assumed, const std::string& reason, const std::string& path);
  void unknown(const std::string& path, std::string_view what, std::string_view name,
               const std::vector<std::string>& known);
  void not_found(const std::string& path, const catalog::NotFound& missing);
  const catalog::System* system_of(SystemId id) const;
  /// The names of a list's entries, each once; `what`: "two sites are named".
  void once(std::set<std::string>& seen, const std::string& name, const std::string& path,
            std::string_view what);
  std::vector<std::string> site_names() const;

  // resolve_site.cpp
  void sites();
  void fill_site(Site& site, const std::string& path);
  void phase(Site& site, std::size_t index, const std::string& path);
  void lease(const std::optional<Lease>& lease, bool rented, const std::string& path);
  void supply(Site& site, const std::string& path);
  void whole_node(const catalog::System& system, std::int64_t accelerators, const std::string& path,
                  const std::string& who);
  void fleet();
  void deliveries();

  // resolve_build.cpp
  void build_steps(Phase& phase, const std::string& path);

  // as_of.cpp
  void spread_of_dates(ResolvedStep& step, std::size_t index) const;
  void expired_forecasts();

  // plausible.cpp
  void plausible();
  void warn(std::string text) { s_.warnings.push_back(std::move(text)); }

  // resolve_job.cpp
  void jobs();
  void training(Job& job, const std::string& path);
  void training_phase(const Job& job, TrainingPhase& phase, const std::string& path, bool inline_phase);
  void split(const JobSplit& split, const std::string& job, const std::string& path);
  void pool(Job& job, const std::string& path);
  void served(Job& job, const std::string& path);
  void batch(Job& job, const std::string& path);
  void software(Job& job, const std::string& path);
  void placement(const Job& job, const std::string& path);
  void job_references();
  void cycles();

  // resolve_plan.cpp
  void plan(const Job& job, const TrainingPhase& phase, const PlanChoice& plan, const std::string& path);

  // resolve_claim.cpp
  void claims();
  void claim(Claim& claim, const std::string& path);

  /// Notes the accelerators that a site will ever hold.
  void holds(SiteId site, SystemId system, std::int64_t accelerators);

  ResolvedScenario& s_;
  const catalog::Catalog& catalog_;
  Problems& problems_;
  std::int64_t batched_ = 0;                  ///< jobs of the batches so far
  const std::vector<std::string>& software_;  ///< names of profiles; empty: not checked
  std::map<std::string, SiteId> site_ids_;    ///< the first of each name; made when the first is asked for
  std::map<std::string, CatalogueLeaf> filled_;
  std::map<std::pair<SiteId, SystemId>, std::int64_t> capacity_;
};

}  // namespace gigawatt::scenario

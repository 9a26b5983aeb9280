#pragma once
/// A deployment of the shipped catalogue for tests.

#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/serving/iteration.h"
#include "gigawatt/topology/cluster.h"

namespace gigawatt::serving::test {

struct World {
  catalog::Catalog catalog;
  kernels::LawBook laws;
  std::vector<Engine> engines;

  static const World& get() {
    static const World world = [] {
      const std::filesystem::path data = std::filesystem::path(GW_SOURCE_DIR) / "data";
      return World{catalog::Catalog::load(data).value(),
                   kernels::LawBook::load(data / "calibration" / "laws").value(),
                   load_engines(data / "engines").value()};
    }();
    return world;
  }
};

/// Owns what an IterationModel points at.
struct Case {
  std::unique_ptr<ServedModel> model;
  std::unique_ptr<network::Fabric> fabric;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<IterationModel> iterations;
};

inline Case make_case(const char* model, const char* system, const char* precision, const ServingPlan& plan,
                      const char* engine = "vllm", double drafted = 0) {
  const World& w = World::get();
  const catalog::FittedLibrary calibration(std::filesystem::path(GW_SOURCE_DIR) / "data" / "calibration", {});
  const auto& s = **w.catalog.system(system);
  const auto& a = **w.catalog.accelerator(s.accelerator);
  Case c;
  c.model = std::make_unique<ServedModel>(served_model(**w.catalog.model(model)));
  c.fabric = std::make_unique<network::Fabric>(
      network::make_fabric(topology::make_cluster(s, a, std::max<std::int64_t>(plan.accelerators(), 8)),
                           network::load_network_parameters(calibration, a).value()));
  c.engine = std::make_unique<Engine>(*find_engine(w.engines, engine));
  Deployment d;
  d.model = c.model.get();
  d.accelerator = &a;
  const auto lent = w.laws.lend(a, w.catalog.accelerators());
  d.laws = lent.laws;
  d.borrowed = lent.borrowed;
  d.fabric = c.fabric.get();
  d.engine = c.engine.get();
  d.formats = *formats_of(precision, *c.model);
  d.plan = plan;
  d.speculated = drafted;
  d.acceptance = c.engine->acceptance;
  c.iterations = std::make_unique<IterationModel>(d);
  return c;
}

}  // namespace gigawatt::serving::test

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "gigawatt/scenario/test/support.h"

namespace gigawatt::scenario {
namespace {

TEST(Shipped, EveryScenarioLoadsWithItsOwnName) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(GW_SOURCE_DIR) / "scenarios")) {
    if (entry.path().extension() != ".toml") continue;
    ++count;
    const auto s = loaded(entry.path().stem());
    EXPECT_EQ(s.name, entry.path().stem().string());
    EXPECT_FALSE(s.title.empty());
  }
  EXPECT_GE(count, 5);
}

TEST(Shipped, CanonicalFormReadsBackToTheSameScenario) {
  for (const char* name :
       {"meta-superclusters", "colossus", "stargate-abilene", "llama3-405b", "single-rack"}) {
    const auto s = loaded(name);
    const auto again = load_text(s.canonical, "canonical", knowledge());
    ASSERT_TRUE(again) << name << base::render(again.error());
    EXPECT_EQ(again->canonical, s.canonical) << name;
    EXPECT_EQ(again->hash, s.hash) << name;
    ASSERT_EQ(again->inputs.size(), s.inputs.size()) << name;
    for (std::size_t i = 0; i < s.inputs.size(); ++i) {
      ASSERT_EQ(again->inputs[i].path, s.inputs[i].path);
      ASSERT_EQ(again->inputs[i].si, s.inputs[i].si) << s.inputs[i].path;
    }
  }
}

TEST(Hash, IgnoresLayoutAndUnitsAndSeesValues) {
  const std::string text = std::string(kHead) + kSite;
  const auto hash = [](const std::string& t) { return load_text(t, "t", knowledge()).value().hash; };
  std::string other = text;
  other.replace(other.find("\"20 MW\""), 7, "\"0.02 GW\" # the same");
  EXPECT_EQ(hash(text), hash(other));
  other.replace(other.find("\"0.02 GW\""), 9, "\"0.021 GW\"");
  EXPECT_NE(hash(text), hash(other));
  EXPECT_EQ(load_text(text, "t", knowledge(), {"seed=2"})->seed, 2u);
  EXPECT_NE(load_text(text, "t", knowledge(), {"seed=2"})->hash, hash(text));
  EXPECT_EQ(hash(text), 0x103d5afc85841a7cULL);  // stored runs refer to it
}

std::size_t site_number(const ResolvedScenario& s, std::string_view name) {
  const auto at = std::find_if(s.sites.begin(), s.sites.end(), [&](const Site& x) { return x.name == name; });
  EXPECT_NE(at, s.sites.end()) << name;
  return static_cast<std::size_t>(at - s.sites.begin());
}

TEST(Site, TakesFromTheCatalogueWhatTheFileDoesNotGive) {
  const auto s = loaded("meta-superclusters");
  const std::size_t number = site_number(s, "prometheus");
  const Site& site = s.sites[number];
  const catalog::Site& known = **knowledge().site("prometheus");
  EXPECT_EQ(site.grid, known.grid);
  EXPECT_EQ(*site.latitude, known.latitude.value);
  EXPECT_EQ(*site.peak_overhead, known.peak_overhead.value);
  EXPECT_EQ(site.supply.size(), known.supply.size());
  EXPECT_EQ(site.published.size(), known.capacity.size());
  const auto overridden =
      loaded("meta-superclusters", {"site.prometheus.peak_overhead=1.4", "site.prometheus.supply=[]"});
  EXPECT_EQ(*overridden.sites[number].peak_overhead, 1.4);
}

TEST(Site, ConvertsFacilityPowerToAcceleratorsThroughThePeakOverheadAndTheNode) {
  const auto s = load_text(std::string(kHead) + kSite, "t", knowledge());
  ASSERT_TRUE(s);
  const Phase& p = s->sites[0].phases[0];
  const catalog::System& h100 = **knowledge().system("h100-sxm");
  EXPECT_DOUBLE_EQ(p.facility_power->si(), 25e6);
  const double watts = h100.node_max_w / 8 + h100.network_w_per_accelerator;
  EXPECT_EQ(*p.accelerators, static_cast<std::int64_t>(std::floor(20e6 / watts / 8)) * 8);
  EXPECT_EQ(s->systems[p.system_id.index()], "h100-sxm");
}

TEST(Supply, AddsUpByDateWithoutBatteriesAndEnds) {
  const auto s = load_text(std::string(kHead) + kSite + R"(
[[site.supply]]
kind = "grid"
date = 2025-03-01
power = "15 MW"
[[site.supply]]
kind = "gas"
date = 2025-06-01
until = 2026-01-01
power = "10 MW"
[[site.supply]]
kind = "battery"
date = 2025-01-01
power = "50 MW"
energy = "100 MWh"
)",
                           "t", knowledge());
  ASSERT_TRUE(s);
  const auto at = [&](const char* date) {
    return units::in_megawatts(supply_limit(s->sites[0], *base::parse_time(date)));
  };
  EXPECT_DOUBLE_EQ(at("2025-01-01"), 0);
  EXPECT_DOUBLE_EQ(at("2025-03-01"), 15);
  EXPECT_DOUBLE_EQ(at("2025-06-01"), 25);
  EXPECT_DOUBLE_EQ(at("2026-01-01"), 15);
  EXPECT_TRUE(std::isinf(supply_limit(Site{}, base::SimTime{}).si()));
}

TEST(BuildSteps, ChainLeadsAfterTheirPredecessors) {
  const auto s = load_text(std::string(kHead) + R"([[site]]
name = "a"
system = "h100-sxm"
[[site.phase]]
name = "p"
facility_power = "20 MW"
start = 2025-01-01
permit = { lead = "10 days" }
shell = { lead = "100 days", sigma = 0.5 }
substation = { lead = "50 days" }
power = { lead = "20 days" }
cooling = { lead = "40 days" }
racks = { lead = "5 days" }
network = { lead = "3 days", after = ["shell"] }
acceptance = { lead = "2 days", after = ["racks", "network"] }
)",
                           "t", knowledge());
  ASSERT_TRUE(s) << base::render(s.error());
  const Phase& p = s->sites[0].phases[0];
  const auto day = [](int n) {
    return base::SimTime::from_date(2025, 1, 1) + base::Duration::seconds(n * 86400.0);
  };
  const auto near = [](base::SimTime a, base::SimTime b) { return std::abs((a - b).to_seconds()) < 1; };
  EXPECT_TRUE(near(p.planned_energized, day(10 + 100 + 40)));  // cooling, after the shell
  EXPECT_TRUE(near(p.planned_service, day(10 + 100 + 40 + 5 + 2)));
  std::array<double, kBuildStepCount> deviates{};
  deviates[static_cast<std::size_t>(BuildStep::kShell)] = 1;
  const auto late = build_dates(p, deviates);
  EXPECT_NEAR((late.in_service - p.planned_service).to_days(), 100 * (std::exp(0.5) - 1), 1e-6);
  EXPECT_TRUE(near(late.done[static_cast<std::size_t>(BuildStep::kSubstation)], day(60)));
}

TEST(BuildSteps, WhatPrecedesADatedStepIsOverAndWhatFollowsTakesTheCatalogue) {
  const auto s = load_text(std::string(kHead) +
                               "[[site]]\nname = \"a\"\nsystem = \"h100-sxm\"\n[[site.phase]]\nname = "
                               "\"p\"\nfacility_power = \"20 MW\"\nracks = { date = 2025-06-01 }\n",
                           "t", knowledge());
  ASSERT_TRUE(s);
  const Phase& p = s->sites[0].phases[0];
  EXPECT_FALSE(p.resolved[static_cast<std::size_t>(BuildStep::kShell)].modeled);
  double lead = 0;
  for (const auto& step : knowledge().facility().build_steps)
    if (step.name == "network" || step.name == "acceptance") lead += step.lead.value;
  EXPECT_NEAR((p.planned_service - base::SimTime::from_date(2025, 6, 1)).to_seconds(), lead, 1);
  EXPECT_FALSE(p.resolved[static_cast<std::size_t>(BuildStep::kNetwork)].source.empty());
}

TEST(BuildSteps, AMedianMatchesManyDraws) {
  const auto s = loaded("titan-options");  // all of its steps lie ahead
  const Phase& p = s.sites[0].phases[0];
  for (const double z : {-2.0, -0.5, 0.0, 1.5}) {
    std::array<double, kBuildStepCount> deviates;
    deviates.fill(z);
    const auto dates = build_dates(p, deviates);
    EXPECT_LE(dates.energized, dates.in_service);
    EXPECT_EQ(z > 0, dates.in_service > p.planned_service);
  }
}

TEST(Jobs, ResolveNamesPhasesAndTeachers) {
  const auto s = loaded("meta-superclusters");
  const auto job = [&](std::string_view name) -> const Job& {
    for (const auto& j : s.jobs)
      if (j.name == name) return j;
    ADD_FAILURE() << name;
    return s.jobs[0];
  };
  const Job& llama = job("llama3.1-405b");
  ASSERT_EQ(llama.phases.size(), 2u);
  EXPECT_DOUBLE_EQ(llama.phases[0].global_batch_tokens, 2048.0 * 8192);
  EXPECT_EQ(llama.phases[1].plan->text, "TP8 CP16 PP16 VPP8 DP8 MB1 ZeRO2 SP recompute=modules:layernorm");
  EXPECT_EQ(llama.phases[0].plan->text, llama.plan.text);
  const Job& scout = job("llama4-scout");
  EXPECT_EQ(s.jobs[scout.teacher_job.index()].name, "llama4-behemoth");
  EXPECT_EQ(s.models[scout.model_id.index()], "llama4-scout");
  EXPECT_EQ(scout.distillation, DistillationMode::kShared);
  EXPECT_FALSE(job("assistants").site_id.valid());
  EXPECT_EQ(s.jobs[job("hyperion-run").after_ids.at(0).index()].name, "prometheus-run");
}

TEST(Site, TheDesignHourFollowsAWorseMean) {
  const std::string air = "[[site]]\nname = \"b\"\ncooling = \"air\"\n";
  const auto overhead = [&](const std::string& more) {
    const auto s = load_text(std::string(kHead) + kSite + air + more, "t.toml", knowledge());
    EXPECT_TRUE(s) << (s ? "" : base::render(s.error()));
    return *s->sites[1].peak_overhead;
  };
  const auto& kind = **knowledge().cooling("air");
  EXPECT_DOUBLE_EQ(overhead(""), kind.peak_overhead.value);
  EXPECT_NEAR(overhead("pue = 1.56\n"), 1.56 * kind.peak_overhead / kind.pue, 1e-12);
  EXPECT_DOUBLE_EQ(overhead("pue = 1.1\n"), kind.peak_overhead.value);
}

/// "8M tokens" is published for 1,024 sequences of 8,192, "16M" for 2,048 (Llama 3).
TEST(Jobs, RoundBatchesOfTokensAreWhatTheyStandFor) {
  const auto batch = [](const std::string& tokens, std::int64_t sequence) {
    const auto s = load_text(
        std::string(kHead) + kSite +
            "[[job]]\nname = \"j\"\nmodel = \"llama3.1-8b\"\naccelerators = 64\ntokens = 1e12\nsequence = " +
            std::to_string(sequence) + "\nglobal_batch_tokens = " + tokens + "\n",
        "t.toml", knowledge());
    EXPECT_TRUE(s) << (s ? "" : base::render(s.error()));
    return std::pair(s->jobs[0].phases[0].global_batch, s->warnings.size());
  };
  EXPECT_EQ(batch("8e6", 8192), std::pair(std::int64_t{1024}, std::size_t{1}));
  EXPECT_EQ(batch("16e6", 8192), std::pair(std::int64_t{2048}, std::size_t{1}));
  EXPECT_EQ(batch("4e6", 4096), std::pair(std::int64_t{1024}, std::size_t{1}));
  EXPECT_EQ(batch("7995392", 8192), std::pair(std::int64_t{976}, std::size_t{0}));  // as it is said
}

TEST(Inputs, SayWhereEachLeafCameFrom) {
  const auto s = loaded("meta-superclusters", {"failures.rate_scale=2"});
  std::map<std::string, InputLeaf> leaves;
  for (const auto& leaf : s.inputs) EXPECT_TRUE(leaves.emplace(leaf.path, leaf).second) << leaf.path;
  EXPECT_EQ(leaves.at("failures.rate_scale").origin, Origin::kOverride);
  const auto at = [&](std::string_view site, std::string_view key) {
    return leaves.at(fmt::format("site[{}].{}", site_number(s, site), key));
  };
  EXPECT_EQ(at("prometheus", "phase[0].facility_power").origin, Origin::kFile);
  EXPECT_EQ(at("prometheus", "phase[0].facility_power").source, "epoch-data-centers-2026-08");
  EXPECT_EQ(at("prometheus", "phase[0].facility_power").unit, "MW");
  EXPECT_EQ(at("prometheus", "phase[0].it_power").origin, Origin::kDerived);
  EXPECT_EQ(at("prometheus", "peak_overhead").origin, Origin::kCatalogue);
  EXPECT_EQ(at("prometheus", "peak_overhead").source, "epoch-docs");
  EXPECT_EQ(at("prometheus", "supply[0].power").origin, Origin::kCatalogue);
  EXPECT_TRUE(at("prometheus", "supply[3].power").assumed);
  EXPECT_EQ(leaves.at("failures.enabled").origin, Origin::kDefault);
  EXPECT_TRUE(at("hyperion", "pue").origin == Origin::kCatalogue);
  EXPECT_TRUE(at("hyperion", "phase[1].facility_power").assumed);
}

/// Generated files are compared here; GIGAWATT_UPDATE_GENERATED=1 writes them anew.
void expect_generated(const std::filesystem::path& path, const std::string& text) {
  const auto full = std::filesystem::path(GW_SOURCE_DIR) / path;
  if (const char* update = std::getenv("GIGAWATT_UPDATE_GENERATED"); update && std::string(update) == "1") {
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  EXPECT_TRUE(file_text(full) == text)
      << path << " is out of date: run scenario_test with GIGAWATT_UPDATE_GENERATED=1 and read the diff";
}

TEST(Generated, SchemaIsUpToDate) { expect_generated("schema/scenario.schema.json", scenario_schema()); }
TEST(Generated, ReferenceIsUpToDate) { expect_generated("docs/reference/scenario.md", scenario_reference()); }

}  // namespace
}  // namespace gigawatt::scenario

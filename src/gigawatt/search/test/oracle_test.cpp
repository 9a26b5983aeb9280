// The search against brute force: naive loops over every dimension, each plan valued by step::evaluate.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "gigawatt/base/parallel.h"
#include "gigawatt/base/random.h"
#include "gigawatt/search/search.h"
#include "small_world.h"

namespace gigawatt::search {
namespace {

using random::Stream;
using step::Schedule;

template <typename T>
bool allowed(const std::vector<T>& list, T value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool matches(Choice choice, bool on) { return choice == Choice::kEither || (choice == Choice::kOn) == on; }

bool goes_with_graphs(const step::StepRequest& r, const step::RecomputePolicy& policy, bool activations) {
  using enum step::RecomputeKind;
  if (activations) return false;
  if (r.software->graph_coverage == 1) return true;
  return policy.kind == kNone || policy.kind == kSelective ||
         (policy.kind == kModules && (policy.modules & step::kRecomputeMoe) == 0);
}

/// Every plan of the space that space.h describes, without its code; only cuts and policies are taken from there.
template <typename Visit>
void for_each_plan(const step::StepRequest& r, const Constraints& c, const Visit& visit) {
  const Space space(r, c);
  const auto gpus = static_cast<std::int32_t>(r.gpus);
  const bool moe = r.model->is_moe();
  for (std::int32_t tp = 1; tp <= gpus; ++tp)
    for (std::int32_t cp = 1; cp <= gpus; ++cp)
      for (std::int32_t pp = 1; pp <= gpus; ++pp) {
        if (gpus % (tp * cp * pp) != 0) continue;
        const std::int32_t dp = gpus / (tp * cp * pp);
        const bool usual_tp =
            r.model->heads % tp == 0 && tp <= static_cast<std::int32_t>(r.system->scaleup_domain.value);
        const bool usual_cp =
            (cp & (cp - 1)) == 0 && cp <= 64 && r.seq_len % cp == 0 && (cp == 1 || r.seq_len / cp >= 1024);
        if (c.tp.empty() ? !usual_tp : !allowed(c.tp, tp)) continue;
        if (c.cp.empty() ? !usual_cp : !allowed(c.cp, cp)) continue;
        if (pp > c.max_pipeline_depth || pp > r.model->layers + 2 || !allowed(c.pp, pp) || !allowed(c.dp, dp))
          continue;
        for (std::int32_t ep = 1; ep <= (moe ? r.model->moe.experts : 1); ++ep)
          for (std::int32_t etp = 1; etp <= tp; ++etp) {
            if (!allowed(c.ep, ep) ||
                (c.etp.empty() ? etp != 1 && (etp != tp || !moe) : !allowed(c.etp, etp)))
              continue;
            if (c.experts_in_scaleup && ep * etp > r.system->scaleup_domain.value) continue;
            for (std::int32_t micro = 1; micro <= std::min<std::int64_t>(64, r.global_batch); ++micro) {
              if (!allowed(c.micro_batch, micro) || r.global_batch % (dp * micro) != 0) continue;
              const std::int64_t n = r.global_batch / (dp * micro);
              for (const Cut& cut : space.cuts(pp))
                for (const Schedule schedule :
                     {Schedule::k1f1b, Schedule::kInterleaved, Schedule::kZeroBubble, Schedule::kDualPipe}) {
                  const bool dual = pp % 2 == 0 && n % 2 == 0 && n >= 2 * pp;
                  const bool chunks = schedule == Schedule::kInterleaved || schedule == Schedule::kZeroBubble;
                  if (cut.vpp > 1 ? !chunks : schedule == Schedule::kInterleaved) continue;
                  if (pp == 1 && schedule != Schedule::k1f1b) continue;
                  if (schedule == Schedule::kInterleaved && n % pp != 0) continue;
                  if (schedule == Schedule::kDualPipe && !dual) continue;
                  if (pp > 1 && !allowed(c.schedule, schedule)) continue;
                  for (std::int32_t zero = 0; zero <= 3; ++zero) {
                    // ZeRO-2 is not ZeRO-1 where no gradients accumulate whole.
                    const bool own =
                        zero != 2 || n == 1 ||
                        (pp > 1 ? cut.vpp > 1 && n <= pp : r.software->fsdp_reduce_every_micro_batch);
                    const bool usual_zero = dp * cp > 1 ? own : zero == 1;
                    if (c.zero_stage.empty() ? !usual_zero : !allowed(c.zero_stage, zero)) continue;
                    for (std::int32_t group = 0; group < dp * cp; ++group) {
                      if (group > 0 && (zero == 0 || (dp * cp) % group != 0)) continue;
                      if (group == 1 && c.shard_group.empty()) continue;
                      if (!allowed(c.shard_group, group) && !(zero == 0 && group == 0)) continue;
                      for (const auto& policy : space.policies())
                        for (const bool optimizer : {false, true})
                          for (const bool activations : {false, true})
                            for (const int flags : {0, 1, 2, 3}) {
                              const bool sequence = (flags & 1) != 0, graph = (flags & 2) != 0;
                              if (c.recompute.empty() && policy.full_layers * pp >= r.model->layers) continue;
                              if (!matches(c.cuda_graphs, graph) ||
                                  (graph && !goes_with_graphs(r, policy, activations)))
                                continue;
                              if (!matches(c.offload_optimizer, optimizer) ||
                                  !matches(c.offload_activations, activations))
                                continue;
                              if (tp == 1 ? sequence : !matches(c.sequence_parallel, sequence)) continue;
                              step::ParallelPlan p = r.plan;
                              p.tp = tp, p.cp = cp, p.pp = pp, p.dp = dp, p.ep = ep, p.etp = etp,
                              p.micro_batch = micro;
                              p.vpp = cut.vpp, p.first_layers = cut.first_layers,
                              p.last_layers = cut.last_layers;
                              p.schedule = schedule, p.zero_stage = zero, p.shard_group = group,
                              p.recompute = policy;
                              p.offload_optimizer = optimizer, p.offload_activations = activations;
                              p.sequence_parallel = sequence;
                              p.cuda_graph = graph;
                              step::StepRequest mine = r;
                              mine.plan = p;
                              if (step::check_plan(mine)) visit(mine);
                            }
                    }
                  }
                }
            }
          }
      }
}

struct Oracle {
  std::uint64_t legal = 0;
  std::uint64_t fit = 0;
  std::vector<Candidate> all;  ///< that fit, best first
  std::vector<Candidate> front;
  double least_misfit = 0;
};

Oracle brute_force(const step::StepRequest& r, const step::Calibration& calibration, const SearchOptions& o) {
  Oracle out;
  const double limit = o.constraints.max_memory_bytes > 0
                           ? std::min(o.constraints.max_memory_bytes, r.accelerator->memory_bytes.value)
                           : r.accelerator->memory_bytes.value;
  for_each_plan(r, o.constraints, [&](const step::StepRequest& mine) {
    const auto result = step::evaluate(mine, calibration);
    ++out.legal;
    const double bytes = result->memory.peak_bytes;
    if (bytes > limit) {
      if (out.least_misfit == 0 || bytes < out.least_misfit) out.least_misfit = bytes;
      return;
    }
    if (result->memory.host_bytes > result->memory.host_limit_bytes) return;
    ++out.fit;
    out.all.push_back({mine.plan, result->step_time_s, result->mfu, bytes,
                       score_of(r, o, result->time, result->step_time_s)});
  });
  const auto order = [](const auto& worth) {
    return [worth](const Candidate& a, const Candidate& b) {
      return worth(a) != worth(b) ? worth(a) < worth(b) : before(a.plan, b.plan);
    };
  };
  std::sort(out.all.begin(), out.all.end(),
            order([](const Candidate& c) { return std::pair(c.step_time_s, c.peak_memory_bytes); }));
  for (const auto& c : out.all)
    if (out.front.empty() || c.peak_memory_bytes < out.front.back().peak_memory_bytes) out.front.push_back(c);
  std::sort(out.all.begin(), out.all.end(), order([](const Candidate& c) { return c.score; }));
  return out;
}

void expect_same(const std::vector<Candidate>& mine, const std::vector<Candidate>& truth, std::size_t count,
                 const std::string& what) {
  ASSERT_EQ(mine.size(), std::min(count, truth.size())) << what;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    ASSERT_EQ(mine[i].plan, truth[i].plan) << what << " " << i << ": " << step::to_string(mine[i].plan)
                                           << " is not " << step::to_string(truth[i].plan);
    ASSERT_EQ(mine[i].step_time_s, truth[i].step_time_s) << what;  // to the last bit
    ASSERT_EQ(mine[i].peak_memory_bytes, truth[i].peak_memory_bytes) << what;
    ASSERT_EQ(mine[i].score, truth[i].score) << what;
    ASSERT_EQ(mine[i].mfu, truth[i].mfu) << what;
  }
}

void drawn_case(Stream& random, test::SmallWorld& w, SearchOptions& o) {
  const auto one_of = [&](auto... values) {
    const std::array list{values...};
    return list[random.below(list.size())];
  };
  const auto sometimes = [&](auto& list, auto... values) {
    if (random.below(4) != 0) list = {one_of(values...)};
  };
  w.draw(random);
  auto& c = o.constraints;
  sometimes(c.tp, 1, 2, 4);
  sometimes(c.cp, 1, 2);
  sometimes(c.pp, 1, 2, 3, 4);
  sometimes(c.micro_batch, 1, 2);
  sometimes(c.ep, 1, 2, 4);
  sometimes(c.zero_stage, 0, 1, 2, 3);
  sometimes(c.schedule, Schedule::k1f1b, Schedule::kInterleaved, Schedule::kZeroBubble, Schedule::kDualPipe);
  if (random.below(4) == 0) c.schedule.clear();
  sometimes(c.shard_group, 0, 2, 4);
  if (random.below(2) == 0) c.recompute = {{}, {step::RecomputeKind::kFull, 0, one_of(0, 1, 2)}};
  c.offload_optimizer = one_of(Choice::kOff, Choice::kOff, Choice::kEither, Choice::kOn);
  c.offload_activations = one_of(Choice::kOff, Choice::kOff, Choice::kEither, Choice::kOn);
  c.sequence_parallel = one_of(Choice::kOn, Choice::kOff, Choice::kEither);
  c.cuda_graphs = one_of(Choice::kOff, Choice::kOff, Choice::kEither, Choice::kOn);
  c.experts_in_scaleup = random.below(4) == 0;
  c.uneven_splits = random.below(2) == 0;
  c.partial_recompute = random.below(4) == 0;
  if (random.below(4) == 0) c.max_memory_bytes = w.accelerator.memory_bytes.value * random.uniform();
  o.objective = one_of(Objective::kTime, Objective::kCost, Objective::kEnergy);
  // Free, and with an idle draw above the busy one: everything ties, and energy falls with work.
  o.rates = one_of(Rates{2, 1000, 200}, Rates{2, 1000, 200}, Rates{0, 0, 0}, Rates{1, 100, 300});
  o.top = one_of(std::size_t{1}, std::size_t{3}, std::size_t{10});
  o.pareto = random.below(3) != 0;
}

struct Case {
  SearchOptions options;
  Oracle truth;
  SearchResult found, all;
};

Case solve(std::uint64_t index) {
  Stream random(7, random::Domain::kTest, index);
  std::optional<test::SmallWorld> world;
  Case c;
  do {
    world.emplace();
    c.options = {};
    drawn_case(random, *world, c.options);
    // Of the spaces without a plan a quarter says as much as all.
  } while (Space(world->request, c.options.constraints).tasks().empty() && random.below(4) != 0);
  const test::SmallWorld& w = *world;
  c.truth = brute_force(w.request, w.calibration, c.options);
  c.truth.all.resize(std::min(c.truth.all.size(), c.options.top));
  c.found = search(w.request, w.calibration, c.options);
  if (c.truth.legal == 0)
    return c;  // the search for the nearest legal question is the dearest part: once is enough
  SearchOptions exhaustive = c.options;
  exhaustive.exhaustive = true;
  c.all = search(w.request, w.calibration, exhaustive);
  return c;
}

TEST(Oracle, AgreesOnThousandsOfSmallSpaces) {
  constexpr std::size_t kSpaces = 2000;
  std::uint64_t plans = 0, empty = 0, misfits = 0, pruned = 0;
  std::vector<Case> cases(kSpaces);
  base::parallel_for(kSpaces, [&](std::size_t i) { cases[i] = solve(i); });
  for (std::size_t i = 0; i < kSpaces && !HasFatalFailure(); ++i) {
    const auto& [o, truth, found, all] = cases[i];
    SCOPED_TRACE("space " + std::to_string(i));
    expect_same(found.best, truth.all, o.top, "best");
    expect_same(found.pareto, o.pareto ? truth.front : std::vector<Candidate>{}, truth.front.size(), "front");
    ASSERT_EQ(found.evaluated + found.pruned, truth.legal);
    ASSERT_EQ(found.legal, truth.legal);
    if (truth.fit == 0) {
      ASSERT_EQ(found.nearest_misfit.peak_memory_bytes, truth.least_misfit);
    }
    expect_same(all.best, truth.all, o.top, "exhaustive");
    ASSERT_EQ(all.evaluated, truth.legal);
    ASSERT_EQ(all.fit, truth.fit);
    ASSERT_EQ(all.pruned, 0U);
    plans += truth.legal;
    empty += truth.legal == 0;
    misfits += truth.legal > 0 && truth.fit == 0;
    pruned += found.pruned;
  }
  RecordProperty("plans", std::to_string(plans));
  EXPECT_GT(plans, 50'000U);
  EXPECT_GT(pruned, plans / 10);
  EXPECT_GT(empty, 10U);
  EXPECT_GT(misfits, 10U);
}

}  // namespace
}  // namespace gigawatt::search

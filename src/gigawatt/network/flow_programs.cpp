#include "gigawatt/network/flow_programs.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace gigawatt::network {
namespace {

/// The flows of all phases of all programs, and where each phase's stand among them.
struct Laid {
  struct Phase {
    std::size_t begin = 0;
    std::size_t end = 0;
    double waits_s = 0;  ///< latencies and software of its repeats beyond the first's latency
  };
  std::vector<std::vector<Phase>> phases;  ///< by program
};

class Run final : public flows::Listener {
 public:
  Run(const flows::FlowSet& set, const Laid& laid, std::span<const RunningProgram> programs,
      const FlowOptions& o)
      : set_(set), laid_(laid), simulator_(o.simultaneous_s, o.sharing.compatibility) {
    for (const auto& l : set.links) simulator_.add_link(l.capacity, l.fat_pipe);
    left_.assign(programs.size(), 0);
    next_.assign(programs.size(), 0);
    finish_.assign(programs.size(), -1);
    for (std::size_t p = 0; p < programs.size(); ++p) begin_next(p, programs[p].start_s);
  }

  flows::Outcome run() { return simulator_.run(*this); }
  double finish(std::size_t program) const { return finish_[program]; }

  void finished(flows::Ticket flow, double time_s) override {
    const std::size_t p = program_of_[flow];
    if (--left_[p] == 0) begin_next(p, time_s);
  }

 private:
  void begin_next(std::size_t p, double time_s) {
    // Phases without flows take their waits alone.
    while (next_[p] < laid_.phases[p].size()) {
      const auto& phase = laid_.phases[p][next_[p]++];
      if (phase.begin == phase.end) {
        time_s += phase.waits_s;
        continue;
      }
      for (auto i = phase.begin; i < phase.end; ++i) {
        flows::FlowSpec spec = set_.flows[i].spec;
        spec.start_s = time_s + phase.waits_s;
        simulator_.add(spec, set_.way(set_.flows[i].way));
        program_of_.push_back(static_cast<std::uint32_t>(p));
      }
      left_[p] = phase.end - phase.begin;
      return;
    }
    finish_[p] = time_s;
  }

  const flows::FlowSet& set_;
  const Laid& laid_;
  flows::Simulator simulator_;
  std::vector<std::size_t> left_, next_;
  std::vector<double> finish_;
  std::vector<std::uint32_t> program_of_;
};

/// The flows from `from` on are the phase's, with all their repeats. What they wait for is their longest latency in each
/// repeat, or, in a ring, that of mean hops, and then none is a flow's own.
Laid::Phase laid_phase(const topology::Fabric& fabric, const FlowOptions& options, double hop_s,
                       const FlowPhase& phase, std::size_t from, flows::FlowSet& set) {
  const auto to = set.flows.size();
  const bool own_delays = phase.own_delays(options.sharing);
  double longest = 0, sum = 0, bytes = 0;
  for (auto i = from; i < to; ++i) {
    auto& spec = set.flows[i].spec;
    longest = std::max(longest, spec.delay_s);
    sum += spec.delay_s * spec.bytes;
    bytes += spec.bytes;
    if (!own_delays) spec.delay_s = 0;
  }
  double each = 0;
  for (const auto& w : phase.waits) each += w.times * (way_delay(fabric, w.src, w.dst, options) + hop_s);
  if (!own_delays)
    each += phase.mean_hops * ((bytes > 0 ? sum / bytes : longest) + hop_s);
  else
    each += hop_s;
  const double own = own_delays ? (phase.repeats - 1) * longest : 0;
  return {from, to, phase.repeats * each + own};
}

}  // namespace

tl::expected<ProgramsResult, base::Diagnostics> run_programs(const topology::Fabric& fabric,
                                                             std::span<const RunningProgram> programs,
                                                             const FlowOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  ProgramsResult out;
  FlowBuilder builder(fabric, options);
  Laid laid;
  std::uint64_t number = 0;
  for (const RunningProgram& program : programs) {
    ProgramsResult::Program p{program.name, program.start_s, 0, 0, 0, 0};
    auto& phases = laid.phases.emplace_back();
    for (const FlowPhase& phase : program.phases) {
      const auto from = builder.set().flows.size();
      for (FlowRequest r : phase.flows) {
        r.bytes *= phase.repeats;
        r.start_s = 0;
        if (!builder.add(r, number++))
          return tl::unexpected(base::Diagnostics{
              base::error("no-way", fmt::format("{}: there is no way from '{}' to '{}'", program.name,
                                                fabric.endpoint_name(r.src), fabric.endpoint_name(r.dst)))});
        p.bytes += r.bytes;
      }
      phases.push_back(laid_phase(fabric, options, program.hop_s, phase, from, builder.set()));
      p.flows += phase.flows.size();
    }
    out.programs.push_back(std::move(p));
  }
  Run all(builder.set(), laid, programs, options);
  out.total.outcome = all.run();
  for (std::size_t i = 0; i < programs.size(); ++i) {
    auto& p = out.programs[i];
    p.finish_s = all.finish(i);
    if (p.finish_s < 0)
      return tl::unexpected(
          base::Diagnostics{base::error("never-finishes", fmt::format("{}: a flow can never finish", p.name),
                                        "a link on its way has no capacity, and nothing will change that")});
    out.total.outcome.makespan_s = std::max(out.total.outcome.makespan_s, p.finish_s);
    out.total.flows += p.flows;
    Laid one;
    one.phases.push_back(laid.phases[i]);
    Run alone(builder.set(), one, programs.subspan(i, 1), options);
    alone.run();
    p.alone_s = alone.finish(0) - p.start_s;
  }
  out.total.classes = builder.set().flows.size();
  summarize(fabric, builder, options, out.total);
  out.total.lower_bound_s = 0;  // phases follow each other: the links' bytes bound nothing sharply
  out.total.solve_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return out;
}

}  // namespace gigawatt::network

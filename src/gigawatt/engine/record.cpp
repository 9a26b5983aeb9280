#include "gigawatt/engine/record.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "gigawatt/engine/figures.h"

namespace gigawatt::engine {
namespace {

using results::Interval;
using results::Record;
using results::Subject;

Subject record_subject(const results::Frame& frame, std::uint32_t subject) {
  const auto& named = frame.subjects()[subject];
  return {results::to_string(named.kind), named.name};
}

/// Rows that hold no number anywhere say nothing: a figure that its subject does not have.
bool empty(const Interval& v) {
  return std::isnan(v.value) && std::isnan(v.nominal) && std::isnan(v.low) && std::isnan(v.high);
}

/// A transaction costs as much as hundreds of rows, and what it holds is in memory: one holds whole subjects until they
/// are about this many rows.
constexpr std::size_t kRowsOfTransaction = 20'000;

void record_frame(const results::Frame& frame, results::RunWriter& writer) {
  std::uint32_t subject = 0;
  std::size_t rows = 0;
  for (const Record& record : frame.records()) {
    if (record.subject != subject && rows >= kRowsOfTransaction) {
      writer.commit();
      rows = 0;
    }
    subject = record.subject;
    rows += std::max<std::size_t>(record.count, 1);
    const Subject about = record_subject(frame, subject);
    if (const auto* metric = std::get_if<results::Metric>(&record.what)) {
      if (const Interval v = frame.interval(record); !empty(v)) writer.metric(*metric, about, v);
      continue;
    }
    for (std::size_t m = 0; m < record.count; ++m)
      writer.point(std::get<results::Series>(record.what), about, record.label, frame.months()[m],
                   frame.interval(record, m));
  }
  for (const auto& a : frame.accounts())
    writer.ledger(a.ledger, record_subject(frame, a.subject), a.label, a.value);
  writer.commit();
}

/// What happens on a day of the nominal run.
void record_events(const fleet::FleetResult& result, results::RunWriter& writer) {
  for (const auto& site : result.sites)
    for (const auto& m : site.milestones)
      writer.event(results::Event::kMilestone, {"site", site.name}, m.date,
                   m.phase.empty() ? m.step : m.phase + ": " + m.step, m.facility_w / kWattsPerMegawatt);
  for (const auto& job : result.jobs) {
    if (!job.started) continue;
    const auto accelerators = static_cast<double>(job.accelerators);
    writer.event(results::Event::kJobStart, {"job", job.name}, job.start, job.site, accelerators);
    if (job.status == fleet::JobStatus::kCompleted)
      writer.event(results::Event::kJobEnd, {"job", job.name}, job.end, job.site, accelerators);
  }
  writer.commit();
}

void record_claims(const Inputs& inputs, const RunOutput& output, results::RunWriter& writer) {
  for (std::size_t i = 0; i < output.claims.size(); ++i) {
    const auto& claim = inputs.scenario.claims[i];
    const auto& r = output.claims[i];
    const double none = std::numeric_limits<double>::quiet_NaN();
    Interval computed =
        r.estimate ? Interval(r.estimate->value, r.estimate->low, r.estimate->high) : Interval(none);
    if (!r.has_interval) computed.low = computed.high = none;
    computed.nominal = r.nominal.value_or(none);
    writer.claim({r.id, claim.statement, claim.source_key.empty() ? claim.source : claim.source_key,
                  scenario::info(claim.quantity).name,
                  scenario::kClaimRelationNames[static_cast<std::size_t>(claim.relation)], r.unit,
                  analysis::kVerdictNames[static_cast<std::size_t>(r.verdict)],
                  analysis::kBindingNames[static_cast<std::size_t>(r.binding)], r.explanation, r.claimed,
                  claim.tolerance, computed, claim.upper ? r.upper : none});
  }
  writer.commit();
}

}  // namespace

results::RunHeader header(const Inputs& inputs, const RunOptions& options, const std::string& program) {
  const auto& s = inputs.scenario;
  results::RunHeader h;
  h.scenario = s.name;
  h.title = s.title;
  h.hash = fmt::format("{:016x}", s.hash);
  h.canonical = s.canonical;
  h.program = program;
  h.seed = options.seed.value_or(s.seed);
  h.futures = options.futures;
  h.start = s.start;
  h.end = options.until.value_or(s.end);
  return h;
}

void record_inputs(const Inputs& inputs, results::RunWriter& writer) {
  std::set<std::string> cited;
  for (const auto& leaf : inputs.scenario.inputs) {
    writer.input({leaf.path, leaf.value, leaf.unit,
                  scenario::kOriginNames[static_cast<std::size_t>(leaf.origin)], leaf.source,
                  leaf.numeric ? leaf.si : std::numeric_limits<double>::quiet_NaN(), leaf.assumed});
    if (!leaf.source.empty()) cited.insert(leaf.source);
  }
  for (const auto& claim : inputs.scenario.claims)
    if (!claim.source_key.empty()) cited.insert(claim.source_key);
  for (const auto& key : cited) {
    const auto source = inputs.knowledge.catalog.source(key);
    if (source) writer.citation({(*source)->key, (*source)->title, (*source)->citation});
  }
  writer.commit();
}

void record_output(const Inputs& inputs, const RunOutput& output, results::RunWriter& writer) {
  record_frame(output.frame, writer);
  record_events(output.nominal, writer);
  record_claims(inputs, output, writer);
  writer.finish(output.interrupted ? results::RunStatus::kInterrupted : results::RunStatus::kComplete);
}

}  // namespace gigawatt::engine

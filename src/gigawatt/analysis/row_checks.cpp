#include "gigawatt/analysis/row_checks.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gigawatt::analysis {
namespace {

constexpr double kExact = 1e-6;
constexpr double kContradiction = 1.5;
constexpr std::size_t kOnALine = 3;

using CheckedRows = std::vector<const RunRow*>;

/// What a row says of itself but the batch, the accelerators and the time.
std::string configuration(const RunRow& r, bool with_scale) {
  const auto& p = r.plan;
  std::string key = fmt::format(
      "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", r.source, r.model.name,
      r.model.layers, r.model.hidden, static_cast<int>(r.kind), r.seq_len, r.accelerator, r.gpus_per_node,
      r.nic_bandwidth, p.tp, p.cp, p.pp, p.ep, p.etp, r.vpp.value_or(0), r.micro_batch.value_or(0),
      r.zero_stage.value_or(-1), p.shard_group, step::to_string(p.recompute), static_cast<int>(p.precision),
      r.framework, r.release, fmt::join(r.features, "+"));
  key += fmt::format("|{}|{}|{}", r.flash_attention.value_or(false), r.cuda_graph.value_or(false),
                     r.sequence_parallel.value_or(false));
  if (with_scale) key += fmt::format("|{}|{}", r.gpus, r.global_batch);
  return key;
}

std::map<std::string, CheckedRows> groups(const RunTable& table, const auto& key) {
  std::map<std::string, CheckedRows> out;
  for (const RunRow& r : table.rows)
    if (r.step_time_s > 0 && r.fits && r.level == "A") out[key(r)].push_back(&r);
  return out;
}

std::vector<std::string> ids_of(const CheckedRows& rows) {
  std::vector<std::string> ids;
  for (const auto* r : rows) ids.push_back(r->id);
  return ids;
}

/// Whether time is a straight line in the batch.
bool on_a_line(CheckedRows rows) {
  std::sort(rows.begin(), rows.end(), [](auto* a, auto* b) { return a->global_batch < b->global_batch; });
  const auto x = [&](std::size_t i) { return static_cast<double>(rows[i]->global_batch); };
  if (rows.size() < kOnALine || x(0) == x(1)) return false;
  const double slope = (rows[1]->step_time_s - rows[0]->step_time_s) / (x(1) - x(0));
  for (std::size_t i = 2; i < rows.size(); ++i) {
    const double line = rows[0]->step_time_s + slope * (x(i) - x(0));
    if (x(i) == x(i - 1) || std::abs(line / rows[i]->step_time_s - 1) > kExact) return false;
  }
  return true;
}

void linear(const RunTable& table, std::vector<RowDoubt>& out) {
  const auto same =
      groups(table, [](const RunRow& r) { return fmt::format("{}|{}", configuration(r, false), r.gpus); });
  for (const auto& [key, rows] : same)
    if (on_a_line(rows))
      out.push_back({"linear", ids_of(rows), "time is exactly linear in the number of micro-batches"});
}

void repeated(const RunTable& table, std::vector<RowDoubt>& out) {
  const auto same =
      groups(table, [](const RunRow& r) { return fmt::format("{}|{:.12g}", r.source, r.step_time_s); });
  for (const auto& [key, rows] : same) {
    const bool long_enough =
        fmt::format("{:.12g}", rows.front()->step_time_s).size() >= 6;  // five digits, a point
    const auto first = configuration(*rows.front(), true);
    const bool differ =
        std::any_of(rows.begin(), rows.end(), [&](auto* r) { return configuration(*r, true) != first; });
    if (long_enough && differ)
      out.push_back({"repeated", ids_of(rows), "different configurations share every digit of their time"});
  }
}

void contradicting(const RunTable& table, std::vector<RowDoubt>& out) {
  const auto same = groups(table, [](const RunRow& r) { return configuration(r, true); });
  for (const auto& [key, rows] : same) {
    const auto [low, high] = std::minmax_element(
        rows.begin(), rows.end(), [](auto* a, auto* b) { return a->step_time_s < b->step_time_s; });
    const double ratio = (*high)->step_time_s / (*low)->step_time_s;
    if (ratio > kContradiction)
      out.push_back({"contradict",
                     {(*low)->id, (*high)->id},
                     fmt::format("one configuration, times that differ by a factor of {:.2f}", ratio)});
  }
}

void misordered(const RunTable& table, std::vector<RowDoubt>& out) {
  const auto same = groups(
      table, [](const RunRow& r) { return fmt::format("{}|{}", configuration(r, false), r.global_batch); });
  for (const auto& [key, rows] : same)
    for (const auto* few : rows)
      for (const auto* many : rows)
        if (many->gpus > few->gpus && many->step_time_s > kContradiction * few->step_time_s)
          out.push_back(
              {"ordering",
               {few->id, many->id},
               fmt::format("{} accelerators take longer than {} for the same batch", many->gpus, few->gpus)});
}

}  // namespace

std::vector<RowDoubt> row_doubts(const RunTable& table) {
  std::vector<RowDoubt> out;
  linear(table, out);
  repeated(table, out);
  contradicting(table, out);
  misordered(table, out);
  return out;
}

}  // namespace gigawatt::analysis

#include "gigawatt/engine/usual_step.h"

#include <algorithm>
#include <bit>
#include <map>

#include <fmt/format.h>

namespace gigawatt::engine {
namespace {

// What published pre-training runs of 2024 and later use where no run of the model is known.
constexpr std::int64_t kSequence = 4096;
constexpr std::int64_t kTokensOfStep = 4 * 1024 * 1024;

bool names(const catalog::Model& model, const std::string& name) {
  return model.name == name ||
         std::find(model.aliases.begin(), model.aliases.end(), name) != model.aliases.end();
}

/// The most frequent value; of equally frequent ones the least. 0: none.
std::int64_t most_frequent(const std::map<std::int64_t, int>& counts) {
  std::int64_t best = 0;
  int most = 0;
  for (const auto& [value, count] : counts)
    if (count > most) best = value, most = count;
  return best;
}

}  // namespace

UsualStep usual_step(const analysis::RunTable& runs, const catalog::Model& model, std::int64_t seq) {
  std::map<std::int64_t, int> sequences, batches;
  const auto of_model = [&](const analysis::RunRow& row) {
    return row.kind == step::TrainingKind::kPretrain && row.step_time_s > 0 && names(model, row.model.name);
  };
  for (const auto& row : runs.rows)
    if (of_model(row)) ++sequences[row.seq_len];
  UsualStep out;
  out.seq = seq > 0 ? seq : most_frequent(sequences);
  for (const auto& row : runs.rows)
    if (of_model(row) && row.seq_len == out.seq) ++batches[row.global_batch];
  out.global_batch = most_frequent(batches);
  out.basis = "as in most published runs of this model";
  out.of_runs = out.global_batch > 0;
  if (out.of_runs) return out;
  if (out.seq == 0) out.seq = kSequence;
  out.global_batch = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(
             std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(1, kTokensOfStep / out.seq)))));
  out.basis = "no published run of this model is known: 4 Mi tokens a step";
  return out;
}

}  // namespace gigawatt::engine

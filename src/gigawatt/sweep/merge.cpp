#include "gigawatt/sweep/merge.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/hash.h"
#include "gigawatt/base/parallel.h"
#include "gigawatt/base/version.h"
#include "gigawatt/results/store.h"
#include "gigawatt/results/write_parquet.h"
#include "gigawatt/sweep/shard.h"

namespace gigawatt::sweep {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Of manifest.json and the shards; raised when either changes.
constexpr int kFormat = 1;

Json manifest_of(const Plan& plan) {
  Json keys = Json::array();
  for (const auto& key : plan.keys) {
    keys.push_back({{"key", key.path}, {"type", key.numeric ? "number" : "text"}, {"unit", key.unit}});
    if (!key.range) continue;
    keys.back()["low"] = key.range->key.low;
    keys.back()["value"] = key.range->key.value;
    keys.back()["high"] = key.range->key.high;
    keys.back()["source"] = key.range->source;
    for (const auto& with : key.range->with)
      keys.back()["with"].push_back({{"key", with.path}, {"low", with.low}, {"high", with.high}});
  }
  return {{"format", kFormat},
          {"program", base::program_name()},
          {"question", plan.question},
          {"scenario", plan.scenario_name},
          {"scenario_hash", base::hash_text(plan.scenario_text)},
          {"keys", keys},
          {"seeds", plan.seeds.size()},
          {"runs", plan.runs()},
          {"shards", plan.shards()}};
}

base::Diagnostic other(const fs::path& file, const std::string& what) {
  return base::error("other-sweep", fmt::format("{}: {}", file.string(), what),
                     "give an empty folder with --out");
}

base::Diagnostics cannot_write(const results::StoreError& failure) {
  return {base::error("cannot-write", failure.what())};
}

/// The folder is empty, or its manifest is that of this question.
std::optional<base::Diagnostic> claim_folder(const fs::path& folder, const Plan& plan) {
  const fs::path file = folder / "manifest.json";
  std::error_code problem;
  fs::create_directories(folder / "shards", problem);
  if (problem) return base::error("cannot-write", fmt::format("{}: {}", folder.string(), problem.message()));
  if (!fs::exists(file)) {
    // Another process may have made both since.
    if (!fs::is_empty(folder / "shards") && !fs::exists(file))
      return other(folder / "shards", "there are shards, but no manifest that says of what");
    if (!fs::exists(file)) write_whole(file, manifest_of(plan).dump(2) + "\n");
  }
  const Json there = Json::parse(read_bytes(file), nullptr, false);
  const auto text = [&](const char* key) {
    return there.is_object() && there.contains(key) ? there[key].dump() : std::string("none");
  };
  if (!there.is_object() || text("format") != fmt::format("{}", kFormat))
    return other(file, fmt::format("format {}, this program writes {}", text("format"), kFormat));
  if (text("program") != Json(base::program_name()).dump())
    return other(file, fmt::format("written by {}, this is {}", text("program"), base::program_name()));
  if (text("question") != Json(plan.question).dump())
    return other(file, "the folder holds another sweep (other keys, values, seeds, scenario or data)");
  return std::nullopt;
}

struct Counted {
  std::size_t runs = 0, failed = 0;
  std::string first_failure;
};

/// Numbers of the runs of one shard, which must be the ones it should hold, in order.
tl::expected<Counted, base::Diagnostic> count(const fs::path& file, const Plan& plan, std::size_t index) {
  const auto table = results::read_parquet(file);
  if (!table) return tl::unexpected(table.error());
  const auto* run = table->column("run");
  const auto* status = table->column("status");
  const auto* reason = table->column("reason");
  const std::size_t first = index * plan.shard_runs();
  const std::size_t end = std::min(first + plan.shard_runs(), plan.runs());
  Counted out;
  const auto wrong = [&](std::size_t which) {
    return tl::unexpected(base::error("missing-run",
                                      fmt::format("{}: run {} is missing", file.string(), which),
                                      "remove the file and it is computed again"));
  };
  if (!run || !status || !reason || run->is_text || !status->is_text || !reason->is_text) return wrong(first);
  for (std::size_t r = 0; r < table->rows; ++r) {
    const auto number = static_cast<std::size_t>(run->numbers[r]);
    if (out.runs > 0 && number == first + out.runs - 1) continue;
    if (number != first + out.runs) return wrong(first + out.runs);
    ++out.runs;
    if (status->dictionary[static_cast<std::size_t>(status->words[r])] != "failed") continue;
    if (out.failed++ == 0) out.first_failure = reason->dictionary[static_cast<std::size_t>(reason->words[r])];
  }
  if (first + out.runs != end) return wrong(first + out.runs);
  return out;
}

using Checked = tl::expected<Counted, base::Diagnostic>;

std::vector<Checked> check_shards(const fs::path& folder, const Plan& plan) {
  std::vector<Checked> out(plan.shards());
  base::parallel_for(out.size(), [&](std::size_t i) {
    const fs::path file = shard_file(folder, i);
    const auto complete = is_complete(folder, plan, i);
    if (!complete)
      out[i] = tl::unexpected(complete.error());
    else if (!*complete)
      out[i] = tl::unexpected(base::error("missing-shard", fmt::format("{} is missing", file.string())));
    else
      out[i] = count(file, plan, i);
  });
  return out;
}

}  // namespace

tl::expected<Report, base::Diagnostics> merge(const fs::path& folder, const Plan& plan) try {
  const auto checked = check_shards(folder, plan);
  Report out;
  out.shards = plan.shards();
  base::Diagnostics problems;
  std::vector<fs::path> files;
  for (std::size_t i = 0; i < checked.size(); ++i) {
    files.push_back(shard_file(folder, i));
    if (!checked[i]) {
      problems.push_back(checked[i].error());
      continue;
    }
    out.runs += checked[i]->runs;
    out.failed += checked[i]->failed;
    if (out.first_failure.empty()) out.first_failure = checked[i]->first_failure;
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  const fs::path merged = folder / "results.parquet";
  results::join_parquet(files, merged);
  out.outputs = {merged, folder / "manifest.json"};
  return out;
} catch (const results::StoreError& failure) {
  return tl::unexpected(cannot_write(failure));
}

tl::expected<std::vector<std::size_t>, base::Diagnostics> claim_shards(const fs::path& folder,
                                                                       const Plan& plan) try {
  if (const auto problem = claim_folder(folder, plan)) return tl::unexpected(base::Diagnostics{*problem});
  std::vector<std::size_t> missing;
  base::Diagnostics problems;
  for (std::size_t i = 0; i < plan.shards(); ++i) {
    const auto complete = is_complete(folder, plan, i);
    if (!complete)
      problems.push_back(complete.error());
    else if (!*complete)
      missing.push_back(i);
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return missing;
} catch (const results::StoreError& failure) {
  return tl::unexpected(cannot_write(failure));
}

tl::expected<Report, base::Diagnostics> run_shards(const engine::Knowledge& knowledge, const Plan& plan,
                                                   const Local& local,
                                                   const std::vector<std::size_t>& shards) try {
  const auto begin = std::chrono::steady_clock::now();
  auto missing = claim_shards(local.folder, plan);
  if (!missing) return tl::unexpected(missing.error());
  std::erase_if(*missing,
                [&](std::size_t i) { return std::find(shards.begin(), shards.end(), i) == shards.end(); });
  std::mutex report;
  std::size_t done = shards.size() - missing->size();
  base::parallel_for(missing->size(), [&](std::size_t i) {
    if (local.stop.stop_requested()) return;
    const auto table = compute_shard(knowledge, plan, (*missing)[i], local.stop);
    if (local.stop.stop_requested()) return;
    keep_shard(table, local.folder, plan, (*missing)[i]);
    const std::lock_guard lock(report);
    ++done;
    if (local.progress) local.progress(static_cast<double>(done) / static_cast<double>(shards.size()));
  });
  Report out;
  out.runs = plan.runs();
  out.shards = shards.size();
  out.kept = shards.size() - missing->size();
  out.interrupted = local.stop.stop_requested();
  out.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return out;
} catch (const results::StoreError& failure) {
  return tl::unexpected(cannot_write(failure));
}

tl::expected<Report, base::Diagnostics> run_local(const engine::Knowledge& knowledge, const Plan& plan,
                                                  const Local& local) {
  std::vector<std::size_t> all(plan.shards());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto begin = std::chrono::steady_clock::now();
  const auto computed = run_shards(knowledge, plan, local, all);
  if (!computed || computed->interrupted) return computed;
  auto out = merge(local.folder, plan);
  if (!out) return out;
  out->kept = computed->kept;
  out->wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return out;
}

std::string data_hash(const fs::path& data) {
  return base::hash_folder(data, [](const fs::path& name) { return name.extension() != ".md"; });
}

}  // namespace gigawatt::sweep

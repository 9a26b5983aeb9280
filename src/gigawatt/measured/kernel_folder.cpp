#include "gigawatt/measured/kernel_folder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

#include <fmt/format.h>

#include "gigawatt/kernels/call.h"
#include "gigawatt/measured/kernel_power.h"
#include "gigawatt/measured/order.h"
#include "gigawatt/measured/parquet_row.h"

namespace gigawatt::measured {
namespace {

struct MeasuredCall {
  const catalog::Accelerator* accelerator = nullptr;
  std::string gpu;
  kernels::Terms terms;
  double seconds = 0;
  std::array<std::string, 3> laws;
  std::uint64_t shape = 0;  ///< hash of the shape's name
};

struct OperationCalls {
  std::string op;
  std::vector<MeasuredCall> calls;
  std::vector<SkippedKernels> skipped;
};

/// FNV-1a: the same on every machine, so that the parts left out are.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 1469598103934665603ull;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return h ^ (h >> 29);
}

tl::expected<OperationCalls, base::Diagnostic> read_operation(
    const std::filesystem::path& file, const std::vector<catalog::Accelerator>& accelerators) {
  OperationCalls out;
  out.op = file.stem().string();
  const auto table = results::read_parquet(file);
  if (!table) return tl::unexpected(table.error());
  const auto known = kernels::known_operations();
  if (std::find(known.begin(), known.end(), out.op) == known.end()) {
    out.skipped.push_back({out.op, "", table->rows, "no model of this operation"});
    return out;
  }
  ParquetRow row(*table);
  std::map<std::string, std::size_t, std::less<>> unknown;
  std::size_t empty = 0;
  std::string last;
  const catalog::Accelerator* accelerator = nullptr;
  for (std::size_t r = 0; r < table->rows; ++r) {
    row.go_to(r);
    const auto gpu = row.text("gpu");
    if (gpu != last) {
      accelerator = accelerator_named(accelerators, gpu);
      last = gpu;
    }
    if (accelerator == nullptr) {
      ++unknown[last];
      continue;
    }
    MeasuredCall call;
    call.seconds = kernels::measured_seconds(row);
    const auto terms = kernels::call_terms(out.op, row, kernels::make_device(*accelerator));
    if (!terms || call.seconds <= 0) {
      ++empty;
      continue;
    }
    call.accelerator = accelerator;
    call.gpu = last;
    call.terms = *terms;
    call.laws = kernels::law_names(out.op, row);
    call.shape = hash(kernels::shape_name(out.op, row));
    out.calls.push_back(std::move(call));
  }
  for (const auto& [gpu, rows] : unknown)
    out.skipped.push_back({out.op, gpu, rows, "the catalogue has no such accelerator"});
  if (empty > 0) out.skipped.push_back({out.op, "", empty, "no measured time"});
  return out;
}

tl::expected<std::vector<std::filesystem::path>, base::Diagnostics> parquet_files(
    const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.path().extension() == ".parquet") files.push_back(entry.path());
  if (files.empty())
    return tl::unexpected(base::Diagnostics{base::error(
        "no-kernels", fmt::format("{}: no Parquet file there", folder.string()),
        "a folder with one file an operation, such as gemm.parquet or generation_attention.parquet")});
  std::sort(files.begin(), files.end());
  return files;
}

void add_groups(const std::string& op, std::map<std::string, std::vector<double>>& errors,
                KernelReport& report) {
  for (auto& [gpu, list] : errors) {
    KernelGroup g{gpu, op, list.size(), 0, 0, std::nullopt};
    g.median_abs_pct = at_share(list, 0.5);
    g.p90_abs_pct = at_share(list, 0.9);
    report.groups.push_back(std::move(g));
  }
}

void finish(KernelReport& report) {
  for (const auto& g : report.groups)
    report.macro_median_abs_pct += g.median_abs_pct / static_cast<double>(report.groups.size());
}

// A law with fewer calls behind it is no better than the less specific one.
constexpr std::size_t kFewestCalls = 12;

/// The laws of one operation on the chips of `calls`, at each level of `law_names`, into `chips`.
void fit_operation(const std::vector<const MeasuredCall*>& calls,
                   std::map<std::string, kernels::ChipLaws>& chips) {
  std::map<std::pair<std::string, std::string>, std::vector<const MeasuredCall*>> groups;
  for (const MeasuredCall* call : calls)
    for (const auto& name : call->laws) groups[{call->accelerator->name, name}].push_back(call);
  std::vector<kernels::Terms> terms;
  std::vector<double> seconds;
  for (const auto& [key, members] : groups) {
    const bool least_specific = key.second == members.front()->laws.back();
    if (members.size() < kFewestCalls && !least_specific) continue;
    terms.clear();
    seconds.clear();
    // A pooled law needs no more calls than this to settle its few constants.
    constexpr std::size_t kMostCalls = 3000;
    const std::size_t stride = (members.size() + kMostCalls - 1) / kMostCalls;
    for (std::size_t i = 0; i < members.size(); i += stride) {
      terms.push_back(members[i]->terms);
      seconds.push_back(members[i]->seconds);
    }
    auto& laws = chips[key.first];
    laws.chip = key.first;
    laws.generation = members.front()->accelerator->generation;
    laws.set(key.second, kernels::fit_law(terms, seconds));
  }
}

double error_pct(const MeasuredCall& call, const kernels::Law& law) {
  return 100 * std::abs(law.seconds(call.terms) / call.seconds - 1);
}

void check_left_out(const OperationCalls& operation, int folds, KernelReport& report) {
  std::map<std::string, std::vector<double>> errors;
  for (int fold = 0; fold < folds; ++fold) {
    const auto left_out = [&](const MeasuredCall& c) {
      return static_cast<int>(c.shape % static_cast<std::uint64_t>(folds)) == fold;
    };
    std::vector<const MeasuredCall*> kept;
    for (const auto& call : operation.calls)
      if (!left_out(call)) kept.push_back(&call);
    std::map<std::string, kernels::ChipLaws> chips;
    fit_operation(kept, chips);
    for (const auto& call : operation.calls)
      if (left_out(call))
        if (const auto* law = chips[call.accelerator->name].find_first(call.laws))
          errors[call.gpu].push_back(error_pct(call, *law));
  }
  add_groups(operation.op, errors, report);
}

}  // namespace

tl::expected<KernelReport, base::Diagnostics> validate_kernels(
    const std::filesystem::path& folder, const kernels::LawBook& book,
    const std::vector<catalog::Accelerator>& accelerators, const power::PowerLaws* power_laws) {
  const auto files = parquet_files(folder);
  if (!files) return tl::unexpected(files.error());
  KernelReport report;
  for (const auto& file : *files) {
    auto operation = read_operation(file, accelerators);
    if (!operation) return tl::unexpected(base::Diagnostics{operation.error()});
    std::map<std::string, std::vector<double>> errors;
    std::map<std::string, std::size_t> without;
    std::map<const catalog::Accelerator*, const kernels::ChipLaws*> laws;
    for (const auto& call : operation->calls) {
      auto [at, is_new] = laws.try_emplace(call.accelerator, nullptr);
      if (is_new) at->second = book.nearest(*call.accelerator, accelerators);
      const auto* law = at->second == nullptr ? nullptr : at->second->find_first(call.laws);
      if (law == nullptr)
        ++without[call.gpu];
      else
        errors[call.gpu].push_back(error_pct(call, *law));
    }
    for (const auto& [gpu, rows] : without)
      operation->skipped.push_back(
          {operation->op, gpu, rows, "no law of this operation was fitted on this chip"});
    add_groups(operation->op, errors, report);
    report.skipped.insert(report.skipped.end(), operation->skipped.begin(), operation->skipped.end());
  }
  finish(report);
  if (power_laws != nullptr)
    if (const auto done = validate_power(folder / "power", *power_laws, accelerators, report); !done)
      return tl::unexpected(done.error());
  return report;
}

tl::expected<LawFit, base::Diagnostics> fit_kernels(const std::filesystem::path& folder,
                                                    const std::vector<catalog::Accelerator>& accelerators,
                                                    int folds) {
  const auto files = parquet_files(folder);
  if (!files) return tl::unexpected(files.error());
  LawFit out;
  std::map<std::string, kernels::ChipLaws> chips;
  for (const auto& file : *files) {
    const auto operation = read_operation(file, accelerators);
    if (!operation) return tl::unexpected(base::Diagnostics{operation.error()});
    std::vector<const MeasuredCall*> all;
    for (const auto& call : operation->calls) all.push_back(&call);
    fit_operation(all, chips);
    check_left_out(*operation, folds, out.left_out);
    out.left_out.skipped.insert(out.left_out.skipped.end(), operation->skipped.begin(),
                                operation->skipped.end());
  }
  for (auto& [name, laws] : chips) out.book.add(std::move(laws));
  finish(out.left_out);
  return out;
}

}  // namespace gigawatt::measured

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/analysis/kernel_errors.h"
#include "gigawatt/analysis/kernel_rows.h"
#include "gigawatt/analysis/validate.h"
#include "gigawatt/analysis/validation_text.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/measured/report_text.h"
#include "gigawatt/measured/site_facts.h"
#include "gigawatt/report/text.h"

namespace gigawatt::cli {
namespace {

analysis::RunTable read_tables(const ValidateArguments& a) {
  auto table = a.runs.empty() ? analysis::read_shipped_runs(data_directory()) : analysis::read_runs(a.runs);
  if (!table) throw InputError({table.error()});
  if (table->rows.empty() && table->skipped.empty()) throw InputError(a.runs + ": no rows below the header");
  return std::move(*table);
}

std::vector<analysis::KernelGroupError> kernel_errors(const std::string& file,
                                                      const engine::Knowledge& known) {
  const auto csv = config::read_csv(file);
  if (!csv) throw InputError({csv.error()});
  const auto rows = analysis::parse_kernel_rows(*csv, known.catalog.accelerators());
  auto errors = analysis::kernel_errors(rows, data_directory() / "calibration");
  if (!errors) throw InputError(errors.error());
  return std::move(*errors);
}

nlohmann::ordered_json kernels_json(const std::vector<analysis::KernelGroupError>& errors) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& e : errors)
    list.push_back({{"by", e.by},
                    {"value", e.value},
                    {"n", e.error.rows},
                    {"median_abs_pct", e.error.median_pct},
                    {"p90_abs_pct", e.error.p90_pct},
                    {"bias_pct", e.error.bias_pct}});
  return list;
}

std::string kernels_text(const std::vector<analysis::KernelGroupError>& errors, bool colour) {
  report::Table table({{"kernels by", report::Table::Align::kLeft},
                       {"", report::Table::Align::kLeft},
                       {"rows"},
                       {"median %"},
                       {"p90 %"}});
  for (const auto& e : errors)
    table.row({e.by, e.value, std::to_string(e.error.rows), fmt::format("{:.1f}", e.error.median_pct),
               fmt::format("{:.1f}", e.error.p90_pct)});
  return "\n" + table.render(colour);
}

template <typename Report>
const Report& expect(const tl::expected<Report, base::Diagnostics>& report) {
  if (!report) throw InputError(report.error());
  return *report;
}

/// Folders of kernels and serving rows have models of their own; training runs are asked for by their file.
int validate_measured(const ValidateArguments& a, bool kernel_folder, const catalog::Catalog& catalog,
                      bool json, Console& console) {
  nlohmann::ordered_json document;
  std::string text;
  if (kernel_folder) {
    const auto report = measured::validate_kernels_of(a.kernels, data_directory(), catalog);
    document["kernels"] = measured::to_json(expect(report));
    text += measured::to_text(*report);
  }
  if (!a.serving.empty()) {
    const auto report = measured::validate_serving_of(a.serving, data_directory(), catalog);
    document["serving"] = measured::to_json(expect(report));
    text += measured::to_text(*report);
  }
  console.print(json ? document.dump(2) + "\n" : text);
  return kDone;
}

/// Published facts of sites and grids beside what the models say.
int validate_facts(const ValidateArguments& a, const engine::Knowledge& known, bool json, Console& console) {
  const bool shipped = a.facts == "shipped";
  const std::filesystem::path file =
      shipped ? data_directory() / "validation" / "site_facts.csv" : std::filesystem::path(a.facts);
  constexpr std::size_t kMostBytes = std::size_t{64} << 20;
  const auto text = config::read_text_file(file, kMostBytes);
  if (!text) throw InputError({text.error()});
  const auto report = measured::compare_facts(*text, file.string(), known, data_directory());
  const auto& facts = expect(report);
  if (!a.out.empty()) OutputFile(a.out).write(facts.csv());
  console.print(json ? nlohmann::ordered_json{{"facts", facts.json()}}.dump(2) + "\n" : facts.text());
  return kDone;
}

}  // namespace

int validate_command(const ValidateArguments& a, const Common& common, Console& console) {
  const auto known = knowledge(common);
  if (!a.facts.empty()) return validate_facts(a, known, common.json, console);
  const bool kernel_folder = !a.kernels.empty() && std::filesystem::is_directory(a.kernels);
  if (kernel_folder || !a.serving.empty())
    return validate_measured(a, kernel_folder, known.catalog, common.json, console);
  std::optional<OutputFile> out;
  if (!a.out.empty()) out.emplace(a.out);
  const auto table = read_tables(a);
  const analysis::Knowledge basis{known.catalog.accelerators(), known.catalog.systems(),
                                  known.catalog.models(), &known.software, &known.calibration};
  const auto validation = analysis::validate(table, basis);
  std::vector<analysis::KernelGroupError> kernels;
  if (!a.kernels.empty()) kernels = kernel_errors(a.kernels, known);
  if (out) out->write(analysis::to_csv(validation));
  if (common.json) {
    auto document = analysis::to_json(validation);
    if (!a.kernels.empty()) document["kernels"] = kernels_json(kernels);
    console.print(document.dump(2) + "\n");
  } else {
    console.print(analysis::to_text(validation) +
                  (kernels.empty() ? "" : kernels_text(kernels, console.colour())));
  }
  return kDone;
}

}  // namespace gigawatt::cli

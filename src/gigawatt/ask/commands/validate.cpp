#include "gigawatt/ask/commands/validate.h"

#include <functional>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "gigawatt/analysis/kernel_errors.h"
#include "gigawatt/analysis/kernel_rows.h"
#include "gigawatt/analysis/library_errors.h"
#include "gigawatt/analysis/validate.h"
#include "gigawatt/analysis/validation_text.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/measured/report_text.h"
#include "gigawatt/measured/site_facts.h"
#include "gigawatt/report/text.h"

namespace gigawatt::ask {
namespace {

constexpr std::string_view kShipped = "shipped";
constexpr std::size_t kMostFactBytes = std::size_t{64} << 20;

struct ValidateQuestion {
  config::InputText runs, serving;
  config::InputTextOrFolder kernels;
  config::NameOrText facts;
  config::OutputFile out;
};

void fields(config::FieldVisitor& v, ValidateQuestion& q) {
  v(q.runs, {.key = "runs",
             .doc = "CSV of measured training runs; default: the shipped development rows.",
             .positional = true});
  v(q.kernels, {.key = "kernels",
                .doc = "CSV of measured kernels, or a folder of Parquet files with one operation each."});
  v(q.serving, {.key = "serving", .doc = "CSV of measured inference throughput and latency."});
  v(q.facts,
    {.key = "facts",
     .doc = "CSV of site and grid facts beside what the models say; \"shipped\": those that come with "
            "the program.",
     .bare = kShipped});
  v(q.out, {.key = "out", .doc = "Write each row with its prediction as CSV."});
}

tl::expected<config::CsvTable, base::Diagnostics> table_of(const config::InputText& file) {
  auto table = config::parse_csv(file.text, file.name);
  if (table && table->rows.empty())
    table = tl::unexpected(base::error("no-rows", file.name + ": no rows below the header"));
  if (!table) return tl::unexpected(base::Diagnostics{table.error()});
  return std::move(*table);
}

/// Folders of kernels and serving rows have models of their own; training runs are asked for by their file.
Answered measured_rows(const ValidateQuestion& q, const Context& context) {
  Answer out;
  std::string text;
  const auto add = [&](const char* key, const auto& report) {
    out.json[key] = measured::to_json(report);
    text += measured::to_text(report);
  };
  const auto& catalog = context.knowledge.catalog;
  if (!q.kernels.folder.empty()) {
    const auto report = measured::validate_kernels_of(q.kernels.folder, context.data, catalog);
    if (!report) return tl::unexpected(report.error());
    add("kernels", *report);
  }
  if (q.serving.given()) {
    const auto table = table_of(q.serving);
    if (!table) return tl::unexpected(table.error());
    const auto report = measured::validate_serving_of(*table, q.serving.name, context.data, catalog);
    if (!report) return tl::unexpected(report.error());
    add("serving", *report);
  }
  out.text = [text](bool) { return text; };
  return out;
}

/// Published facts of sites and grids beside what the models say.
Answered facts(const ValidateQuestion& q, const Context& context) {
  std::string text = q.facts.text, name = q.facts.name;
  if (!q.facts.is_document()) {
    if (name != kShipped)
      return tl::unexpected(
          base::Diagnostics{base::error("unknown-facts", fmt::format("'facts' is '{}'", name),
                                        fmt::format("the text of a CSV file, or \"{}\"", kShipped))});
    const auto file = context.data / "validation" / "site_facts.csv";
    auto shipped = config::read_text_file(file, kMostFactBytes);
    if (!shipped) return tl::unexpected(base::Diagnostics{shipped.error()});
    text = std::move(*shipped);
    name = file.string();
  }
  const auto report = measured::compare_facts(text, name, context.knowledge, context.data);
  if (!report) return tl::unexpected(report.error());
  Answer out;
  out.json = {{"facts", report->json()}};
  out.text = [text = report->text()](bool) { return text; };
  if (q.out.given()) out.files["out"] = report->csv();
  return out;
}

using KernelErrors = std::vector<analysis::KernelGroupError>;

tl::expected<KernelErrors, base::Diagnostics> kernel_errors(const ValidateQuestion& q,
                                                            const Context& context) {
  if (!q.kernels.given()) return KernelErrors{};
  const auto table = table_of(q.kernels);
  if (!table) return tl::unexpected(table.error());
  const auto rows = analysis::parse_kernel_rows(*table, context.knowledge.catalog.accelerators());
  auto errors = analysis::kernel_errors(rows, context.data / "calibration");
  if (!errors) return tl::unexpected(errors.error());
  const auto programs = analysis::library_errors(rows, context.data);
  if (!programs) return tl::unexpected(programs.error());
  errors->insert(errors->end(), programs->begin(), programs->end());
  return std::move(*errors);
}

nlohmann::ordered_json kernels_json(const KernelErrors& errors) {
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

std::string kernels_text(const KernelErrors& errors, bool color) {
  report::Table table({{"kernels by", report::Table::Align::kLeft},
                       {"", report::Table::Align::kLeft},
                       {"rows"},
                       {"median %"},
                       {"p90 %"}});
  for (const auto& e : errors)
    table.row({e.by, e.value, std::to_string(e.error.rows), fmt::format("{:.1f}", e.error.median_pct),
               fmt::format("{:.1f}", e.error.p90_pct)});
  return "\n" + table.render(color);
}

tl::expected<analysis::Validation, base::Diagnostics> validated_runs(const ValidateQuestion& q,
                                                                     const Context& context) {
  const auto& known = context.knowledge;
  const analysis::Knowledge basis{known.catalog.accelerators(), known.catalog.systems(),
                                  known.catalog.models(), &known.software, &known.calibration};
  if (!q.runs.given()) {
    const auto shipped = analysis::read_shipped_runs(context.data);
    if (!shipped) return tl::unexpected(base::Diagnostics{shipped.error()});
    return analysis::validate(*shipped, basis);
  }
  analysis::Validator validator(basis);
  auto read = analysis::each_run(
      q.runs.text, q.runs.name, [&](const auto& run, const auto& measured) { validator.add(run, measured); });
  if (!read) return tl::unexpected(base::Diagnostics{read.error()});
  return validator.finish(std::move(*read));
}

Answered training_runs(const ValidateQuestion& q, const Context& context) {
  auto validated = validated_runs(q, context);
  if (!validated) return tl::unexpected(validated.error());
  const auto validation = std::make_shared<const analysis::Validation>(std::move(*validated));
  const auto kernels = kernel_errors(q, context);
  if (!kernels) return tl::unexpected(kernels.error());
  Answer out;
  out.json = analysis::to_json(*validation);
  if (q.kernels.given()) out.json["kernels"] = kernels_json(*kernels);
  if (q.out.given()) out.files["out"] = analysis::to_csv(*validation);
  out.text = [validation, kernels = *kernels](bool color) {
    return analysis::to_text(*validation) + (kernels.empty() ? "" : kernels_text(kernels, color));
  };
  return out;
}

/// What was measured falls into parts, each with a model of its own; every part that is asked for is answered.
Answered answer_validate(const ValidateQuestion& q, const Context& context) {
  using Part = Answered (*)(const ValidateQuestion&, const Context&);
  std::vector<Part> parts;
  const bool rows = !q.kernels.folder.empty() || q.serving.given();
  const bool kernel_table = q.kernels.given() && q.kernels.folder.empty();
  const bool runs = q.runs.given() || kernel_table || (!rows && !q.facts.given());
  if (runs) parts.push_back(training_runs);
  if (rows) parts.push_back(measured_rows);
  if (q.facts.given()) parts.push_back(facts);
  base::Diagnostics problems;
  if (q.out.given() && (parts.size() > 1 || rows))
    problems.push_back(base::error("not-together", "'out' holds training runs or facts, one of them",
                                   "ask for them one at a time; --json has the rows of all"));
  if (!context.constants.empty() && !runs)
    problems.push_back(base::error(
        "not-together", "'calibration' is of training runs, which are not asked for", "leave it out"));
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  Answer out;
  std::vector<std::function<std::string(bool)>> texts;
  for (const auto part : parts) {
    auto found = part(q, context);
    if (!found) return found;
    for (auto& [key, value] : found->json.items()) out.json[key] = std::move(value);
    out.files.merge(found->files);
    texts.push_back(std::move(found->text));
  }
  out.text = [texts = std::move(texts)](bool color) {
    std::string all;
    for (const auto& text : texts) all += (all.empty() ? "" : "\n") + text(color);
    return all;
  };
  return out;
}

}  // namespace

Command validate() {
  return make_command<answer_validate>(
      {.name = "validate",
       .summary = "Predict measured runs and compare",
       .answer = "rows, predicted, skipped, overall, groups, memory, rows_out; kernels; serving; facts"});
}

}  // namespace gigawatt::ask

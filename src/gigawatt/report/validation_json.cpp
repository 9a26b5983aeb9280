#include "gigawatt/report/validation_json.h"

#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "gigawatt/analysis/validate.h"
#include "gigawatt/analysis/validation_text.h"
#include "gigawatt/config/csv.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

/// id -> the document that the row was read from.
std::map<std::string, std::string> citations(const std::filesystem::path& data_dir) {
  std::map<std::string, std::string> out;
  const auto csv = config::read_csv(data_dir / "validation" / "runs.csv");
  if (!csv) throw std::runtime_error(csv.error().message);
  for (std::size_t i = 0; i < csv->rows.size(); ++i) out[csv->cell(i, "id")] = csv->cell(i, "source");
  return out;
}

Json row_json(const analysis::ValidatedRow& row, const analysis::RunRow& run,
              const catalog::Catalog& catalog) {
  Json time = Json::object();
  for (std::size_t t = 0; t < step::kTimeTerms; ++t)
    time[std::string(step::kTimeTermNames[t])] = row.time->seconds[t];
  const auto chip = catalog.accelerator(run.accelerator);
  return {{"id", row.id},
          {"source", row.source},
          {"level", row.level},
          {"model", run.model.name},
          {"kind", run.model.moe.experts > 0 ? "mixture-of-experts" : "dense"},
          {"accelerator", run.accelerator},
          {"generation", chip ? (*chip)->generation : ""},
          {"gpus", run.gpus},
          {"seq", run.seq_len},
          {"precision", catalog::to_string(run.plan.precision)},
          {"plan", step::to_string(run.plan)},
          {"measured_s", row.measured_s},
          {"predicted_s", row.predicted_s},
          {"low_s", row.low_s},
          {"high_s", row.high_s},
          {"error_pct", row.error_pct},
          {"time", std::move(time)}};
}

}  // namespace

Json shipped_validation(const engine::Knowledge& known, const std::filesystem::path& data_dir) {
  const auto table = analysis::read_shipped_runs(data_dir);
  if (!table) throw std::runtime_error(table.error().message);
  const analysis::Knowledge basis{known.catalog.accelerators(), known.catalog.systems(),
                                  known.catalog.models(), &known.software, &known.calibration};
  const auto validation = analysis::validate(*table, basis);
  std::map<std::string, const analysis::RunRow*> by_id;
  for (const auto& run : table->rows) by_id[run.id] = &run;
  const auto cited = citations(data_dir);

  Json document = analysis::to_json(validation);
  document.erase("rows_out");
  document["rows_total"] = document["rows"];
  document["rows"] = Json::array();
  for (const auto& row : validation.predictions) {
    Json out = row_json(row, *by_id.at(row.id), known.catalog);
    if (const auto it = cited.find(row.id); it != cited.end()) out["citation"] = it->second;
    document["rows"].push_back(std::move(out));
  }
  return document;
}

}  // namespace gigawatt::report

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/commands.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/interop/megatron_import.h"
#include "gigawatt/interop/model_toml.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/workload/hf_config.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::cli {
namespace {

int import_model(const ImportArguments& a, const Common& common, Console& console) {
  if (a.rest.size() != 1)
    throw InputError(fmt::format("import hf takes one file, {} are given", a.rest.size()));
  const auto read = workload::read_hf(a.rest.front());
  if (!read) throw InputError(read.error());
  catalog::Model model = read->model;
  if (model.title.empty()) model.title = model.name;
  const auto count = workload::count_parameters(model);
  const std::string toml = interop::model_toml(model);
  if (!read->notes.empty()) console.error(base::render(read->notes));
  if (common.json) {
    auto notes = nlohmann::ordered_json::array();
    for (const auto& note : read->notes) notes.push_back({{"code", note.code}, {"message", note.message}});
    console.print(nlohmann::ordered_json{{"name", model.name},
                                         {"family", read->family},
                                         {"parameters", count.total},
                                         {"total_parameters", count.total},
                                         {"active_parameters", count.active},
                                         {"notes", notes},
                                         {"toml", toml}}
                      .dump(2) +
                  "\n");
    return kDone;
  }
  console.print(fmt::format(
      "# {} parameters, {} active. A file of the catalogue also says when the model was released and where "
      "its sizes are from:\n# released = \"2026-01-31\", source = a key of data/sources.toml\n{}",
      count.total, count.active, toml));
  return kDone;
}

int import_megatron(const ImportArguments& a, const Common& common, Console& console) {
  if (a.rest.empty()) throw InputError("import megatron needs the arguments of a run");
  const auto read = interop::import_megatron(a.rest, a.gpus);
  if (!read) throw InputError(read.error());
  const auto known = knowledge(common);
  std::string name = a.model;
  if (name.empty()) {
    const catalog::Model* same = interop::matching_model(known.catalog.models(), read->sizes);
    name = same == nullptr ? "MODEL" : same->name;
  }
  step::StepRequest request;
  request.gpus = read->gpus;
  request.seq_len = read->seq_len;
  request.global_batch = read->global_batch;
  request.plan = read->plan;
  const std::string command = interop::gigawatt_command(request, name, a.system);
  if (common.json) {
    console.print(nlohmann::ordered_json{
                      {"command", command},
                      {"model", name == "MODEL" ? nlohmann::ordered_json() : nlohmann::ordered_json(name)},
                      {"gpus", request.gpus},
                      {"seq", request.seq_len},
                      {"global_batch", request.global_batch},
                      {"plan", report::plan_json(request.plan)},
                      {"ignored", read->ignored}}
                      .dump(2) +
                  "\n");
    return kDone;
  }
  console.print(command + "\n");
  if (name == "MODEL")
    console.note(
        "no model of the catalogue has these sizes: put a name or a config.json for MODEL, or give --model");
  if (a.system == "SYSTEM")
    console.note(
        "put a system for SYSTEM, or give --system: h100-sxm, gb200-nvl72 ... (gigawatt catalog list "
        "systems)");
  if (!read->ignored.empty())
    console.note(
        fmt::format("ignored, as they do not change time or memory here: {}", fmt::join(read->ignored, " ")));
  return kDone;
}

}  // namespace

int import_command(const ImportArguments& a, const Common& common, Console& console) {
  return a.format == "hf" ? import_model(a, common, console) : import_megatron(a, common, console);
}

}  // namespace gigawatt::cli

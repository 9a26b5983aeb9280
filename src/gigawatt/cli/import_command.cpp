#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/ask/overwrite.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/interop/config_import.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/interop/megatron_import.h"
#include "gigawatt/interop/model_toml.h"
#include "gigawatt/logs/file_kind.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/workload/hf_config.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::cli {
namespace {

constexpr std::size_t kMostConfigBytes = 16u << 20;

/// The errors of a file that was refused, and what else it looks like.
base::Diagnostics with_kind(base::Diagnostics errors, const std::string& file, std::string_view wanted) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return errors;
  const auto text = config::read_text_file(file, kMostConfigBytes);
  const std::string kind = text ? logs::file_kind(*text) : "";
  if (!kind.empty() && kind.find(wanted) == std::string::npos)
    errors.push_back(base::error("other-kind", fmt::format("{} looks like {}", file, kind)));
  return errors;
}

int import_model(const ImportArguments& a, const Common& common, Console& console) {
  if (a.rest.size() != 1)
    throw InputError(fmt::format("import hf takes one file, {} are given", a.rest.size()));
  const auto read = workload::read_hf(a.rest.front());
  if (!read) throw InputError(with_kind(read.error(), a.rest.front(), "the configuration of a model"));
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

/// The model that the arguments describe: the catalogue's where every size agrees, else one of its own.
struct NamedModel {
  std::string name;  ///< empty: there is none
  std::string toml;  ///< of one of its own
  std::vector<std::string> notes;
};

NamedModel name_model(const interop::MegatronImport& read, std::span<const catalog::Model> models,
                      const std::string& file) {
  NamedModel out;
  if (!read.model_name.empty()) {
    out.name = read.model_name;
    return out;
  }
  const auto match = interop::match_model(models, read.sizes);
  const auto list = [](const std::vector<std::string>& items) {
    return fmt::format("{}", fmt::join(items, ", "));
  };
  if (!read.not_sayable.empty()) {
    out.notes.push_back(
        fmt::format("no model can be made of these arguments ({}): give --model", list(read.not_sayable)));
    return out;
  }
  if (match.model != nullptr) {
    out.name = match.model->name;
    if (read.sizes.vocab == 0)
      out.notes.push_back(
          fmt::format("the vocabulary is not said: taken for {} with {} words, as every other size is its "
                      "own; another model of the "
                      "same sizes needs --model, or --vocab-size among the arguments",
                      out.name, match.model->vocab));
    if (!match.differs.empty())
      out.notes.push_back(fmt::format("taken for {} by its sizes; it has {}", out.name, list(match.differs)));
    return out;
  }
  if (match.nearest != nullptr)
    out.notes.push_back(fmt::format("no model of the catalogue has these sizes; the nearest, {}, has {}",
                                    match.nearest->name, list(match.why_not)));
  const auto& m = read.sizes;
  if (m.layers == 0 || m.hidden == 0 || m.heads == 0 || m.vocab == 0) {
    out.notes.push_back(fmt::format("for a model of its own the arguments lack {}: give --model",
                                    m.layers == 0   ? "--num-layers"
                                    : m.hidden == 0 ? "--hidden-size"
                                    : m.heads == 0  ? "--num-attention-heads"
                                                    : "--vocab-size"));
    return out;
  }
  const double bound = catalog::parameter_bound(m);
  if (bound > catalog::kMaxParameters) return out;
  out.toml = interop::model_toml(m);
  const auto parameters = workload::count_parameters(m);
  out.notes.push_back(fmt::format("a model of its own: {:.1f} billion parameters, {:.1f} active{}",
                                  static_cast<double>(parameters.total) / 1e9,
                                  static_cast<double>(parameters.active) / 1e9,
                                  file.empty() ? "; --out FILE.toml writes it" : ", in " + file));
  if (!file.empty()) out.name = file;
  return out;
}

/// A file where one is named, else the words themselves.
std::string text_of(const std::vector<std::string>& rest) {
  std::error_code ignored;
  // One word that assigns nothing and is no option can only be a file, be it there or not.
  const bool names_file =
      rest.size() == 1 && !rest[0].starts_with('-') && rest[0].find_first_of(" =\n\t") == std::string::npos;
  if (rest.size() == 1 && rest[0].size() < 4096 &&
      (names_file || std::filesystem::is_regular_file(rest[0], ignored))) {
    const auto text = config::read_text_file(rest[0], kMostConfigBytes);
    if (!text) throw InputError(base::Diagnostics{text.error()});
    return *text;
  }
  return fmt::format("{}", fmt::join(rest, " "));
}

/// Files first, then a function of theirs, then overrides; a text that is no file is the configuration itself.
interop::ConfigText config_of(const std::vector<std::string>& rest) {
  interop::ConfigText out;
  std::error_code ignored;
  std::size_t i = 0;
  for (; i < rest.size() && rest[i].size() < 4096 && std::filesystem::is_regular_file(rest[i], ignored); ++i)
    out.files.push_back(text_of({rest[i]}));
  if (i == 0) {
    out.files.push_back(text_of(rest));
    return out;
  }
  if (i < rest.size() && !rest[i].starts_with('-') && rest[i].find('=') == std::string::npos)
    out.function = rest[i++];
  out.overrides =
      fmt::format("{}", fmt::join(rest.begin() + static_cast<std::ptrdiff_t>(i), rest.end(), " "));
  return out;
}

tl::expected<interop::MegatronImport, base::Diagnostics> read_plan(const ImportArguments& a,
                                                                   const catalog::Catalog& catalog) {
  const interop::ModelFinder find = [&](std::string_view name) -> const catalog::Model* {
    const auto known = catalog.model(name);
    return known ? *known : nullptr;
  };
  if (interop::imports_config(a.format))
    return interop::import_config(a.format, config_of(a.rest), a.gpus, find);
  if (a.rest.size() == 1) return interop::import_megatron(std::vector{text_of(a.rest)}, a.gpus);
  return interop::import_megatron(a.rest, a.gpus);
}

int import_plan(const ImportArguments& a, const Common& common, Console& console) {
  if (a.rest.empty())
    throw InputError(fmt::format("import {} needs the arguments or the file of a run", a.format));
  std::vector<std::string> files;
  for (const auto& word : a.rest)
    if (std::filesystem::is_regular_file(word)) files.push_back(word);
  if (const auto problems = ask::overwritten(files, {{"--out", a.out}}, {}); !problems.empty())
    throw InputError(problems);
  std::optional<OutputFile> out;
  if (!a.out.empty()) out.emplace(a.out);
  const auto known = knowledge(common);
  const auto read = read_plan(a, known.catalog);
  if (!read) throw InputError(with_kind(read.error(), a.rest.front(), "a script"));
  NamedModel model;
  if (a.model.empty())
    model = name_model(*read, known.catalog.models(), a.out);
  else
    model.name = a.model;
  if (out && model.toml.empty())
    throw InputError(fmt::format("--out {}: {}", a.out,
                                 model.name.empty() ? "no model can be made of these arguments"
                                                    : "the model is " + model.name + ", of the catalogue"));
  if (out) out->write(model.toml);
  step::StepRequest request;
  request.gpus = read->gpus;
  request.seq_len = read->seq_len;
  request.global_batch = read->global_batch;
  request.plan = read->plan;
  request.kind = read->kind;
  const bool named = !model.name.empty();
  std::string command = interop::gigawatt_command(request, named ? model.name : "MODEL", a.system);
  if (!read->software.empty()) command += " --software " + read->software;
  std::vector<std::string> notes = read->notes;
  notes.insert(notes.end(), model.notes.begin(), model.notes.end());
  if (common.json) {
    using Json = nlohmann::ordered_json;
    console.print(Json{{"command", command},
                       {"model", named ? Json(model.name) : Json()},
                       {"model_toml", model.toml.empty() ? Json() : Json(model.toml)},
                       {"gpus", request.gpus},
                       {"seq", request.seq_len},
                       {"global_batch", request.global_batch},
                       {"plan", report::plan_json(request.plan)},
                       {"ignored", read->ignored},
                       {"unread", read->unread},
                       {"notes", notes}}
                      .dump(2, ' ', false, Json::error_handler_t::replace) +
                  "\n");
    return kDone;
  }
  console.print(command + "\n");
  for (const auto& note : notes) console.note(note);
  if (!named) console.note("put a name or a file for MODEL, or give --model");
  if (a.system == "SYSTEM")
    console.note(
        "put a system for SYSTEM, or give --system: h100-sxm, gb200-nvl72 ... (gigawatt catalog list "
        "systems)");
  if (!read->unread.empty())
    console.note(fmt::format("these change model, plan, time or memory, and are not modeled here: {}",
                             fmt::join(read->unread, " ")));
  if (!read->ignored.empty())
    console.note(
        fmt::format("ignored, as they do not change time or memory here: {}", fmt::join(read->ignored, " ")));
  return kDone;
}

}  // namespace

int import_command(const ImportArguments& a, const Common& common, Console& console) {
  return a.format == "hf" ? import_model(a, common, console) : import_plan(a, common, console);
}

}  // namespace gigawatt::cli

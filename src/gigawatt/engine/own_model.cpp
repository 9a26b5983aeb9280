#include "gigawatt/engine/own_model.h"

#include <set>

#include "gigawatt/config/toml.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/workload/hf_config.h"

namespace gigawatt::engine {
namespace {

Knowledge extended(const Knowledge& knowledge, catalog::Model model) {
  Knowledge out = knowledge;
  out.catalog = knowledge.catalog.with(std::move(model));
  out.digest = nullptr;
  return out;
}

/// Names of files that jobs give in the place of models.
std::set<std::string> files_of_jobs(const config::Node& root) {
  std::set<std::string> out;
  const auto* jobs = root.find("job");
  if (jobs == nullptr) return out;
  for (const auto& job : jobs->items)
    for (const char* key : {"model", "teacher"})
      if (const auto* named = job.find(key); named != nullptr && named->kind == config::Node::Kind::kString)
        if (named->text.ends_with(".json")) out.insert(named->text);
  return out;
}

}  // namespace

tl::expected<std::optional<Knowledge>, base::Diagnostics> with_own_model(const Knowledge& knowledge,
                                                                         config::NameOrText& model,
                                                                         base::Diagnostics& notes) {
  if (!model.is_document()) return std::nullopt;
  auto read = model_of_document(knowledge, model, notes);
  if (!read) return tl::unexpected(std::move(read.error()));
  model = {read->name, "", false};
  return extended(knowledge, std::move(*read));
}

tl::expected<std::optional<Knowledge>, base::Diagnostics> with_models_beside(
    const Knowledge& knowledge, std::string_view scenario, const std::filesystem::path& folder) {
  if (scenario.find(".json") == std::string_view::npos) return std::nullopt;
  const auto source = std::make_shared<base::SourceText>(base::SourceText{"", std::string(scenario)});
  const auto root = config::parse_toml(source);
  if (!root) return std::nullopt;  // the scenario's own reading says why
  std::optional<Knowledge> out;
  base::Diagnostics problems;
  for (const std::string& name : files_of_jobs(*root)) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(folder / name, ignored)) continue;
    auto read = workload::read_hf((folder / name).string());
    if (!read) {
      problems.insert(problems.end(), read.error().begin(), read.error().end());
      continue;
    }
    read->model.aliases.push_back(name);
    out = extended(out ? *out : knowledge, std::move(read->model));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

}  // namespace gigawatt::engine

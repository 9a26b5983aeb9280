#include "gigawatt/engine/step_subject.h"

#include <filesystem>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/workload/hf_config.h"

namespace gigawatt::engine {
namespace {

/// A name with a separator or this suffix is meant as a file.
bool names_file(const std::string& name, std::string_view suffix) {
  return name.find('/') != std::string::npos || name.ends_with(suffix);
}

base::Diagnostic unknown(const catalog::NotFound& missing) {
  return base::error("unknown-name", missing.message());
}

tl::expected<catalog::System, base::Diagnostics> read_system(const std::filesystem::path& path) {
  auto node = config::read_toml(path);
  if (!node) return tl::unexpected(std::move(node.error()));
  base::Diagnostics problems;
  catalog::System system;
  config::Reader(*node, problems).read(system);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  if (system.accelerators_per_node.value < 1 || system.scaleup_domain.value < 1)
    return tl::unexpected(base::Diagnostics{base::error(
        "bad-system", path.string() + ": accelerators_per_node and scaleup_domain must be at least 1")});
  return system;
}

}  // namespace

step::StepRequest StepSubject::request() const {
  step::StepRequest r;
  r.model = &model;
  r.system = &system;
  r.accelerator = &accelerator;
  r.software = &software;
  return r;
}

tl::expected<StepSubject, base::Diagnostics> resolve_subject(const Knowledge& knowledge,
                                                             const std::string& model,
                                                             const std::string& system,
                                                             const std::string& software) {
  base::Diagnostics problems;
  const auto refuse = [&problems](const base::Diagnostics& why) {
    problems.insert(problems.end(), why.begin(), why.end());
  };
  StepSubject subject;
  if (names_file(model, ".json")) {
    auto read = workload::read_hf_config(model);
    if (read)
      subject.model = std::move(*read);
    else
      refuse(read.error());
  } else if (const auto found = knowledge.catalog.model(model)) {
    subject.model = **found;
  } else {
    problems.push_back(unknown(found.error()));
  }
  if (names_file(system, ".toml")) {
    auto read = read_system(system);
    if (read)
      subject.system = std::move(*read);
    else
      refuse(read.error());
  } else if (const auto found = knowledge.catalog.system(system)) {
    subject.system = **found;
  } else {
    problems.push_back(unknown(found.error()));
  }
  if (!subject.system.accelerator.empty()) {
    if (const auto found = knowledge.catalog.accelerator(subject.system.accelerator))
      subject.accelerator = **found;
    else
      problems.push_back(unknown(found.error()));
  }
  if (software.empty()) {
    subject.software = knowledge.software.default_profile();
  } else if (const auto* profile = knowledge.software.find(software)) {
    subject.software = *profile;
  } else {
    std::vector<std::string> names;
    for (const auto& entry : knowledge.software.entries) names.push_back(entry.profile.name);
    problems.push_back(base::error("unknown-name", "no software profile '" + software + "'",
                                   base::did_you_mean(software, names)));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return subject;
}

}  // namespace gigawatt::engine

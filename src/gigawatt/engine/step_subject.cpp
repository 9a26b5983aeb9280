#include "gigawatt/engine/step_subject.h"

#include <algorithm>
#include <cctype>
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

tl::expected<catalog::System, base::Diagnostics> system_of(tl::expected<config::Node, base::Diagnostics> node,
                                                           const std::string& name) {
  if (!node) return tl::unexpected(std::move(node.error()));
  base::Diagnostics problems;
  catalog::System system;
  config::Reader(*node, problems).read(system);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  if (system.accelerators_per_node.value < 1 || system.scaleup_domain.value < 1)
    return tl::unexpected(base::Diagnostics{
        base::error("bad-system", name + ": accelerators_per_node and scaleup_domain must be at least 1")});
  return system;
}

/// A model in the catalogue's own format, as `import megatron --out` writes it.
tl::expected<catalog::Model, base::Diagnostics> model_of_toml(
    tl::expected<config::Node, base::Diagnostics> node, const std::string& name) {
  if (!node) return tl::unexpected(std::move(node.error()));
  base::Diagnostics problems;
  catalog::Model model;
  config::Reader(*node, problems).read(model);
  // When and where it was published is for the catalogue.
  std::erase_if(problems, [](const base::Diagnostic& d) {
    return d.code == "missing-key" && (d.message.find("'released'") != std::string::npos ||
                                       d.message.find("'source'") != std::string::npos);
  });
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  if (catalog::parameter_bound(model) > catalog::kMaxParameters)
    return tl::unexpected(
        base::Diagnostics{base::error("bad-model", name + ": a model of more than 1e16 parameters")});
  return model;
}

class Resolver {
 public:
  explicit Resolver(const Knowledge& knowledge) : knowledge_(knowledge) {}

  void model(const std::string& name) { take(knowledge_.catalog.model(name), subject_.model); }
  void named_model(const std::string& name) {
    const auto known = knowledge_.catalog.model(name);
    if (known && !is_name_of(**known, name)) note(name, "has the sizes of " + (*known)->name);
    take(known, subject_.model);
  }
  /// The text of a model's file.
  void model_of(const config::NameOrText& file) {
    const auto folder = std::filesystem::path(file.name).parent_path().string();
    for (const std::string& name : {file.name, folder})
      if (!name.empty() && knowledge_.catalog.model(name))
        note(name, "is read from the file of that name, not taken from the catalogue");
    if (file.name.ends_with(".toml")) {
      const auto source = std::make_shared<base::SourceText>(base::SourceText{file.name, file.text});
      return take(model_of_toml(config::parse_toml(source), file.name), subject_.model);
    }
    take_read(workload::import_hf(file.text, file.name));
  }
  /// A name that may be a file's, too.
  void model_or_file(const std::string& name) {
    if (name.ends_with(".toml")) return take(model_of_toml(config::read_toml(name), name), subject_.model);
    const auto known = knowledge_.catalog.model(name);
    std::error_code ignored;
    const bool is_path = names_file(name, ".json");
    const bool folder = std::filesystem::exists(std::filesystem::path(name) / "config.json", ignored);
    const bool exists = folder || (is_path && std::filesystem::exists(name, ignored));
    if (exists && (is_path || !known)) {
      if (known) note(name, "is read from the file of that name, not taken from the catalogue");
      return read_file(name);
    }
    if (exists)
      note(name, "is the catalogue's model, not the folder of that name; './" + name + "' is the folder");
    if (known || !is_path) return named_model(name);
    problems_.push_back(
        base::error("unknown-name", "there is no file '" + name + "', and " + known.error().message()));
  }
  void model(tl::expected<catalog::Model, base::Diagnostics> read) { take(std::move(read), subject_.model); }
  void system(const std::string& name) { take(knowledge_.catalog.system(name), subject_.system); }
  void system(tl::expected<catalog::System, base::Diagnostics> read) {
    take(std::move(read), subject_.system);
  }

  tl::expected<catalog::Model, base::Diagnostics> model_alone(base::Diagnostics& notes) {
    if (base::has_errors(problems_)) return tl::unexpected(std::move(problems_));
    notes.insert(notes.end(), subject_.notes.begin(), subject_.notes.end());
    return std::move(subject_.model);
  }

  /// The rest follows from the system and the profile's name.
  tl::expected<StepSubject, base::Diagnostics> finish(const std::string& software) {
    if (!subject_.system.accelerator.empty())
      take(knowledge_.catalog.accelerator(subject_.system.accelerator), subject_.accelerator);
    if (software.empty()) {
      subject_.software = knowledge_.software.default_profile();
    } else if (software == "any") {  // the default's features, and nothing that it cannot run
      subject_.software = knowledge_.software.default_profile();
      subject_.software.can = {};
    } else if (const auto* profile = knowledge_.software.find(software)) {
      subject_.software = *profile;
    } else if (const auto* newest = knowledge_.software.newest(software)) {
      subject_.software = *newest;
    } else {
      std::vector<std::string> names;
      for (const auto& entry : knowledge_.software.entries) names.push_back(entry.profile.name);
      problems_.push_back(base::error("unknown-name", "no software profile '" + software + "'",
                                      base::did_you_mean(software, names)));
    }
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return std::move(subject_);
  }

 private:
  static bool is_name_of(const catalog::Model& model, const std::string& name) {
    const auto same = [&](const std::string& known) {
      return known.size() == name.size() &&
             std::equal(known.begin(), known.end(), name.begin(), [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) ==
                      std::tolower(static_cast<unsigned char>(b));
             });
    };
    return same(model.name) || std::any_of(model.aliases.begin(), model.aliases.end(), same);
  }

  void read_file(const std::string& name) { take_read(workload::read_hf(name)); }

  void take_read(tl::expected<workload::HfImport, base::Diagnostics> read) {
    if (read) {
      subject_.model = std::move(read->model);
      subject_.stored = read->stored;
      subject_.notes.insert(subject_.notes.end(), read->notes.begin(), read->notes.end());
    } else {
      problems_.insert(problems_.end(), read.error().begin(), read.error().end());
    }
  }

  void note(const std::string& name, const std::string& what) {
    base::Diagnostic d = base::error("model-name", "'" + name + "' " + what);
    d.severity = base::Severity::kWarning;
    subject_.notes.push_back(std::move(d));
  }

  template <typename T>
  void take(const catalog::Found<T>& found, T& out) {
    if (found)
      out = **found;
    else
      problems_.push_back(unknown(found.error()));
  }
  template <typename T>
  void take(tl::expected<T, base::Diagnostics> read, T& out) {
    if (read)
      out = std::move(*read);
    else
      problems_.insert(problems_.end(), read.error().begin(), read.error().end());
  }

  const Knowledge& knowledge_;
  StepSubject subject_;
  base::Diagnostics problems_;
};

}  // namespace

step::StepRequest StepSubject::request() const {
  step::StepRequest r;
  r.model = &model;
  r.system = &system;
  r.accelerator = &accelerator;
  r.software = &software;
  r.frozen_bits = stored.dense;
  r.frozen_expert_bits = stored.expert;
  return r;
}

tl::expected<StepSubject, base::Diagnostics> resolve_subject(const Knowledge& knowledge,
                                                             const std::string& model,
                                                             const std::string& system,
                                                             const std::string& software) {
  Resolver resolver(knowledge);
  resolver.model_or_file(model);
  if (names_file(system, ".toml"))
    resolver.system(system_of(config::read_toml(system), system));
  else
    resolver.system(system);
  return resolver.finish(software);
}

tl::expected<catalog::Model, base::Diagnostics> model_of_document(const Knowledge& knowledge,
                                                                  const config::NameOrText& file,
                                                                  base::Diagnostics& notes) {
  Resolver resolver(knowledge);
  resolver.model_of(file);
  return resolver.model_alone(notes);
}

tl::expected<StepSubject, base::Diagnostics> resolve_subject(const Knowledge& knowledge,
                                                             const config::NameOrText& model,
                                                             const config::NameOrText& system,
                                                             const std::string& software) {
  Resolver resolver(knowledge);
  if (model.is_document())
    resolver.model_of(model);
  else
    resolver.named_model(model.name);
  if (system.is_document()) {
    const auto source = std::make_shared<base::SourceText>(base::SourceText{system.name, system.text});
    resolver.system(system_of(config::parse_toml(source), system.name));
  } else {
    resolver.system(system.name);
  }
  return resolver.finish(software);
}

}  // namespace gigawatt::engine

#pragma once
/// Models that the catalogue lacks, for questions that ask by name: a Hugging Face config.json (or a model in the catalogue's
/// format) in the place of a name joins a copy of the catalogue. Plans that were found for such a model are not remembered:
/// its name does not say what it is.

#include <filesystem>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/config/documents.h"
#include "gigawatt/engine/inputs.h"

namespace gigawatt::engine {

/// Knowledge with the document's model, whose name `model` has then; nothing where `model` is a name. `notes`: warnings about
/// the document.
tl::expected<std::optional<Knowledge>, base::Diagnostics> with_own_model(const Knowledge& knowledge,
                                                                         config::NameOrText& model,
                                                                         base::Diagnostics& notes);

/// The same of each `model` and `teacher` of a scenario's jobs that names a .json file beside the scenario. Names that no
/// file has are left to the scenario's own reading.
tl::expected<std::optional<Knowledge>, base::Diagnostics> with_models_beside(
    const Knowledge& knowledge, std::string_view scenario, const std::filesystem::path& folder);

}  // namespace gigawatt::engine

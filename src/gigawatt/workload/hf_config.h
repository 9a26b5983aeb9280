#pragma once
/// A Hugging Face `config.json` -> catalog::Model, so that any published checkpoint can be planned without writing
/// its architecture down again.
///
/// Read is the language model only: of a multimodal file the part in `text_config`. The rules of a family, what its
/// keys mean and which of them may be absent, are those of the Transformers library's configuration class of that
/// `model_type`; they are written down in hf_families.cpp. A file whose layers our architecture cannot say (an
/// attention pattern that is not "every n-th layer is full", a window in the upper layers only, state-space layers)
/// is refused rather than approximated: a parameter count is exact or it is an error.
///
/// Errors: `not-json`, `invalid-utf8`, `too-large` (over 4 MiB), `too-deep` (over 64 levels), `wrong-kind`,
/// `missing-key`, `out-of-bounds`, `inconsistent`, `unsupported-architecture`. All mistakes of a file are reported at
/// once, each at its line.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/model.h"

namespace gigawatt::workload {

/// `name` stands in messages and names the model: "dir/llama/config.json" gives "llama", "llama.json" too.
/// The result has no source, no date and no published counts; its family is the `model_type`.
tl::expected<catalog::Model, base::Diagnostics> import_hf_config(std::string text, std::string name);

/// The same from a file.
tl::expected<catalog::Model, base::Diagnostics> read_hf_config(const std::filesystem::path& path);

/// The values of `model_type` that can be read, ascending.
std::vector<std::string_view> hf_model_types();

}  // namespace gigawatt::workload

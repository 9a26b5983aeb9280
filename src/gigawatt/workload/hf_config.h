#pragma once
/// A Hugging Face `config.json` -> catalog::Model, so that any published checkpoint can be planned without writing
/// its architecture down again.
///
/// Read is the language model only: of a multimodal file the part in `text_config` (or `llm_config`, ...), without
/// vision and audio. What the keys of a family mean is a table (hf_table.h); keys left out take the defaults of the
/// Transformers library's class, the head follows `architectures` (a reward model has one column per label, an
/// embedding model no head), and keys that no rule knows are named. What cannot be said is refused rather than
/// approximated: a parameter count is exact or it is an error.
///
/// Python's `Infinity` and `NaN` are read. `params.json` of Meta and Mistral is read too. A folder stands for the
/// `config.json` (or else `params.json`) in it.
///
/// Errors: `not-json`, `invalid-utf8`, `too-large` (over 4 MiB), `too-deep` (over 64 levels), `wrong-kind`,
/// `missing-key`, `out-of-bounds`, `inconsistent`, `unsupported-architecture`. All mistakes of a file are reported at
/// once, each at its line. Notes (severity warning): `unknown-key`, `class-default`, `quantized`, `head`, `repeated-key`.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/model.h"
#include "gigawatt/workload/hf_quantization.h"

namespace gigawatt::workload {

struct HfImport {
  catalog::Model model;
  base::Diagnostics notes;  ///< warnings
  std::string family;       ///< whose rules were taken
  StoredBits stored;        ///< of a quantized checkpoint; 16 bits else
};

/// `name` stands in messages and names the model: "dir/llama/config.json" gives "llama", "llama.json" too.
/// The result has no source, no date and no published counts; its family is the `model_type`.
tl::expected<HfImport, base::Diagnostics> import_hf(std::string text, std::string name);

/// The same from a file or the folder of a model.
tl::expected<HfImport, base::Diagnostics> read_hf(const std::filesystem::path& path);

/// Without the notes.
tl::expected<catalog::Model, base::Diagnostics> import_hf_config(std::string text, std::string name);
tl::expected<catalog::Model, base::Diagnostics> read_hf_config(const std::filesystem::path& path);

/// The values of `model_type` that can be read, ascending.
std::vector<std::string> hf_model_types();

}  // namespace gigawatt::workload

#pragma once
/// Configurations of other trainers -> a plan and a model, as import_megatron gives them for Megatron-LM's arguments.
///
/// | framework | what is read |
/// | nemo      | NeMo's YAML, Megatron-Bridge's overrides (model.tensor_model_parallel_size=4) and Python recipes: their keys
///               are Megatron-LM's options in other spellings, and are read as these |
/// | torchtitan| TOML of the releases up to 0.2, Python functions and --section.option flags of 0.3 |
/// | maxtext   | base.yml and its overrides (ici_fsdp_parallelism=16) |
///
/// The text is taken as assignments, `key: value`, `key = value`, `key=value` or `--key value`, nested by indentation,
/// by [sections] or by dots; what it computes is not run. Keys that decide nothing here are listed as ignored.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/interop/megatron_import.h"

namespace gigawatt::interop {

/// "nemo", "torchtitan" or "maxtext".
bool imports_config(std::string_view framework);

tl::expected<MegatronImport, base::Diagnostics> import_config(std::string_view framework,
                                                              std::string_view text, std::int64_t gpus);

/// The assignments of a text: dotted key and value, in order; the last of equal keys counts.
std::vector<std::pair<std::string, std::string>> assignments(std::string_view text);

}  // namespace gigawatt::interop

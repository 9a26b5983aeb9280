#pragma once
/// Configurations of other trainers -> a plan and a model, as import_megatron gives them for Megatron-LM's arguments.
///
/// | framework | what is read |
/// | nemo      | NeMo's YAML, Megatron-Bridge's overrides (model.tensor_model_parallel_size=4) and Python recipes: their keys
///               are Megatron-LM's options in other spellings, and are read as these |
/// | torchtitan| TOML of the releases up to 0.2, Python functions and --section.option flags of 0.3 and later |
/// | maxtext   | base.yml and its overrides (ici_fsdp_parallelism=16), launch scripts with these |
///
/// YAML, TOML and flags are taken as assignments, `key: value`, `key = value`, `key=value` or `--key value`, nested by
/// indentation, by [sections] or by dots. Python is run as far as such functions need it (python_config.h): of a text
/// with several configurations one has to be named, and what a function outside of the text sets is said to be unknown.
/// Keys that decide nothing here are listed as ignored.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/interop/megatron_import.h"

namespace gigawatt::interop {

/// A model of the catalogue by a name of its own or a release's; null: there is none.
using ModelFinder = std::function<const catalog::Model*(std::string_view)>;

struct ConfigText {
  std::vector<std::string> files;  ///< their texts, what is asked for first
  std::string function;            ///< of Python that defines several; empty: the only one
  std::string overrides;           ///< "a.b=1 --c.d 2", as given behind the files
  std::string model = "";  ///< of the catalogue, if the caller says which; empty: as the configuration does
};

/// "nemo", "torchtitan" or "maxtext".
bool imports_config(std::string_view framework);

/// `gpus` 0: as the text says it. `find` may be empty: then no model is found by its name.
tl::expected<MegatronImport, base::Diagnostics> import_config(std::string_view framework,
                                                              const ConfigText& config, std::int64_t gpus,
                                                              const ModelFinder& find = {});

/// The assignments of a text: dotted key and value, in order; the last of equal keys counts.
std::vector<std::pair<std::string, std::string>> assignments(std::string_view text);

}  // namespace gigawatt::interop

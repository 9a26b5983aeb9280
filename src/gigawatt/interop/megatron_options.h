#pragma once
/// Megatron-LM's options as far as they are known here. Private to this module.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gigawatt::interop {

enum class Arity { kNone, kOne, kMany };

struct MegatronOption {
  std::string_view name;  ///< without dashes
  Arity arity;
  bool read;  ///< decides time or memory; else known and ignored
};

/// By name, "_" read as "-"; none if unknown.
std::optional<MegatronOption> megatron_option(std::string_view name);

/// With their dashes.
std::vector<std::string> megatron_option_names();

}  // namespace gigawatt::interop

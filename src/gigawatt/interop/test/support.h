#pragma once
/// What the tests of imports have in common.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gigawatt/interop/megatron_import.h"

namespace gigawatt::interop::support {

/// Arguments in one text, as a script has them; what is refused fails the test.
inline MegatronImport imported(const std::string& text, std::int64_t gpus) {
  const std::vector<std::string> one{text};
  auto result = import_megatron(one, gpus);
  if (!result) ADD_FAILURE() << base::render(result.error());
  return result.value_or(MegatronImport{});
}

/// Why they are refused, or "accepted".
inline std::string refusal(const std::string& text, std::int64_t gpus) {
  const std::vector<std::string> one{text};
  const auto result = import_megatron(one, gpus);
  return result ? "accepted" : base::render(result.error());
}

}  // namespace gigawatt::interop::support

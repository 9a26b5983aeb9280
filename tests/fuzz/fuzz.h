#pragma once
/// A check inside a fuzz target: ends the process, which libFuzzer reports with the input that did it.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace gigawatt::fuzz {

inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "violated: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace gigawatt::fuzz

#include "gigawatt/base/check.h"

namespace gigawatt::base {

void fail_check(const char* condition, const char* file, int line, const std::string& message) {
  std::string_view name(file);
  if (const auto slash = name.rfind("gigawatt/"); slash != std::string_view::npos) name = name.substr(slash);
  throw InternalError(fmt::format("check failed: {} at {}:{}{}{}", condition, name, line,
                                  message.empty() ? "" : ": ", message));
}

}  // namespace gigawatt::base

#pragma once
/// GW_CHECK(condition, "format", args...): an invariant of ours that is always on.
/// A broken one is our bug, never the user's: it throws InternalError, which the faces catch and report
/// together with the scenario hash, seed and simulated time where they know them.

#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace gigawatt::base {

class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void fail_check(const char* condition, const char* file, int line, const std::string& message);

template <typename... Args>
std::string check_message(fmt::format_string<Args...> format, Args&&... args) {
  return fmt::format(format, std::forward<Args>(args)...);
}
inline std::string check_message() { return {}; }

}  // namespace gigawatt::base

#define GW_CHECK(condition, ...)                                                  \
  do {                                                                            \
    if (!(condition)) [[unlikely]]                                                \
      ::gigawatt::base::fail_check(#condition, __FILE__, __LINE__,                \
                                   ::gigawatt::base::check_message(__VA_ARGS__)); \
  } while (false)

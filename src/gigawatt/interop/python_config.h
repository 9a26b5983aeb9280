#pragma once
/// Configurations that are Python: functions that return an object with settings in it. Private to this module.
///
/// A small part of the language is run, enough for what such functions do: assignments to names and attributes, calls
/// of the text's own functions with their defaults, numbers and their arithmetic, strings, lists, conditions over what
/// is known, loops over lists. A call of anything that the text does not define gives an object that holds the call's
/// keywords, and its name is told, because what it sets is not known. A condition over such a thing counts as false,
/// and is told too. Nothing outside of the texts is read or run: each is a module of its own, and a name that one
/// imports is looked for in the others.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace gigawatt::interop {

struct PythonConfig {
  /// Dotted path and value of every setting of the result, in the order in which they were first set. An object that
  /// came from a call is a setting too, of its callee's name; what the call was given without a keyword is `path.0` ...
  std::vector<std::pair<std::string, std::string>> settings;
  std::string function;                ///< that was run; empty: the module's own statements
  std::vector<std::string> outside;    ///< functions that were called and are not in the text, in order
  std::vector<std::string> undecided;  ///< conditions over what is not known
};

/// Whether a text defines functions or imports modules, as only Python does.
bool is_python(std::string_view text);

/// Runs `function`, of the first text that has it; where it is empty, the one function that no other calls, or the
/// statements of the first text where there is none. An error names the functions among which to choose.
tl::expected<PythonConfig, std::string> run_python(std::span<const std::string> texts,
                                                   std::string_view function);

}  // namespace gigawatt::interop

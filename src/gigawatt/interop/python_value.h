#pragma once
/// Values of the Python that run_python runs. Private to this module.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gigawatt::interop {

struct PythonObject;

struct PythonValue {
  enum class Kind : std::uint8_t { kUnknown, kNone, kBool, kNumber, kString, kList, kObject };

  Kind kind = Kind::kUnknown;
  double number = 0;  ///< of a bool: 0 or 1
  std::string text;   ///< of a string; of an unknown one: how it is written
  std::vector<PythonValue> list;
  PythonObject* object = nullptr;

  static PythonValue none() { return {Kind::kNone, 0, "", {}, nullptr}; }
  static PythonValue of(bool b) { return {Kind::kBool, b ? 1.0 : 0.0, "", {}, nullptr}; }
  static PythonValue of(double n) { return {Kind::kNumber, n, "", {}, nullptr}; }
  static PythonValue of(std::string s) { return {Kind::kString, 0, std::move(s), {}, nullptr}; }
  static PythonValue of(PythonObject* o) { return {Kind::kObject, 0, "", {}, o}; }
  static PythonValue unknown(std::string s) { return {Kind::kUnknown, 0, std::move(s), {}, nullptr}; }

  bool is(Kind k) const { return kind == k; }
  bool numeric() const { return kind == Kind::kNumber || kind == Kind::kBool; }
};

struct PythonObject {
  std::string callee;  ///< what was called for it; empty: it came into being by an assignment
  std::vector<PythonValue> positional;
  std::vector<std::pair<std::string, PythonValue>> attributes;

  PythonValue* find(std::string_view name);
  void set(std::string_view name, PythonValue value);
};

/// Owner of all objects of a run.
using PythonObjects = std::deque<PythonObject>;

/// Nothing where it depends on what is not known.
std::optional<bool> truth(const PythonValue& value);
std::optional<bool> equal(const PythonValue& a, const PythonValue& b);

/// "16", "0.5", "True", "None", "[a, b]"; of an unknown name "?NAME", of one with dots as it is written.
std::string to_text(const PythonValue& value);

/// Settings below `object`, with `path` in front.
void flatten(const PythonObject& object, const std::string& path,
             std::vector<std::pair<std::string, std::string>>& out);

}  // namespace gigawatt::interop

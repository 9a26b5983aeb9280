#include "gigawatt/interop/python_value.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gigawatt::interop {
namespace {

using Kind = PythonValue::Kind;
constexpr int kDeepestValue = 12;
constexpr std::size_t kMostSettings = 20'000;

void flatten_at(const PythonObject& object, const std::string& path, int depth, std::size_t& visited,
                std::vector<std::pair<std::string, std::string>>& out) {
  if (depth > kDeepestValue || out.size() > kMostSettings || ++visited > kMostSettings) return;
  const auto below = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
  const auto keep = [&](const std::string& key, const PythonValue& value) {
    if (value.is(Kind::kObject)) {
      if (!value.object->callee.empty()) out.emplace_back(key, value.object->callee);
      flatten_at(*value.object, key, depth + 1, visited, out);
    } else {
      out.emplace_back(key, to_text(value));
    }
  };
  for (std::size_t i = 0; i < object.positional.size(); ++i)
    keep(below(std::to_string(i)), object.positional[i]);
  for (const auto& [name, value] : object.attributes) keep(below(name), value);
}

}  // namespace

PythonValue* PythonObject::find(std::string_view name) {
  const auto at = std::find_if(attributes.begin(), attributes.end(),
                               [&](const auto& attribute) { return attribute.first == name; });
  return at == attributes.end() ? nullptr : &at->second;
}

void PythonObject::set(std::string_view name, PythonValue value) {
  if (PythonValue* old = find(name))
    *old = std::move(value);
  else
    attributes.emplace_back(std::string(name), std::move(value));
}

std::optional<bool> truth(const PythonValue& v) {
  switch (v.kind) {
    case Kind::kNone: return false;
    case Kind::kBool:
    case Kind::kNumber: return v.number != 0;
    case Kind::kString: return !v.text.empty();
    case Kind::kList: return !v.list.empty();
    default: return std::nullopt;
  }
}

std::optional<bool> equal(const PythonValue& a, const PythonValue& b) {
  if (a.is(Kind::kUnknown) || b.is(Kind::kUnknown)) return std::nullopt;
  if (a.numeric() && b.numeric()) return a.number == b.number;
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::kNone: return true;
    case Kind::kString: return a.text == b.text;
    case Kind::kList: {
      if (a.list.size() != b.list.size()) return false;
      for (std::size_t i = 0; i < a.list.size(); ++i) {
        const auto same = equal(a.list[i], b.list[i]);
        if (!same || !*same) return same;
      }
      return true;
    }
    default: return a.object == b.object ? std::optional(true) : std::nullopt;
  }
}

std::string to_text(const PythonValue& v) {
  switch (v.kind) {
    case Kind::kNone: return "None";
    case Kind::kBool: return v.number != 0 ? "True" : "False";
    case Kind::kNumber:
      return std::abs(v.number) < 1e15 && v.number == std::floor(v.number)
                 ? fmt::format("{}", static_cast<std::int64_t>(v.number))
                 : fmt::format("{}", v.number);
    case Kind::kString: return v.text;
    case Kind::kList: {
      std::string out = "[";
      for (const PythonValue& item : v.list) {
        if (out.size() > 100'000) break;
        out += (out.size() > 1 ? ", " : "") + to_text(item);
      }
      return out + "]";
    }
    case Kind::kObject: return v.object->callee;
    case Kind::kUnknown: break;
  }
  // torch.bfloat16 says what it is; a bare name stands for something elsewhere.
  return v.text.find('.') != std::string::npos ? v.text : "?" + v.text;
}

void flatten(const PythonObject& object, const std::string& path,
             std::vector<std::pair<std::string, std::string>>& out) {
  std::size_t visited = 0;
  flatten_at(object, path, 0, visited, out);
}

}  // namespace gigawatt::interop

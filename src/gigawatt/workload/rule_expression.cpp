#include "gigawatt/workload/rule_expression.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/workload/hf_reader.h"

namespace gigawatt::workload {
namespace {

using nlohmann::json;
using Kind = RuleNode::Kind;

/// Beyond it whole numbers of a file are no sizes, and products of two would overflow.
constexpr double kLargest = 1e15;

double real(const RuleValue& v) {
  return v.data.is_boolean() ? static_cast<double>(v.data.get<bool>()) : v.data.get<double>();
}

json exact_number(double x) {
  if (std::floor(x) == x && std::abs(x) <= kLargest) return static_cast<std::int64_t>(x);
  return x;
}

/// Of the primes from `least` on, `skip` are left out and the next `count` added up; nothing where that is much work.
std::optional<std::int64_t> sum_of_primes(double least, double skip, double count) {
  if (!(least >= 2 && least <= 1e9 && skip >= 0 && count >= 0 && skip + count <= 256)) return std::nullopt;
  const auto prime = [](std::int64_t x) {
    for (std::int64_t d = 2; d * d <= x; ++d)
      if (x % d == 0) return false;
    return true;
  };
  std::int64_t sum = 0;
  auto left_out = static_cast<std::int64_t>(skip);
  auto left = static_cast<std::int64_t>(count);
  for (auto x = static_cast<std::int64_t>(least); left > 0; ++x) {
    if (!prime(x)) continue;
    if (left_out > 0) {
      --left_out;
    } else {
      sum += x;
      --left;
    }
  }
  return sum;
}

}  // namespace

void RuleEvaluator::fail(std::string code, std::string key, std::string message, std::string hint) {
  if (!failure_) failure_ = {std::move(code), std::move(key), std::move(message), std::move(hint)};
}

bool RuleEvaluator::number(const RuleValue& v) {
  if (v.data.is_number() || (v.data.is_boolean() && v.key.empty())) return true;
  if (failure_) return false;
  if (v.is_null())
    fail("missing-key", "", v.key.empty() ? "a size is missing" : fmt::format("'{}' is missing", v.key));
  else
    fail("wrong-kind", v.key,
         v.key.empty() ? fmt::format("a number is needed, not {}", json_words(v.data))
                       : fmt::format("'{}' must be a whole number, not {}", v.key, json_words(v.data)));
  return false;
}

bool RuleEvaluator::truth(const RuleValue& v) {
  if (v.data.is_boolean()) return v.data.get<bool>();
  if (v.is_null()) return false;
  fail("wrong-kind", v.key,
       v.key.empty() ? fmt::format("true or false is needed, not {}", json_words(v.data))
                     : fmt::format("'{}' must be true or false, not {}", v.key, json_words(v.data)));
  return false;
}

RuleValue RuleEvaluator::value(const RuleNode& node) {
  if (failure_) return {};
  switch (node.kind) {
    case Kind::kLiteral: return {node.literal, ""};
    case Kind::kName: return names_(node.text);
    case Kind::kUnary: return unary(node);
    case Kind::kBinary: return binary(node);
    case Kind::kChoice: {
      const bool yes = truth(value(node.parts[0]));
      return failure_ ? RuleValue{} : value(node.parts[yes ? 1 : 2]);
    }
    case Kind::kIndex: return index(node);
    case Kind::kMember: {
      const RuleValue of = value(node.parts[0]);
      if (!of.data.is_object()) return {nullptr, of.key};
      const auto found = of.data.find(node.text);
      return found == of.data.end() ? RuleValue{} : RuleValue{*found, of.key};
    }
    case Kind::kCall: return call(node);
    case Kind::kList: {
      json list = json::array();
      for (const RuleNode& part : node.parts) list.push_back(value(part).data);
      return {std::move(list), ""};
    }
  }
  return {};
}

RuleValue RuleEvaluator::unary(const RuleNode& node) {
  const RuleValue v = value(node.parts[0]);
  if (node.text == "!") {
    const bool yes = truth(v);
    return {!yes, ""};
  }
  return number(v) ? RuleValue{exact_number(-v.data.get<double>()), ""} : RuleValue{};
}

RuleValue RuleEvaluator::binary(const RuleNode& node) {
  const std::string& op = node.text;
  RuleValue a = value(node.parts[0]);
  if (failure_) return {};
  if (op == "??") return a.is_null() ? value(node.parts[1]) : a;
  if (op == "&&") return {truth(a) && truth(value(node.parts[1])), ""};
  if (op == "||") return {truth(a) || truth(value(node.parts[1])), ""};
  const RuleValue b = value(node.parts[1]);
  if (failure_) return {};
  if (op == "==") return {a.data == b.data, ""};
  if (op == "!=") return {a.data != b.data, ""};
  if (op == "in ") {
    if (b.data.is_array()) return {std::find(b.data.begin(), b.data.end(), a.data) != b.data.end(), ""};
    if (!b.is_null())
      fail("wrong-kind", b.key, fmt::format("'{}' must be a list, not {}", b.key, json_words(b.data)));
    return {false, ""};
  }
  if (op == "+" && a.data.is_string() && b.data.is_string())
    return {a.data.get<std::string>() + b.data.get<std::string>(), ""};
  return arithmetic(op, a, b);
}

RuleValue RuleEvaluator::arithmetic(const std::string& op, const RuleValue& a, const RuleValue& b) {
  if (!number(a) || !number(b)) return {};
  const double x = real(a);
  const double y = real(b);
  if (op == "<") return {x < y, ""};
  if (op == "<=") return {x <= y, ""};
  if (op == ">") return {x > y, ""};
  if (op == ">=") return {x >= y, ""};
  if (op == "+") return {exact_number(x + y), ""};
  if (op == "-") return {exact_number(x - y), ""};
  if (op == "*") return {exact_number(x * y), ""};
  if (y == 0) {
    fail("out-of-bounds", b.key,
         b.key.empty() ? "a size of 0 divides" : fmt::format("'{}' must not be 0", b.key));
    return {};
  }
  if (op == "/") return {exact_number(x / y), ""};
  const double quotient = std::floor(x / y);
  return {exact_number(op == "//" ? quotient : x - quotient * y), ""};
}

RuleValue RuleEvaluator::index(const RuleNode& node) {
  const RuleValue of = value(node.parts[0]);
  const RuleValue at = value(node.parts[1]);
  if (failure_ || of.is_null()) return {nullptr, of.key};
  if (at.data.is_string() && of.data.is_object()) {
    const auto found = of.data.find(at.data.get<std::string>());
    return found == of.data.end() ? RuleValue{} : RuleValue{*found, of.key};
  }
  if (!number(at)) return {};
  const auto position = at.data.get<std::int64_t>();
  if (of.data.is_string()) {
    const auto& text = of.data.get_ref<const std::string&>();
    if (position >= 0 && position < static_cast<std::int64_t>(text.size()))
      return {std::string(1, text[static_cast<std::size_t>(position)]), of.key};
  } else if (of.data.is_array()) {
    if (position >= 0 && position < static_cast<std::int64_t>(of.data.size()))
      return {of.data[static_cast<std::size_t>(position)], of.key};
  } else {
    fail("wrong-kind", of.key, fmt::format("'{}' must be a list, not {}", of.key, json_words(of.data)));
    return {};
  }
  fail("inconsistent", of.key, fmt::format("'{}' has no entry for layer {}", of.key, position));
  return {};
}

RuleValue RuleEvaluator::call(const RuleNode& node) {
  const std::string& f = node.text;
  std::vector<RuleValue> a;
  for (const RuleNode& part : node.parts) a.push_back(value(part));
  if (failure_) return {};
  const auto truth_of = [](bool yes) { return RuleValue{yes, ""}; };
  if (f == "has") return truth_of(!a[0].is_null());
  if (f == "yes") return truth_of(truth(a[0]));
  if (f == "refuse") {
    fail("unsupported-architecture", a.size() > 1 ? a[1].data.get<std::string>() : "",
         a[0].data.get<std::string>());
    return {};
  }
  if (f == "inconsistent") {
    fail("inconsistent", a[1].data.get<std::string>(), a[0].data.get<std::string>());
    return {};
  }
  if (f == "words") return {a[0].data.is_string() ? a[0].data.get<std::string>() : json_words(a[0].data), ""};
  if (f == "is_list") return truth_of(a[0].data.is_array());
  if (f == "is_text") return truth_of(a[0].data.is_string());
  if (f == "is_number") return truth_of(a[0].data.is_number());
  if (f == "len") {
    const auto& d = a[0].data;
    const std::size_t n = d.is_string() ? d.get_ref<const std::string&>().size() : d.size();
    return {static_cast<std::int64_t>(d.is_null() ? 0 : n), ""};
  }
  if (f == "count") {
    if (a[0].data.is_string()) {
      const auto& text = a[0].data.get_ref<const std::string&>();
      const std::string wanted = a[1].data.is_string() ? a[1].data.get<std::string>() : " ";
      return {std::count(text.begin(), text.end(), wanted.front()), ""};
    }
    const bool part = a.size() > 2 && a[2].data.is_number_integer() &&
                      a[2].data.get<std::int64_t>() >= 0;  // of the first so many
    const std::size_t size =
        part ? std::min(a[0].data.size(), a[2].data.get<std::size_t>()) : a[0].data.size();
    const auto end = a[0].data.begin() + static_cast<std::ptrdiff_t>(size);
    return {std::count(a[0].data.begin(), end, a[1].data), ""};
  }
  if (f == "index_of") {
    const auto found = std::find(a[0].data.begin(), a[0].data.end(), a[1].data);
    return found == a[0].data.end() ? RuleValue{} : RuleValue{std::distance(a[0].data.begin(), found), ""};
  }
  for (const RuleValue& v : a)
    if (!number(v)) return {};
  const auto n = [&](std::size_t i) { return a[i].data.get<double>(); };
  if (f == "max") return {exact_number(std::max(n(0), n(1))), ""};
  if (f == "min") return {exact_number(std::min(n(0), n(1))), ""};
  if (f == "floor") return {exact_number(std::floor(n(0))), ""};
  if (f == "ceil") return {exact_number(std::ceil(n(0))), ""};
  if (f == "round") return {exact_number(std::nearbyint(n(0))), ""};
  if (f == "primes") {
    const auto sum = sum_of_primes(n(0), n(1), n(2));
    if (!sum) fail("out-of-bounds", a[0].key, "vocabularies by primes are not supported for these sizes");
    return sum ? RuleValue{*sum, ""} : RuleValue{};
  }
  if (f == "round_up" && n(1) > 0) return {exact_number(std::ceil(n(0) / n(1)) * n(1)), ""};
  GW_CHECK(f == "exact" || f == "round_up", "the table of families calls '{}'", f);
  for (const RuleValue& v : a)
    if (f == "exact" && std::floor(v.data.get<double>()) != v.data.get<double>()) {
      fail("wrong-kind", v.key,
           fmt::format("'{}' must be a whole number, not {}", v.key, json_words(v.data)));
      return {};
    }
  if (n(1) == 0 || std::fmod(n(0), n(1)) != 0) {
    fail("inconsistent", a[1].key,
         fmt::format("{} is not divisible by {}", json_words(a[0].data), json_words(a[1].data)));
    return {};
  }
  return {exact_number(n(0) / n(1)), ""};
}

}  // namespace gigawatt::workload

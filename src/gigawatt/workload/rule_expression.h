#pragma once
/// The small language in which the table of families (families.toml) says what the keys of a `config.json` mean.
///
/// An expression is evaluated for one layer; its names are other rules of the family or keys of the file:
///
///     num_key_value_heads ?? heads                          `??`: the right side where the left one is null
///     layer_types[i] == "full_attention" ? 0 : sliding_window
///     exact(hidden, heads)  max(a, b)  len(x)  count(x, "M")  count(x, "M", i)  x in ["a", "b"]  has(key)  refuse("why")
///     index_of(list, x)  primes(20000000, 16, 16)           sum of the 17th to the 32nd prime from there on
///
/// Literals are whole and other numbers, "texts", true, false, null and [lists]; operators by falling strength: a.b a[i],
/// unary - and !, * / // %, + -, comparisons and `in`, &&, ||, ??, c ? a : b. `//` and `exact` divide whole numbers, the
/// second only without a rest. Only what is needed is evaluated. Nothing throws: the first mistake of a file is kept as
/// a Failure, with the key that it is about, and everything that depends on it is null.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace gigawatt::workload {

struct RuleFailure {
  std::string code;
  std::string key;  ///< of the file; may be empty
  std::string message;
  std::string hint;
};

struct RuleValue {
  nlohmann::json data;
  std::string key;  ///< the key of the file whose value this is, unchanged; empty otherwise

  bool is_null() const { return data.is_null(); }
};

struct RuleNode {
  enum class Kind { kLiteral, kName, kUnary, kBinary, kChoice, kIndex, kMember, kCall, kList };
  Kind kind = Kind::kLiteral;
  std::string text;  ///< name, operator or function
  nlohmann::json literal;
  std::vector<RuleNode> parts;
};

/// An expression of the table; a malformed one is a broken invariant of ours (GW_CHECK), never the user's fault.
RuleNode parse_rule(std::string_view text);

class RuleEvaluator {
 public:
  using Names = std::function<RuleValue(const std::string&)>;
  explicit RuleEvaluator(Names names) : names_(std::move(names)) {}

  RuleValue value(const RuleNode& node);
  void fail(std::string code, std::string key, std::string message, std::string hint = {});
  const std::optional<RuleFailure>& failure() const { return failure_; }
  void forget() { failure_.reset(); }

 private:
  RuleValue unary(const RuleNode& node);
  RuleValue binary(const RuleNode& node);
  RuleValue arithmetic(const std::string& op, const RuleValue& a, const RuleValue& b);
  RuleValue index(const RuleNode& node);
  RuleValue call(const RuleNode& node);
  bool truth(const RuleValue& value);
  /// False, and a failure, where the value is no number.
  bool number(const RuleValue& value);

  Names names_;
  std::optional<RuleFailure> failure_;
};

}  // namespace gigawatt::workload

#pragma once
/// The table of families: what the keys of a `config.json` mean, as data.
///
/// families.toml holds the rules, in the language of rule_expression.h; defaults.json holds what the configuration
/// classes of the Transformers library fill in for keys left out, and other names of keys (both written by
/// tools/hf_families.py with a pinned version). Both are part of the program. A family is a `model_type`:
///
///     [qwen3_moe]
///     like = "qwen3"                                  # rules that are not given here
///     classes = ["Qwen3MoeForCausalLM"]               # for files without `model_type`
///     moe = 'i % decoder_sparse_step == 0'            # a rule; see hf_build.h for their names
///
/// The table `missing` says of types without rules what they would need. Further entries: `text` (a multimodal type: the family of its language part where that names none), `keys` (keys
/// without effect on sizes that the class does not list), `defaults` (for types that the library does not have).

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace gigawatt::workload {

struct HfFamily {
  std::string name;
  std::string like;  ///< the family whose rules it takes over; empty: only the common ones
  std::vector<std::string> classes;
  std::string text;
  bool text_only =
      false;  ///< the class reads sizes in the language part only; what stands beside it is left alone
  std::map<std::string, std::string> rules;  ///< those taken over included
  std::set<std::string> keys;                ///< without effect
  nlohmann::json defaults = nlohmann::json::object();
  std::map<std::string, std::string> other_names;  ///< of keys: other -> the class's own
  bool library = false;                            ///< the Transformers library has the class
};

class HfTable {
 public:
  /// The one that is part of the program; parsed at the first call.
  static const HfTable& shipped();
  HfTable(std::string_view rules_toml, std::string_view defaults_json);

  /// Nullptr if there is none. "llama4_text" is found by its own name or by "llama4".
  const HfFamily* find(std::string_view model_type) const;
  const HfFamily* find_class(std::string_view architecture) const;
  /// The language part of a multimodal type, where that names none; nullptr if it is not known.
  const HfFamily* text_family(std::string_view model_type) const;
  /// Keys that never matter for sizes.
  /// What the class of a multimodal type fills in for its language part, beside that part's own defaults.
  const nlohmann::json& text_defaults(std::string_view model_type) const;
  /// Whether that class ties the head where nothing is said; true where there is no such class.
  bool ties(std::string_view model_type) const { return !untied_.contains(std::string(model_type)); }
  bool text_only(std::string_view model_type) const;
  /// What a type that has no rules would need; "" where that is not known.
  std::string missing(std::string_view model_type) const;
  bool neutral(std::string_view key) const { return neutral_.contains(std::string(key)); }
  /// Whether a rule of some family asks for this key.
  bool decides(std::string_view key) const { return asked_.contains(std::string(key)); }
  const std::map<std::string, HfFamily>& families() const { return families_; }
  /// Version of the Transformers library that the defaults are from.
  const std::string& version() const { return version_; }

 private:
  void take_over(HfFamily& family, int depth);

  std::map<std::string, HfFamily> families_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, nlohmann::json> text_defaults_;
  std::map<std::string, std::string> missing_;
  std::set<std::string> untied_;
  std::set<std::string> neutral_;
  std::set<std::string> asked_;
  std::string version_;
};

}  // namespace gigawatt::workload

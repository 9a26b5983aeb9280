#include "gigawatt/interop/megatron_options.h"

#include <algorithm>

namespace gigawatt::interop {
namespace {

Arity arity_of(char c) {
  switch (c) {
    case '0': return Arity::kNone;
    case '1': return Arity::kOne;
    case '?': return Arity::kOptional;
    default: return Arity::kMany;
  }
}

Decides decides_of(char c) {
  switch (c) {
    case 'M': return Decides::kModel;
    case 'P': return Decides::kPlan;
    case 'T': return Decides::kCost;
    case 'L': return Decides::kLaunch;
    default: return Decides::kNothing;
  }
}

/// By name.
const std::vector<MegatronOption>& options() {
  static const std::vector<MegatronOption> kAll = [] {
    std::vector<MegatronOption> all;
    std::string_view text = kMegatronTable;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      const std::size_t space = line.find(' ');
      all.push_back(
          {std::string(line.substr(0, space)), arity_of(line[space + 1]), decides_of(line[space + 2])});
      text.remove_prefix(line.size() + 1);
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
  }();
  return kAll;
}

}  // namespace

const MegatronOption* megatron_option(std::string_view name) {
  std::string dashed(name);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  const auto& all = options();
  const auto at = std::lower_bound(all.begin(), all.end(), dashed,
                                   [](const MegatronOption& o, const std::string& n) { return o.name < n; });
  return at != all.end() && at->name == dashed ? &*at : nullptr;
}

std::vector<std::string> megatron_option_names() {
  std::vector<std::string> names;
  for (const MegatronOption& o : options()) names.push_back("--" + o.name);
  return names;
}

}  // namespace gigawatt::interop

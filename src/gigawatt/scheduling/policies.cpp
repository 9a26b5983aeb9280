#include "gigawatt/scheduling/policies.h"

#include "gigawatt/scheduling/conservative_policy.h"
#include "gigawatt/scheduling/list_policy.h"

namespace gigawatt::scheduling {

const NamedPolicy* find_policy(std::string_view name) {
  for (const NamedPolicy& policy : kPolicies)
    if (policy.name == name) return &policy;
  return nullptr;
}

std::unique_ptr<Policy> make_policy(const PolicySpec& spec) {
  if (spec.overtaking == Overtaking::kConservative) return std::make_unique<ConservativePolicy>();
  return std::make_unique<ListPolicy>(spec);
}

}  // namespace gigawatt::scheduling

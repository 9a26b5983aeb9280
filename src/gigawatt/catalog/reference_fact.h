#pragma once
/// A fact that claims compare with: "one gigawatt is one reactor".

#include <string>
#include <vector>

#include "gigawatt/catalog/sourced.h"
#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

/// A number whose unit the file decides; SI, with its dimension.
struct ReferenceQuantity {
  config::AnyQuantity value, low, high;  ///< low == high == value where no band is known
  std::string source;
  SourceKind kind = SourceKind::kVendor;
  std::string reason;
};

struct ReferenceFact {
  std::string name;
  std::string title;
  ReferenceQuantity quantity;
};

struct ReferenceTable {
  std::string name;
  std::string title;
  std::vector<ReferenceFact> facts;
};

void fields(config::FieldVisitor& v, ReferenceQuantity& x);
void fields(config::FieldVisitor& v, ReferenceFact& x);
void fields(config::FieldVisitor& v, ReferenceTable& x);

}  // namespace gigawatt::catalog

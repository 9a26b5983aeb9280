#include "gigawatt/catalog/reference_fact.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, ReferenceQuantity& x) {
  const std::string before = x.value.text;
  v(x.value, {.key = "value", .doc = "Number with its unit.", .required = true});
  if (x.value.text != before) x.low = x.high = x.value;
  v(x.low, {.key = "low", .doc = "Low end of what sources say."});
  v(x.high, {.key = "high", .doc = "High end of what sources say."});
  v(x.source, {.key = "source", .doc = "Key of sources.toml.", .required = true});
  v.choice(x.kind, kSourceKindNames, {.key = "kind", .doc = "How the number is known."});
  v(x.reason, {.key = "reason", .doc = "Why this value and this band."});
}

void fields(config::FieldVisitor& v, ReferenceFact& x) {
  v(x.name, {.key = "name", .doc = "Name that claims use.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  v(x.quantity, {.key = "quantity", .doc = "The number.", .required = true});
}

void fields(config::FieldVisitor& v, ReferenceTable& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it holds.", .required = true});
  v(x.facts, {.key = "fact", .doc = "Facts.", .required = true});
}

}  // namespace gigawatt::catalog

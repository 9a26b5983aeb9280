#include "gigawatt/catalog/sourced.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

void sourced(config::FieldVisitor& v, Sourced& x, const config::Field& f) {
  const double before = x.value;
  if (!v.is_table(f)) {
    v(x.value, f);
    if (x.value != before) x.low = x.high = x.value;
    return;
  }
  if (!v.begin_table(f)) return;
  config::Field part = f;
  part.key = "value";
  part.required = true;
  v(x.value, part);
  if (x.value != before)
    x.low = x.high = x.value;  // a file without a band; a writer leaves the value as it is
  part.required = false;
  part.key = "low";
  part.doc = "Low end of what sources say.";
  v(x.low, part);
  part.key = "high";
  part.doc = "High end of what sources say.";
  v(x.high, part);
  v(x.source, {.key = "source", .doc = "Key of sources.toml."});
  v.choice(x.kind, kSourceKindNames, {.key = "kind", .doc = "How the number is known."});
  v(x.reason, {.key = "reason", .doc = "Why this value and this band; needed for an assumed one."});
  v.end_table(f);
}

}  // namespace gigawatt::catalog

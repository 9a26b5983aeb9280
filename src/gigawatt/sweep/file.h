#pragma once
/// A sweep's file as it was read, and what its ranges are. Private to this module.

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/analysis/sample.h"
#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/config/node.h"
#include "gigawatt/sweep/plan.h"

namespace gigawatt::sweep {

struct Sample {
  analysis::SampleMethod method = analysis::SampleMethod::kLhs;
  std::int64_t runs = 0;
  std::int64_t seed = 1;
  std::vector<std::string> carried;  ///< patterns of keys that run over the ranges that they carry
};

struct File {
  std::int64_t version = 0;
  std::string scenario;
  std::vector<std::int64_t> seeds;
  bool draw_lead_times = false;
  std::optional<Sample> sample;
};

/// A key of [vary]; `carried`: over the ends and the value of the range that it carries, still to be filled.
struct Listed {
  Key key;
  std::vector<Value> values;
  bool carried = false;
  base::SourceSpan at{};
};

/// A key of [sample]; with `key.range`, or `carried` until that is filled, the rest is not used.
struct Range {
  Key key;
  bool whole = false;
  double low = 0, high = 0;  ///< in the key's unit
  bool carried = false;
  base::SourceSpan at{};
};

void fields(config::FieldVisitor& v, Sample& s);
void fields(config::FieldVisitor& v, File& f);

struct Parts {
  File file;
  std::vector<Listed> vary;
  std::vector<Range> ranges;
};

Parts read_parts(config::Node root, base::Diagnostics& problems);

/// Fills what is carried from the ranges of the scenario as it is. A key without one, or varied twice, is named.
void fill_carried(Parts& parts, const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                  base::Diagnostics& problems);

/// Too many runs, ranges or points for the method.
void check_size(const Parts& parts, base::Diagnostics& problems);

/// As TOML has a text.
std::string toml_text(std::string_view text);

}  // namespace gigawatt::sweep

#include "gigawatt/catalog/fitted.h"

#include <cmath>

#include <fmt/format.h>

#include "gigawatt/config/image.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, FittedConstant& x) {
  v(x.name, {.key = "name", .doc = "Name of the constant.", .required = true});
  v(x.value, {.key = "value", .doc = "Its value.", .required = true});
  v(x.standard_error, {.key = "standard_error", .doc = "One standard error; 0: not fitted.", .min = 0});
  v(x.unit, {.key = "unit", .doc = "Unit of value, bounds and error."});
  v(x.low, {.key = "low", .doc = "Lower bound."});
  v(x.high, {.key = "high", .doc = "Upper bound."});
  v(x.determined, {.key = "determined", .doc = "Whether the rows determine it."});
  v(x.basis, {.key = "basis", .doc = "Source of a value that is not fitted, or why it is not."});
  v(x.meaning, {.key = "meaning", .doc = "What it is."});
}

void fields(config::FieldVisitor& v, FittedQuality& x) {
  v(x.what, {.key = "what", .doc = "Kind of rows.", .required = true});
  v(x.rows, {.key = "rows", .doc = "Number of rows.", .min = 0});
  v(x.before_median_pct, {.key = "before_median_pct", .doc = "Median error at the start values, percent."});
  v(x.median_pct, {.key = "median_pct", .doc = "Median error, percent."});
  v(x.p90_pct, {.key = "p90_pct", .doc = "90th percentile of the error, percent."});
  v(x.cross_validated_median_pct,
    {.key = "cross_validated_median_pct", .doc = "Median error on rows left out, percent."});
}

void fields(config::FieldVisitor& v, FittedSet& x) {
  v(x.name,
    {.key = "name", .doc = "Chip, generation or fabric that the constants describe.", .required = true});
  v(x.kind, {.key = "kind", .doc = "kernels or network.", .required = true});
  v(x.basis, {.key = "basis", .doc = "measured, or why there are no measurements."});
  v(x.rows, {.key = "rows", .doc = "Rows used.", .min = 0});
  v(x.source, {.key = "source", .doc = "Key of the table of rows, or of start values."});
  v(x.row_sources, {.key = "row_sources", .doc = "Where the rows were published."});
  v(x.tags, {.key = "tags", .doc = "Capabilities."});
  v(x.parameters, {.key = "parameter", .doc = "The constants."});
  v(x.quality, {.key = "quality", .doc = "Errors of the fitted model."});
}

const FittedConstant* FittedSet::find(std::string_view parameter) const {
  for (const auto& p : parameters)
    if (p.name == parameter) return &p;
  return nullptr;
}

void fields(config::FieldVisitor& v, FittedFile& x) {
  v(x.sets, {.key = "set", .doc = "Sets of constants.", .required = true});
}

namespace {

void check_bounds(const FittedSet& set, const std::filesystem::path& path, base::Diagnostics& problems) {
  for (const auto& p : set.parameters)
    if (!std::isfinite(p.value) || p.low > p.high ||
        (p.low < p.high && (p.value < p.low || p.value > p.high)))
      problems.push_back(base::error(
          "out-of-bounds",
          fmt::format("{}: {} = {} is outside [{}, {}]", path.string(), p.name, p.value, p.low, p.high)));
}

}  // namespace

tl::expected<FittedSet, base::Diagnostics> read_fitted(const std::filesystem::path& path) {
  FittedSet set;
  base::Diagnostics problems;
  config::read_file(config::Image::of_process(), path, "", set, problems, [&](const config::Node& node) {
    config::Reader(node, problems).read(set);
    check_bounds(set, path, problems);
  });
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return set;
}

tl::expected<std::vector<FittedSet>, base::Diagnostics> read_fitted_file(const std::filesystem::path& path) {
  const auto node = config::read_toml(path);
  if (!node) return tl::unexpected(node.error());
  base::Diagnostics problems;
  FittedFile file;
  if (node->find("set") != nullptr)
    config::Reader(*node, problems).read(file);
  else
    config::Reader(*node, problems).read(file.sets.emplace_back());
  for (const auto& set : file.sets) check_bounds(set, path, problems);
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return std::move(file.sets);
}

}  // namespace gigawatt::catalog

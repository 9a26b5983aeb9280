#include "gigawatt/catalog/fitted.h"

#include <cmath>

#include <fmt/format.h>

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

tl::expected<FittedSet, base::Diagnostics> read_fitted(const std::filesystem::path& path) {
  const auto node = config::read_toml(path);
  if (!node) return tl::unexpected(node.error());
  FittedSet set;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(set);
  for (const auto& p : set.parameters) {
    if (!std::isfinite(p.value) || p.low > p.high ||
        (p.low < p.high && (p.value < p.low || p.value > p.high)))
      problems.push_back(base::error(
          "out-of-bounds",
          fmt::format("{}: {} = {} is outside [{}, {}]", path.string(), p.name, p.value, p.low, p.high)));
  }
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return set;
}

namespace {

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + '"';
}

/// A TOML float: always with a point or an exponent.
std::string number(double x) {
  std::string s = fmt::format("{:.6g}", x);
  if (s.find_first_of(".en") == std::string::npos) s += ".0";
  return s;
}

std::string list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i ? ", " : "") + toml_string(items[i]);
  return out + "]";
}

}  // namespace

std::string write_fitted(const FittedSet& set, std::string_view header_comment) {
  std::string out;
  for (std::size_t at = 0; at < header_comment.size();) {
    const std::size_t end = std::min(header_comment.find('\n', at), header_comment.size());
    out += fmt::format("# {}\n", header_comment.substr(at, end - at));
    at = end + 1;
  }
  out += fmt::format("name = {}\nkind = {}\nbasis = {}\nrows = {}\nsource = {}\nrow_sources = {}\n",
                     toml_string(set.name), toml_string(set.kind), toml_string(set.basis), set.rows,
                     toml_string(set.source), list(set.row_sources));
  if (!set.tags.empty()) out += fmt::format("tags = {}\n", list(set.tags));
  for (const auto& q : set.quality)
    out += fmt::format(
        "\n[[quality]]\nwhat = {}\nrows = {}\nbefore_median_pct = {}\nmedian_pct = {}\np90_pct = {}\n"
        "cross_validated_median_pct = {}\n",
        toml_string(q.what), q.rows, number(q.before_median_pct), number(q.median_pct), number(q.p90_pct),
        number(q.cross_validated_median_pct));
  for (const auto& p : set.parameters) {
    out += fmt::format(
        "\n[[parameter]]\nname = {}\nvalue = {}\nstandard_error = {}\nunit = {}\nlow = {}\nhigh = {}\n",
        toml_string(p.name), number(p.value), number(p.standard_error), toml_string(p.unit), number(p.low),
        number(p.high));
    out += fmt::format("determined = {}\n", p.determined);
    if (!p.basis.empty()) out += fmt::format("basis = {}\n", toml_string(p.basis));
    out += fmt::format("meaning = {}\n", toml_string(p.meaning));
  }
  return out;
}

tl::expected<FittedSet, base::Diagnostics> find_fitted(const std::filesystem::path& folder,
                                                       std::span<const std::string> candidates) {
  auto base_set = read_fitted(folder / "default.toml");
  if (!base_set) return base_set;
  for (const auto& candidate : candidates) {
    const auto path = folder / (candidate + ".toml");
    std::error_code ignored;
    if (candidate.empty() || !std::filesystem::is_regular_file(path, ignored)) continue;
    auto own = read_fitted(path);
    if (!own) return own;
    for (const auto& p : base_set->parameters)
      if (!own->find(p.name)) own->parameters.push_back(p);
    return own;
  }
  return base_set;
}

}  // namespace gigawatt::catalog

#include <fmt/format.h>

#include "gigawatt/catalog/fitted.h"

namespace gigawatt::catalog {
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

std::string comment(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += fmt::format("# {}\n", text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// `prefix`: "" in a file of one set, "set." inside [[set]].
std::string tables(const FittedSet& set, std::string_view prefix) {
  std::string out =
      fmt::format("name = {}\nkind = {}\nbasis = {}\nrows = {}\nsource = {}\nrow_sources = {}\n",
                  toml_string(set.name), toml_string(set.kind), toml_string(set.basis), set.rows,
                  toml_string(set.source), list(set.row_sources));
  if (!set.tags.empty()) out += fmt::format("tags = {}\n", list(set.tags));
  for (const auto& q : set.quality)
    out += fmt::format(
        "\n[[{}quality]]\nwhat = {}\nrows = {}\nbefore_median_pct = {}\nmedian_pct = {}\np90_pct = {}\n"
        "cross_validated_median_pct = {}\n",
        prefix, toml_string(q.what), q.rows, number(q.before_median_pct), number(q.median_pct),
        number(q.p90_pct), number(q.cross_validated_median_pct));
  for (const auto& p : set.parameters) {
    out += fmt::format(
        "\n[[{}parameter]]\nname = {}\nvalue = {}\nstandard_error = {}\nunit = {}\nlow = {}\nhigh = {}\n",
        prefix, toml_string(p.name), number(p.value), number(p.standard_error), toml_string(p.unit),
        number(p.low), number(p.high));
    out += fmt::format("determined = {}\n", p.determined);
    if (!p.basis.empty()) out += fmt::format("basis = {}\n", toml_string(p.basis));
    out += fmt::format("meaning = {}\n", toml_string(p.meaning));
  }
  return out;
}

}  // namespace

std::string write_fitted(const FittedSet& set, std::string_view header_comment) {
  return comment(header_comment) + tables(set, "");
}

std::string write_fitted(std::span<const FittedSet> sets, std::string_view header_comment) {
  std::string out = comment(header_comment);
  for (const auto& set : sets) out += "\n[[set]]\n" + tables(set, "set.");
  return out;
}

}  // namespace gigawatt::catalog

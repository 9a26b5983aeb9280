#include "gigawatt/results/compare.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "gigawatt/results/duckdb_session.h"
#include "gigawatt/results/store.h"

namespace gigawatt::results {
namespace {

double number(const std::string& text) {
  return text.empty() ? std::numeric_limits<double>::quiet_NaN() : std::strtod(text.c_str(), nullptr);
}

class Reader {
 public:
  Reader(const std::filesystem::path& a, const std::filesystem::path& b) : session_(":memory:") {
    attach(a, "a");
    std::error_code ignored;
    same_ = std::filesystem::equivalent(a, b, ignored);
    if (!same_) attach(b, "b");
  }

  ComparedRun run(const std::filesystem::path& file, const std::string& store, std::int64_t id) {
    const std::string where = id > 0 ? fmt::format("WHERE run_id = {}", id) : "";
    const auto rows = session_.query(
        fmt::format("SELECT run_id, scenario, scenario_hash, program, status, seed, period_start::DATE, "
                    "period_end::DATE FROM {}.run {} ORDER BY run_id DESC LIMIT 1",
                    schema(store), where));
    if (rows.empty())
      throw StoreError(id > 0 ? fmt::format("{}: there is no run {}", file.string(), id)
                              : fmt::format("{}: holds no run", file.string()));
    const auto& r = rows[0];
    return {file.string(), std::strtoll(r[0].c_str(), nullptr, 10), r[1], r[2], r[3], r[4], r[5], r[6], r[7]};
  }

  std::vector<std::vector<std::string>> joined(const std::string& columns, const std::string& table,
                                               const std::string& keys, const Comparison& c,
                                               const std::string& rest) {
    return session_.query(
        fmt::format("SELECT {} FROM (SELECT * FROM {}.{} WHERE run_id = {}) x FULL JOIN (SELECT * FROM {}.{} "
                    "WHERE run_id = {}) y "
                    "USING ({}) {}",
                    columns, schema("a"), table, c.a.id, schema("b"), table, c.b.id, keys, rest));
  }

  std::string unit(const std::string& kind, const std::string& name) {
    const auto rows = session_.query(fmt::format("SELECT unit FROM {}.quantity WHERE kind = {} AND name = {}",
                                                 schema("a"), sql_text(kind), sql_text(name)));
    return rows.empty() ? "" : rows[0][0];
  }

 private:
  std::string schema(const std::string& store) const { return same_ ? "a" : store; }

  void attach(const std::filesystem::path& file, const std::string& as) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
      throw StoreError(fmt::format("{}: there is no such file", file.string()));
    try {
      session_.execute(fmt::format("ATTACH {} AS {} (READ_ONLY)", sql_text(file.string()), as));
      const auto version = session_.query(fmt::format("SELECT schema_version FROM {}.gigawatt_store", as));
      if (!version.empty() && version[0][0] == std::to_string(kSchemaVersion)) return;
      throw StoreError(fmt::format("{}: its format version is {}, this program reads {}", file.string(),
                                   version.empty() ? "missing" : version[0][0], kSchemaVersion));
    } catch (const StoreError& error) {
      const std::string why = error.what();
      if (why.starts_with(file.string())) throw;
      throw StoreError(
          fmt::format("{}: cannot be read as a store of runs: {}", file.string(),
                      why.substr(why.rfind(": ") == std::string::npos ? 0 : why.rfind(": ") + 2)));
    }
  }

  Session session_;
  bool same_ = false;
};

double relative(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : (std::isnan(a) ? 1 : -1);
  const double scale = std::max(std::abs(a), std::abs(b));
  return scale > 0 ? (b - a) / scale : 0;
}

}  // namespace

Comparison compare(const std::filesystem::path& a, std::int64_t run_a, const std::filesystem::path& b,
                   std::int64_t run_b, double tolerance) {
  Reader reader(a, b);
  Comparison c;
  c.a = reader.run(a, "a", run_a);
  c.b = reader.run(b, "b", run_b);
  for (const auto& r :
       reader.joined("path, coalesce(x.value, ''), coalesce(y.value, ''), coalesce(x.unit, y.unit)",
                     "input_leaf", "path", c, "WHERE x.value IS DISTINCT FROM y.value ORDER BY path"))
    c.inputs.push_back({r[0], r[1], r[2], r[3]});

  const auto keep = [&](const std::vector<std::string>& r, const char* kind,
                        std::vector<NumberDifference>& out, std::uint64_t& equal) {
    NumberDifference d{r[0], "", r[1], r[2], number(r[3]), number(r[4]), 0};
    d.relative = relative(d.a, d.b);
    if (std::abs(d.relative) <= tolerance) {
      ++equal;
      return;
    }
    d.unit = reader.unit(kind, d.name);
    out.push_back(std::move(d));
  };
  // Text keeps all digits of a double in both directions.
  for (const auto& r : reader.joined("name, subject_kind, subject, x.value, y.value", "metric",
                                     "name, subject_kind, subject", c, "ORDER BY ALL"))
    keep(r, "metric", c.metrics, c.equal_metrics);
  const std::string gap =
      "CASE WHEN x.value IS NULL OR y.value IS NULL THEN 1 WHEN x.value = y.value THEN 0 "
      "ELSE abs(y.value - x.value) END";
  for (const auto& r : reader.joined(
           fmt::format(
               "name, subject_kind, subject || CASE WHEN label = '' THEN '' ELSE ' ' || label END AS what, "
               "arg_max(x.value, {0}), arg_max(y.value, {0})",
               gap),
           "series", "name, subject_kind, subject, label, time", c, "GROUP BY ALL ORDER BY 1, 2, 3"))
    keep(r, "series", c.series, c.equal_series);
  const auto larger = [](const NumberDifference& x, const NumberDifference& y) {
    return std::abs(x.relative) > std::abs(y.relative);
  };
  std::stable_sort(c.metrics.begin(), c.metrics.end(), larger);
  std::stable_sort(c.series.begin(), c.series.end(), larger);
  for (const auto& r :
       reader.joined("id, coalesce(x.verdict, ''), coalesce(y.verdict, ''), x.value, y.value", "claim", "id",
                     c, "WHERE x.verdict IS DISTINCT FROM y.verdict ORDER BY id"))
    c.claims.push_back({r[0], r[1], r[2], number(r[3]), number(r[4])});
  return c;
}

}  // namespace gigawatt::results

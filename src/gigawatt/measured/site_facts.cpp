#include "gigawatt/measured/site_facts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/quantile.h"
#include "gigawatt/base/words.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/config/gzip.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/site/plants.h"

namespace gigawatt::measured {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr double kWithin = 0.15;

using base::lower;

std::optional<double> parse(std::string_view s) {
  double x = 0;
  const auto [end, code] = std::from_chars(s.data(), s.data() + s.size(), x);
  if (code != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return x;
}

tl::expected<FactModels, base::Diagnostics> load(const engine::Knowledge& knowledge,
                                                 const std::filesystem::path& data) {
  auto plants = site::load_plants(data / "cooling");
  if (!plants) return tl::unexpected(plants.error());
  auto units = grid::load_units(data / "supply" / "units.toml");
  if (!units) return tl::unexpected(units.error());
  auto power = power::load_power(data);
  if (!power) return tl::unexpected(power.error());
  auto sweeps = load_sweeps(data, knowledge.catalog);
  if (!sweeps) return tl::unexpected(sweeps.error());
  auto datasets = read_datasets(data / "serving" / "datasets.toml");
  if (!datasets) return tl::unexpected(datasets.error());
  auto limits = waveform::load_limits(data);
  if (!limits) return tl::unexpected(limits.error());
  FactModels out{knowledge,
                 knowledge.catalog,
                 data,
                 std::move(*plants),
                 std::move(*units),
                 std::move(*power),
                 std::move(*sweeps),
                 {},
                 std::move(*datasets),
                 std::move(*limits),
                 {},
                 {},
                 {}};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(data / "weather"))
    if (entry.path().extension() == ".gz") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const auto text = config::read_maybe_gzip(file, kMostBytes);
    if (!text) return tl::unexpected(base::Diagnostics{text.error()});
    auto weather = site::read_weather(*text, file.filename().string());
    if (!weather) return tl::unexpected(weather.error());
    out.stations.push_back(std::move(*weather));
  }
  return out;
}

std::optional<Computed> compute(const Fact& fact, const FactModels& models) {
  for (const auto rules : {cooling_rules(), supply_rules(), conversion_rules(), power_rules(),
                           serving_rules(), training_rules(), capacity_rules(), cost_rules(), grid_rules()})
    for (const FactRule rule : rules)
      if (auto found = rule(fact, models); found && std::isfinite(found->value)) return found;
  return std::nullopt;
}

constexpr std::array<std::string_view, 7> kAssumptions = {"system",     "power",    "includes",       "rack",
                                                          "rack_power", "hardware", "facility_per_it"};

/// "system = vr200-nvl72; rack = 9.1 MUSD": each a key of kAssumptions.
void read_assumptions(std::string_view cell, Fact& fact, base::Diagnostics& problems) {
  const auto trimmed = [](std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(' ') - first + 1);
  };
  while (!trimmed(cell).empty()) {
    const auto end = std::min(cell.find(';'), cell.size());
    const std::string_view part = trimmed(cell.substr(0, end));
    cell.remove_prefix(std::min(end + 1, cell.size()));
    const auto equals = part.find('=');
    const std::string key(trimmed(part.substr(0, equals)));
    const std::string value(equals == std::string_view::npos ? "" : trimmed(part.substr(equals + 1)));
    if (std::find(kAssumptions.begin(), kAssumptions.end(), key) == kAssumptions.end() || value.empty()) {
      const std::vector<std::string> names(kAssumptions.begin(), kAssumptions.end());
      const std::string nearest = base::did_you_mean(key, names);
      problems.push_back(base::error("bad-assumption",
                                     fmt::format("{}: '{}' is no assumption", fact.id, part.substr(0, 60)),
                                     nearest.empty() ? "rack = 9.1 MUSD; power = IT" : nearest));
      continue;
    }
    fact.assumes[key] = value;
  }
}

/// What the shipped table knows of sources' assumptions, by subject and quantity: for tables without the column.
std::map<std::string, std::string> shipped_assumptions(const std::filesystem::path& data) {
  std::map<std::string, std::string> out;
  const auto text = config::read_text_file(data / "validation" / "cost_facts.csv", kMostBytes);
  const auto table = text ? config::parse_csv(*text, "cost_facts.csv") : tl::unexpected(text.error());
  for (std::size_t r = 0; table && r < table->rows.size(); ++r)
    if (const std::string cell = table->cell(r, "assumes"); !cell.empty())
      out[table->cell(r, "subject") + "\n" + table->cell(r, "quantity")] = cell;
  return out;
}

/// Relative errors; what is published as zero has none.
std::vector<double> errors(const FactReport& report) {
  std::vector<double> out;
  for (const auto& row : report.rows)
    if (row.computed && !row.computed->input && row.fact.value != 0) out.push_back(std::abs(row.ratio() - 1));
  return out;
}

}  // namespace

const site::CoolingPlant* FactModels::plant(std::string_view name) const {
  for (const auto& p : plants)
    if (p.name == name) return &p;
  return nullptr;
}

std::optional<double> number_before(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    auto end = at;
    while (end > 0 && text[end - 1] == ' ') --end;
    auto begin = end;
    std::string digits;  // from the back; groups of three may stand apart: "25 000", "25,000"
    const auto digit = [&](std::size_t i) { return std::isdigit(static_cast<unsigned char>(text[i])) != 0; };
    while (begin > 0) {
      const char c = text[begin - 1];
      const bool group = (c == ' ' || c == ',') && digits.size() >= 3 && digits.size() % 3 == 0 &&
                         digits.find('.') == std::string::npos && begin > 1 && digit(begin - 2);
      if (!group && !digit(begin - 1) && c != '.') break;
      if (!group) digits.push_back(c);
      --begin;
    }
    std::reverse(digits.begin(), digits.end());
    const bool name = begin > 0 && std::isalpha(static_cast<unsigned char>(text[begin - 1]));  // "H100 nodes"
    if (!digits.empty() && !name)
      if (const auto x = parse(digits)) return x;
  }
  return std::nullopt;
}

std::optional<double> first_number(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!std::isdigit(static_cast<unsigned char>(text[i]))) continue;
    auto end = i;
    while (end < text.size() && (std::isdigit(static_cast<unsigned char>(text[end])) || text[end] == '.'))
      ++end;
    return parse(text.substr(i, end - i));
  }
  return std::nullopt;
}

tl::expected<FactReport, base::Diagnostics> compare_facts(std::string_view csv, const std::string& name,
                                                          const engine::Knowledge& knowledge,
                                                          const std::filesystem::path& data) {
  const auto table = config::parse_csv(csv, name);
  if (!table) return tl::unexpected(base::Diagnostics{table.error()});
  base::Diagnostics problems;
  for (const char* column : {"id", "topic", "subject", "quantity", "value", "unit"})
    if (table->column(column) < 0)
      problems.push_back(base::error("missing-column", fmt::format("{} has no column '{}'", name, column),
                                     "id, topic, subject, quantity, value, unit"));
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  auto models = load(knowledge, data);
  if (!models) return tl::unexpected(models.error());
  const auto shipped = shipped_assumptions(data);
  FactReport out;
  for (std::size_t r = 0; r < table->rows.size(); ++r) {
    const auto value = parse(table->cell(r, "value"));
    if (!value || !std::isfinite(*value)) {
      ++out.texts;
      models->texts.push_back({table->cell(r, "id"), table->cell(r, "topic"), table->cell(r, "subject"),
                               table->cell(r, "quantity"), table->cell(r, "unit"), table->cell(r, "date"), 0,
                               lower(table->cell(r, "value"))});
      continue;
    }
    Fact& fact = models->facts.emplace_back();
    fact = {table->cell(r, "id"),
            table->cell(r, "topic"),
            table->cell(r, "subject"),
            table->cell(r, "quantity"),
            table->cell(r, "unit"),
            table->cell(r, "date"),
            *value,
            {}};
    fact.text = lower(fact.subject + " " + fact.quantity);
    if (table->column("assumes") >= 0)
      read_assumptions(table->cell(r, "assumes"), fact, problems);
    else if (const auto known = shipped.find(fact.subject + "\n" + fact.quantity); known != shipped.end())
      read_assumptions(known->second, fact, problems);
  }
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  for (const Fact& fact : models->facts) out.rows.push_back({fact, compute(fact, *models)});
  return out;
}

nlohmann::ordered_json FactReport::json() const {
  auto list = nlohmann::ordered_json::array();
  std::size_t computed = 0, inputs = 0, within = 0;
  for (const auto& row : rows) {
    nlohmann::ordered_json item = {{"id", row.fact.id},           {"topic", row.fact.topic},
                                   {"subject", row.fact.subject}, {"quantity", row.fact.quantity},
                                   {"unit", row.fact.unit},       {"published", row.fact.value},
                                   {"computed", nullptr},         {"ratio", nullptr}};
    if (row.computed) {
      item["computed"] = row.computed->value;
      if (row.fact.value != 0) item["ratio"] = row.ratio();
      item["how"] = row.computed->how;
      item["input"] = row.computed->input;
      ++(row.computed->input ? inputs : computed);
      within += !row.computed->input && std::abs(row.ratio() - 1) <= kWithin;
    } else {
      item["why"] = why_not(row.fact);
    }
    list.push_back(std::move(item));
  }
  const auto all = errors(*this);
  return {{"rows", rows.size() + texts},
          {"computed", computed},
          {"inputs", inputs},
          {"texts", texts},
          {"not_computed", rows.size() - computed - inputs},
          {"within_15_pct", within},
          {"median_abs_pct", 100 * base::quantile_of(all, 0.5)},
          {"p90_abs_pct", 100 * base::quantile_of(all, 0.9)},
          {"rows_out", list}};
}

std::string FactReport::text() const {
  std::string out;
  std::string topic;
  std::map<std::string, std::size_t> left;
  for (const auto& row : rows) {
    if (!row.computed) ++left[why_not(row.fact)];
    if (!row.computed) continue;
    if (row.fact.topic != topic)
      out += fmt::format("{}{}\n", topic.empty() ? "" : "\n", topic = row.fact.topic);
    out += fmt::format("  {:8} {:.60}: published {:.6g} {}, computed {:.6g}{}\n", row.fact.id,
                       row.fact.subject + ", " + row.fact.quantity, row.fact.value, row.fact.unit,
                       row.computed->value,
                       row.computed->input ? " (input)" : fmt::format(", ratio {:.3f}", row.ratio()));
  }
  out += "\nnot computed:\n";
  for (const auto& [why, n] : left) out += fmt::format("  {:4} {}\n", n, why);
  const auto all = errors(*this);
  out += fmt::format("\n{} rows, {} computed: median error {:.1f}%, 90th percentile {:.1f}%\n",
                     rows.size() + texts, all.size(), 100 * base::quantile_of(all, 0.5),
                     100 * base::quantile_of(all, 0.9));
  return out;
}

std::string FactReport::csv() const {
  std::string out = "id,topic,subject,quantity,unit,published,computed,ratio,input,how\n";
  for (const auto& row : rows) {
    out += fmt::format("{},{},{},{},{},{}", row.fact.id, config::csv_cell(row.fact.topic),
                       config::csv_cell(row.fact.subject), config::csv_cell(row.fact.quantity),
                       config::csv_cell(row.fact.unit), row.fact.value);
    out += row.computed ? fmt::format(",{},{},{},{}\n", row.computed->value, row.ratio(),
                                      row.computed->input ? 1 : 0, config::csv_cell(row.computed->how))
                        : ",,,,\n";
  }
  return out;
}

}  // namespace gigawatt::measured

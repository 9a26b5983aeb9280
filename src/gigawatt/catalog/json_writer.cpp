#include "gigawatt/catalog/json_writer.h"

#include <cstdlib>

#include <fmt/format.h>

#include "gigawatt/units/parse.h"

namespace gigawatt::catalog {
namespace {

/// Ten significant digits: enough for every published number, and free of the noise of unit conversion.
double rounded(double x) { return std::strtod(fmt::format("{:.10g}", x).c_str(), nullptr); }

/// Whether a table says nothing: a number that is not published, or a part that the entry does not have.
bool says_nothing(const nlohmann::ordered_json& table) {
  if (table.empty()) return true;
  for (const char* key : {"value", "experts", "kv_lora_rank"})
    if (const auto found = table.find(key); found != table.end() && *found == 0 && !table.contains("source"))
      return true;
  return false;
}

}  // namespace

void JsonWriter::put(const config::Field& f, Json value) {
  if (frames_.back().is_array())
    frames_.back().push_back(std::move(value));
  else
    frames_.back()[std::string(f.key)] = std::move(value);
}

void JsonWriter::text(std::string& x, const config::Field& f) {
  if (!x.empty()) put(f, x);
}
void JsonWriter::boolean(bool& x, const config::Field& f) { put(f, x); }
void JsonWriter::integer(std::int64_t& x, const config::Field& f) { put(f, x); }

void JsonWriter::number(double& x, const config::Field& f) {
  const auto unit = units::parse_unit(f.unit);
  put(f, rounded(unit ? x / unit->factor : x));
  if (f.key == "value" && !f.unit.empty()) frames_.back()["unit"] = std::string(f.unit);
}

void JsonWriter::time(base::SimTime& x, const config::Field& f) { put(f, base::to_iso_date(x)); }
void JsonWriter::choose(std::size_t& x, std::span<const std::string_view> names, const config::Field& f) {
  put(f, std::string(names[x]));
}
void JsonWriter::any_quantity(config::AnyQuantity& x, const config::Field& f) { put(f, x.text); }

void JsonWriter::integer_or_word(std::optional<std::int64_t>& x, std::string_view word,
                                 const config::Field& f) {
  if (x)
    put(f, *x);
  else
    put(f, std::string(word));
}

bool JsonWriter::begin_table(const config::Field&) {
  frames_.push_back(Json::object());
  return true;
}

void JsonWriter::close(const config::Field& f) {
  Json done = std::move(frames_.back());
  frames_.pop_back();
  if (done.is_object() ? says_nothing(done) : done.empty()) return;
  put(f, std::move(done));
}

void JsonWriter::end_table(const config::Field& f) { close(f); }

std::size_t JsonWriter::begin_list(const config::Field&, std::size_t size) {
  frames_.push_back(Json::array());
  return size;
}
void JsonWriter::end_list(const config::Field& f) { close(f); }

bool JsonWriter::begin_map(const config::Field&, std::vector<std::string>&) {
  frames_.push_back(Json::object());
  return true;
}
void JsonWriter::end_map(const config::Field& f) { close(f); }

}  // namespace gigawatt::catalog

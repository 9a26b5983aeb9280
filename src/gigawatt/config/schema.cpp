#include "gigawatt/config/schema.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/check.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::config {

using Json = nlohmann::ordered_json;

struct SchemaWriter::Document {
  enum class Kind { kTable, kList, kMap };
  struct Frame {
    Kind kind;
    Json node;
  };
  std::vector<Frame> frames{{Kind::kTable, object()}};
  bool no_default = false;  ///< the next value stands in an optional: its initial value is no default

  static Json object() {
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  }

  void put(const Field& f, Json schema) {
    Frame& top = frames.back();
    no_default = false;
    if (top.kind == Kind::kList) {
      schema.erase("description");
      schema.erase("default");
      top.node["items"] = std::move(schema);
      return;
    }
    if (top.kind == Kind::kMap) {
      schema.erase("description");
      top.node["additionalProperties"] = std::move(schema);
      return;
    }
    GW_CHECK(!top.node["properties"].contains(f.key), "key '{}' is declared twice", f.key);
    top.node["properties"][std::string(f.key)] = std::move(schema);
    if (f.required) top.node["required"].push_back(std::string(f.key));
  }

  void set_default(Json& schema, const Field& f, Json value) const {
    if (!no_default && !f.required && frames.back().kind == Kind::kTable)
      schema["default"] = std::move(value);
  }
};

namespace {

constexpr const char* kQuantityPattern =
    "^ *[-+]?[0-9.][0-9_,.]*([eE][-+]?[0-9]+)? *[A-Za-z%1][A-Za-z0-9%/* ]*$";
constexpr const char* kDatePattern =
    "^[0-9]{4}(-[qQ][1-4]|-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?Z?)?)?)?$";

Json described(const Field& f) {
  Json schema;
  schema["description"] = std::string(f.doc);
  return schema;
}

std::string twelve_digits(double x) { return fmt::format("{:.12g}", x); }

double in_unit(double si, const Field& f) {
  const auto unit = units::parse_unit(f.unit);
  GW_CHECK(unit, "field '{}' has the unknown unit '{}'", f.key, f.unit);
  return si / unit->factor;
}

std::string with_unit(double si, const Field& f) {
  const std::string number = twelve_digits(in_unit(si, f));
  return f.unit.empty() ? number : f.unit == "%" ? number + "%" : number + " " + std::string(f.unit);
}

void add_bounds(Json& schema, const Field& f, bool plain) {
  if (f.positive) {
    if (plain) schema["exclusiveMinimum"] = 0;
    schema["x-above"] = with_unit(0, f);
  } else if (std::isfinite(f.min)) {
    if (plain) schema["minimum"] = f.min;
    schema["x-minimum"] = with_unit(f.min, f);
  }
  if (std::isfinite(f.max)) {
    if (plain) schema["maximum"] = f.max;
    schema["x-maximum"] = with_unit(f.max, f);
  }
}

}  // namespace

SchemaWriter::SchemaWriter(bool tables) : document_(std::make_unique<Document>()), tables_(tables) {}
SchemaWriter::~SchemaWriter() = default;

void SchemaWriter::text(std::string& x, const Field& f) {
  Json schema = described(f);
  schema["type"] = "string";
  if (!x.empty()) document_->set_default(schema, f, x);
  document_->put(f, std::move(schema));
}

void SchemaWriter::boolean(bool& x, const Field& f) {
  Json schema = described(f);
  schema["type"] = "boolean";
  document_->set_default(schema, f, x);
  document_->put(f, std::move(schema));
}

void SchemaWriter::integer(std::int64_t& x, const Field& f) {
  Json schema = described(f);
  schema["type"] = "integer";
  add_bounds(schema, f, true);
  document_->set_default(schema, f, x);
  document_->put(f, std::move(schema));
}

void SchemaWriter::number(double& x, const Field& f) {
  Json schema = described(f);
  const auto unit = units::parse_unit(f.unit);
  GW_CHECK(unit, "field '{}' has the unknown unit '{}'", f.key, f.unit);
  const bool plain = unit->dimension == units::kNone;
  if (plain) {
    schema["type"] = {"number", "string"};
  } else {
    schema["type"] = "string";
    schema["pattern"] = kQuantityPattern;
  }
  if (!f.unit.empty()) schema["x-unit"] = std::string(f.unit);
  add_bounds(schema, f, plain);
  document_->set_default(schema, f, plain ? Json(x) : Json(with_unit(x, f)));
  document_->put(f, std::move(schema));
}

void SchemaWriter::time(base::SimTime&, const Field& f) {
  Json schema = described(f);
  schema["type"] = {"string", "integer"};
  schema["pattern"] = kDatePattern;
  schema["x-type"] = "date";
  document_->put(f, std::move(schema));
}

void SchemaWriter::choose(std::size_t& x, std::span<const std::string_view> names, const Field& f) {
  Json schema = described(f);
  schema["enum"] = Json::array();
  for (const auto name : names) schema["enum"].push_back(std::string(name));
  document_->set_default(schema, f, std::string(names[x]));
  document_->put(f, std::move(schema));
}

void SchemaWriter::any_quantity(AnyQuantity&, const Field& f) {
  Json schema = described(f);
  schema["type"] = {"number", "string"};
  schema["x-type"] = "number with its unit";
  document_->put(f, std::move(schema));
}

void SchemaWriter::integer_or_word(std::optional<std::int64_t>&, std::string_view word, const Field& f) {
  Json schema = described(f);
  Json number = {{"type", "integer"}};
  add_bounds(number, f, true);
  schema["anyOf"] = {std::move(number), {{"const", std::string(word)}}};
  document_->set_default(schema, f, std::string(word));
  document_->put(f, std::move(schema));
}

void SchemaWriter::integer_range(IntegerRange&, const Field& f) {
  Json schema = described(f);
  Json number = {{"type", "integer"}};
  add_bounds(number, f, true);
  schema["anyOf"] = {
      number, {{"type", "array"}, {"items", number}, {"minItems", 2}, {"maxItems", 2}}, {{"type", "string"}}};
  document_->no_default = false;
  document_->put(f, std::move(schema));
}

void SchemaWriter::input_text(InputText&, const Field& f) {
  Json schema = described(f);
  schema["type"] = "string";
  schema["x-type"] = "text of a file";
  document_->no_default = false;
  document_->put(f, std::move(schema));
}

void SchemaWriter::name_or_text(NameOrText& x, const Field& f) {
  Json schema = described(f);
  schema["type"] = {"string", "object"};
  schema["x-type"] = "name or document";
  if (x.given()) document_->set_default(schema, f, x.name);
  document_->put(f, std::move(schema));
}

bool SchemaWriter::begin_table(const Field&) {
  document_->frames.push_back({Document::Kind::kTable, Document::object()});
  document_->no_default = false;
  return true;
}

void SchemaWriter::end_table(const Field& f) {
  Json schema = described(f);
  schema.update(document_->frames.back().node);
  document_->frames.pop_back();
  document_->put(f, std::move(schema));
}

bool SchemaWriter::present(const Field&, bool) {
  document_->no_default = true;
  return true;
}

std::size_t SchemaWriter::begin_list(const Field& f, std::size_t) {
  Json list = {{"type", "array"}};
  if (f.required) list["minItems"] = 1;
  document_->frames.push_back({Document::Kind::kList, std::move(list)});
  return 1;
}

void SchemaWriter::begin_item(std::size_t) {}
void SchemaWriter::end_item() {}

void SchemaWriter::end_list(const Field& f) {
  Json list = std::move(document_->frames.back().node);
  document_->frames.pop_back();
  Json schema = described(f);
  if (f.one_or_list) {
    Json item = list["items"];
    schema["anyOf"] = {std::move(item), std::move(list)};
  } else {
    schema.update(list);
  }
  document_->put(f, std::move(schema));
}

bool SchemaWriter::begin_map(const Field&, std::vector<std::string>& names) {
  names = {"*"};
  document_->frames.push_back({Document::Kind::kMap, {{"type", "object"}}});
  return true;
}

void SchemaWriter::end_map(const Field& f) {
  Json schema = described(f);
  schema.update(document_->frames.back().node);
  document_->frames.pop_back();
  document_->put(f, std::move(schema));
}

std::string SchemaWriter::json(std::string_view id, std::string_view title) const {
  Json schema;
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["$id"] = std::string(id);
  schema["title"] = std::string(title);
  schema.update(document_->frames.front().node);
  return schema.dump(2) + "\n";
}

namespace {

std::string cell(std::string text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string type_name(const Json& s) {
  if (s.contains("x-type")) return s["x-type"].get<std::string>();
  if (s.contains("enum")) {
    std::string out;
    for (const auto& name : s["enum"]) out += (out.empty() ? "`" : ", `") + name.get<std::string>() + "`";
    return out;
  }
  if (s.contains("anyOf")) {
    const Json& second = s["anyOf"][1];
    if (second.contains("const")) return "whole number or `\"" + second["const"].get<std::string>() + "\"`";
    return type_name(s["anyOf"][0]) + " or list";
  }
  if (s.contains("x-unit")) return "in " + s["x-unit"].get<std::string>();
  if (s["type"].is_array()) return "number";
  const auto type = s["type"].get<std::string>();
  if (type == "integer") return "whole number";
  if (type == "string") return "text";
  if (type == "array")
    return s["items"].contains("properties") ? "tables" : "list of " + type_name(s["items"]);
  if (type == "object")
    return s.contains("properties") ? "table" : "name = " + type_name(s["additionalProperties"]);
  return type;
}

std::string bounds_text(const Json& schema) {
  const Json& s = schema.contains("anyOf") ? schema["anyOf"][0] : schema;
  std::string out;
  const auto add = [&](const char* key, const char* word) {
    if (s.contains(key)) out += (out.empty() ? "" : ", ") + std::string(word) + s[key].get<std::string>();
  };
  add("x-above", "> ");
  add("x-minimum", "≥ ");
  add("x-maximum", "≤ ");
  return out;
}

std::string default_text(const Json& s, bool required) {
  if (required) return "**required**";
  if (!s.contains("default")) return "";
  const Json& d = s["default"];
  if (d.is_number() && s.value("x-unit", "") == "%")
    return "`\"" + twelve_digits(d.get<double>() * 100) + "%\"`";
  return d.is_string()   ? "`\"" + d.get<std::string>() + "\"`"
         : d.is_number() ? "`" + twelve_digits(d.get<double>()) + "`"
                         : "`" + d.dump() + "`";
}

void write_table(std::string& out, const Json& object, const std::string& path, bool list,
                 const std::string& doc) {
  if (!path.empty())
    out += fmt::format("\n## `{}{}{}`\n\n{}\n", list ? "[[" : "[", path, list ? "]]" : "]", doc);
  out += "\n| key | value | default | bounds | meaning |\n|---|---|---|---|---|\n";
  const Json required = object.value("required", Json::array());
  for (const auto& [key, s] : object["properties"].items()) {
    const bool needed = std::find(required.begin(), required.end(), key) != required.end();
    out +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", key, cell(type_name(s)), cell(default_text(s, needed)),
                    cell(bounds_text(s)), cell(s["description"].get<std::string>()));
  }
  for (const auto& [key, s] : object["properties"].items()) {
    const std::string inner = path.empty() ? key : path + "." + key;
    if (s.contains("properties")) write_table(out, s, inner, false, s["description"]);
    if (s.contains("items") && s["items"].contains("properties"))
      write_table(out, s["items"], inner, true, s["description"]);
  }
}

}  // namespace

std::string SchemaWriter::markdown(std::string_view title, std::string_view introduction) const {
  std::string out = fmt::format("# {}\n\n{}\n", title, introduction);
  write_table(out, document_->frames.front().node, "", false, "");
  return out;
}

}  // namespace gigawatt::config

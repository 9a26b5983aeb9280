#include "describe.h"

#include <cmath>

#include "gigawatt/units/parse.h"

namespace gigawatt::python {
namespace {

using config::Field;
using Json = nlohmann::ordered_json;

class Describer final : public config::FieldVisitor {
 public:
  Json take() { return std::move(stack_.front()); }

  bool is_table(const Field&) override { return false; }
  void text(std::string& x, const Field& f) override { add(f, "text", x); }
  void boolean(bool& x, const Field& f) override { add(f, "boolean", x); }
  void integer(std::int64_t& x, const Field& f) override { add(f, "integer", x); }
  void number(double& x, const Field& f) override {
    const auto unit = units::parse_unit(f.unit);
    if (!unit || unit->dimension == units::kNone)
      add(f, "number", x);
    else
      add(f, f.bare_unit ? "number" : "quantity", units::format_quantity(x, std::string(f.unit)));
  }
  void time(base::SimTime&, const Field& f) override { add(f, "date", nullptr); }
  void choose(std::size_t& x, std::span<const std::string_view> names, const Field& f) override {
    Json& entry = add(f, "choice", names[x]);
    for (const auto name : names) entry["choices"].push_back(name);
  }
  void any_quantity(config::AnyQuantity&, const Field& f) override { add(f, "any", nullptr); }
  void integer_or_word(std::optional<std::int64_t>&, std::string_view word, const Field& f) override {
    add(f, "integer", nullptr)["word"] = word;
  }
  void integer_range(config::IntegerRange&, const Field& f) override { add(f, "range", nullptr); }
  void input_text(config::InputText&, const Field& f) override { add(f, "input", nullptr); }
  void name_or_text(config::NameOrText& x, const Field& f) override { add(f, "entry", x.name); }
  void output_file(config::OutputFile&, const Field& f) override { add(f, "output", nullptr); }
  void output_place(config::OutputPlace&, const Field& f) override { add(f, "output", nullptr); }
  bool begin_table(const Field& f) override {
    add(f, "table", nullptr);
    list_ = nullptr;
    stack_.push_back(Json::array());
    return true;
  }
  void end_table(const Field&) override { close(); }

 protected:
  bool present(const Field&, bool has_value) override {
    optional_ = !has_value;
    return true;
  }
  std::size_t begin_list(const Field& f, std::size_t) override {
    list_ = &f;
    return 1;
  }
  void begin_item(std::size_t) override {}
  void end_item() override {}
  void end_list(const Field&) override { list_ = nullptr; }
  bool begin_map(const Field& f, std::vector<std::string>&) override {
    add(f, "map", nullptr);
    return false;
  }
  void end_map(const Field&) override {}

 private:
  template <typename Default>
  Json& add(const Field& item, const char* kind, const Default& initial) {
    const Field& f = list_ != nullptr ? *list_ : item;
    Json entry = {{"key", f.key}, {"doc", f.doc}, {"kind", kind}};
    const bool has_default = !optional_ && !f.required && list_ == nullptr;
    if (has_default) entry["default"] = initial;
    if (!f.unit.empty()) entry["unit"] = f.unit;
    if (std::isfinite(f.min)) entry["min"] = f.min;
    if (std::isfinite(f.max)) entry["max"] = f.max;
    if (!f.alias.empty()) entry["alias"] = f.alias;
    for (const auto& [name, set] : {std::pair{"required", f.required},
                                    {"positional", f.positional},
                                    {"list", list_ != nullptr},
                                    {"one_or_list", f.one_or_list},
                                    {"positive", f.positive}})
      if (set) entry[name] = true;
    optional_ = false;
    stack_.back().push_back(std::move(entry));
    return stack_.back().back();
  }

  void close() {
    Json fields = std::move(stack_.back());
    stack_.pop_back();
    stack_.back().back()["fields"] = std::move(fields);
  }

  std::vector<Json> stack_{Json::array()};
  const Field* list_ = nullptr;
  bool optional_ = false;
};

}  // namespace

Json describe(const ask::Command& command) {
  Describer describer;
  command.visit(describer);
  return {{"name", command.name},
          {"summary", command.summary},
          {"answer", command.answer},
          {"heavy", command.weight == ask::Weight::kHeavy},
          {"names_files", command.names_files},
          {"fields", describer.take()}};
}

}  // namespace gigawatt::python

#pragma once
/// What a file may hold, written from its field table: a JSON Schema (draft 2020-12) for editors, and a reference
/// page in Markdown. Keys stand in the order of the table. What JSON Schema cannot say (the dimension of a text,
/// a bound on it) is in the description and in `x-unit`.

#include <memory>
#include <string>
#include <string_view>

#include "gigawatt/config/fields.h"

namespace gigawatt::config {

class SchemaWriter final : public FieldVisitor {
 public:
  /// `tables`: what may be a value or a table of its parts (a number with its sources) is described as the table.
  explicit SchemaWriter(bool tables = false);
  ~SchemaWriter() override;

  /// The schema document of what was visited, indented, with a final newline.
  std::string json(std::string_view id, std::string_view title) const;
  /// One table of keys for each TOML table.
  std::string markdown(std::string_view title, std::string_view introduction) const;

  bool is_table(const Field&) override { return tables_; }
  void text(std::string& x, const Field& f) override;
  void boolean(bool& x, const Field& f) override;
  void integer(std::int64_t& x, const Field& f) override;
  void number(double& x, const Field& f) override;
  void time(base::SimTime& x, const Field& f) override;
  void choose(std::size_t& x, std::span<const std::string_view> names, const Field& f) override;
  void any_quantity(AnyQuantity& x, const Field& f) override;
  void integer_or_word(std::optional<std::int64_t>& x, std::string_view word, const Field& f) override;
  bool begin_table(const Field& f) override;
  void end_table(const Field& f) override;
  void integer_range(IntegerRange& x, const Field& f) override;
  void input_text(InputText& x, const Field& f) override;
  void name_or_text(NameOrText& x, const Field& f) override;

 protected:
  bool present(const Field& f, bool has_value) override;
  std::size_t begin_list(const Field& f, std::size_t size) override;
  void begin_item(std::size_t index) override;
  void end_item() override;
  void end_list(const Field& f) override;
  bool begin_map(const Field& f, std::vector<std::string>& names) override;
  void end_map(const Field& f) override;

 private:
  struct Document;
  std::unique_ptr<Document> document_;
  bool tables_;
};

template <typename T>
std::string json_schema(std::string_view id, std::string_view title) {
  SchemaWriter writer;
  T defaults;
  fields(writer, defaults);
  return writer.json(id, title);
}

template <typename T>
std::string reference_page(std::string_view title, std::string_view introduction) {
  SchemaWriter writer;
  T defaults;
  fields(writer, defaults);
  return writer.markdown(title, introduction);
}

}  // namespace gigawatt::config

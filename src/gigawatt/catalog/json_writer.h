#pragma once
/// Struct -> JSON by its field table.

#include <vector>

#include <nlohmann/json.hpp>

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

/// Leaves out what is empty or not published (a sourced zero without a source).
class JsonWriter final : public config::FieldVisitor {
 public:
  using Json = nlohmann::ordered_json;

  JsonWriter() { frames_.push_back(Json::object()); }
  Json take() { return std::move(frames_.front()); }

  bool is_table(const config::Field&) override { return true; }
  void text(std::string& x, const config::Field& f) override;
  void boolean(bool& x, const config::Field& f) override;
  void integer(std::int64_t& x, const config::Field& f) override;
  void number(double& x, const config::Field& f) override;
  void time(base::SimTime& x, const config::Field& f) override;
  void choose(std::size_t& x, std::span<const std::string_view> names, const config::Field& f) override;
  void any_quantity(config::AnyQuantity& x, const config::Field& f) override;
  void integer_or_word(std::optional<std::int64_t>& x, std::string_view word,
                       const config::Field& f) override;
  bool begin_table(const config::Field& f) override;
  void end_table(const config::Field& f) override;

 protected:
  bool present(const config::Field&, bool has_value) override { return has_value; }
  std::size_t begin_list(const config::Field& f, std::size_t size) override;
  void begin_item(std::size_t) override {}
  void end_item() override {}
  void end_list(const config::Field& f) override;
  bool begin_map(const config::Field& f, std::vector<std::string>& names) override;
  void end_map(const config::Field& f) override;

 private:
  void put(const config::Field& f, Json value);
  void close(const config::Field& f);

  std::vector<Json> frames_;
};

}  // namespace gigawatt::catalog

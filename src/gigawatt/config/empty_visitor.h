#pragma once
/// A visitor that does nothing: whoever is interested in a few kinds of fields overrides those alone.

#include "gigawatt/config/fields.h"

namespace gigawatt::config {

class EmptyVisitor : public FieldVisitor {
 public:
  bool is_table(const Field&) override { return false; }
  void text(std::string&, const Field&) override {}
  void boolean(bool&, const Field&) override {}
  void integer(std::int64_t&, const Field&) override {}
  void number(double&, const Field&) override {}
  void time(base::SimTime&, const Field&) override {}
  void choose(std::size_t&, std::span<const std::string_view>, const Field&) override {}
  void any_quantity(AnyQuantity&, const Field&) override {}
  void integer_or_word(std::optional<std::int64_t>&, std::string_view, const Field&) override {}
  void integer_range(IntegerRange&, const Field&) override {}
  void input_text(InputText&, const Field&) override {}
  void input_text_or_folder(InputTextOrFolder& x, const Field& f) override { input_text(x, f); }
  void name_or_text(NameOrText&, const Field&) override {}
  bool begin_table(const Field&) override { return true; }
  void end_table(const Field&) override {}

 protected:
  bool present(const Field&, bool) override { return true; }
  std::size_t begin_list(const Field&, std::size_t) override { return kKeep; }
  void begin_item(std::size_t) override {}
  void end_item() override {}
  void end_list(const Field&) override {}
  bool begin_map(const Field&, std::vector<std::string>&) override { return false; }
  void end_map(const Field&) override {}
};

}  // namespace gigawatt::config

#pragma once
/// Node -> struct, by the struct's field table. Everything wrong is collected: unknown keys with the nearest
/// valid name, wrong kinds and units, values out of bounds, missing keys. What is absent keeps its default.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/config/node.h"

namespace gigawatt::config {

/// Dotted path of each leaf and table that the file gave ("site[0].power") -> where.
using SpanMap = std::map<std::string, base::SourceSpan>;

class Reader final : public FieldVisitor {
 public:
  /// Both outlive the reader. `root_path` prefixes the paths of `spans`.
  Reader(const Node& root, base::Diagnostics& diagnostics, std::string root_path = {});

  /// Of the root table's own keys these alone must be there, whatever the fields say.
  void require_only(std::vector<std::string_view> keys) { required_ = std::move(keys); }

  /// Reads `x` from the root table, then reports the keys that nothing asked for.
  template <typename T>
  void read(T& x) {
    fields(*this, x);
    finish();
  }

  const SpanMap& spans() const { return spans_; }

  bool is_table(const Field& f) override;
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
  void input_text_or_folder(InputTextOrFolder& x, const Field& f) override;
  void name_or_text(NameOrText& x, const Field& f) override;
  void output_file(OutputFile& x, const Field& f) override;
  void output_place(OutputPlace& x, const Field& f) override;

 protected:
  bool present(const Field& f, bool has_value) override;
  std::size_t begin_list(const Field& f, std::size_t size) override;
  void begin_item(std::size_t index) override;
  void end_item() override;
  void end_list(const Field& f) override;
  bool begin_map(const Field& f, std::vector<std::string>& names) override;
  void end_map(const Field& f) override;

 private:
  void output_path(std::string& path, const Field& f);

  /// A table being read, or an element of an array (then `item` holds the element and `node` is unused).
  struct Frame {
    const Node* node = nullptr;
    const Node* item = nullptr;
    std::string path;
    std::vector<std::string> asked;
  };

  const Node* take(const Field& f);  ///< the node for a field, noting that it was asked for
  const Node* find(const Frame& frame, const Field& f);  ///< under its key or its alias
  const Node* require(const Field& f, const Node* node);
  void wrong(const Node& node, std::string code, std::string message, std::string hint);
  void wrong_kind(const Node& node, const Field& f, std::string_view wanted);
  void report_unknown(const Frame& frame);
  std::string path_of(std::string_view key) const;
  void finish();

  std::vector<Frame> frames_;
  std::optional<std::vector<std::string_view>> required_;
  base::Diagnostics& diagnostics_;
  SpanMap spans_;
};

}  // namespace gigawatt::config

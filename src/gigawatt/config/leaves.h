#pragma once
/// Struct -> text, by its field table: the canonical form (equal inputs, equal bytes: keys sorted, numbers in SI
/// base units with the fewest digits that read back the same, defaults written out) and the list of its leaves.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gigawatt/config/fields.h"

namespace gigawatt::config {

/// The unit text of a dimension in SI base units: "J/s" for a power, "" for none.
std::string si_unit(const units::Dimension& dimension);

struct Leaf {
  std::string path;   ///< as in read.h: "site[0].phase[1].name"
  std::string value;  ///< for people: numbers in `unit`
  std::string unit;
  bool numeric = false;
  double si = 0;
};

/// Collects leaves in the table's order and the canonical value of every table. Empty lists, maps and tables and
/// absent optionals leave nothing.
class LeafWriter final : public FieldVisitor {
 public:
  LeafWriter();

  std::vector<Leaf> take_leaves() { return std::move(leaves_); }
  /// TOML with one line for each top-level key.
  std::string canonical() const;

  bool is_table(const Field&) override { return false; }
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

 protected:
  bool present(const Field& f, bool has_value) override;
  std::size_t begin_list(const Field& f, std::size_t size) override;
  void begin_item(std::size_t index) override;
  void end_item() override;
  void end_list(const Field& f) override;
  bool begin_map(const Field& f, std::vector<std::string>& names) override;
  void end_map(const Field& f) override;

 private:
  struct Frame {
    std::string path;
    bool list = false;
    std::size_t index = 0;                       ///< of a list: the element being written
    std::map<std::string, std::string> members;  ///< of a table: key -> canonical value
    std::vector<std::string> items;              ///< of a list
  };

  std::string path_of(const Field& f) const;
  void put(const Field& f, std::string canonical);
  void leaf(const Field& f, Leaf leaf, std::string canonical);

  std::vector<Frame> frames_;
  std::vector<Leaf> leaves_;
};

template <typename T>
std::vector<Leaf> leaves(T x) {
  LeafWriter writer;
  fields(writer, x);
  return writer.take_leaves();
}

template <typename T>
std::string canonical(T x) {
  LeafWriter writer;
  fields(writer, x);
  return writer.canonical();
}

}  // namespace gigawatt::config

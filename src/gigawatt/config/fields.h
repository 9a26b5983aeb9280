#pragma once
/// One declaration per field. A struct lists its members once,
///
///     void fields(FieldVisitor& v, Site& s) {
///       v(s.name, {.key = "name", .doc = "Unique name.", .required = true});
///       v(s.power_w, {.key = "power", .doc = "IT power when complete.", .unit = "MW", .min = 0});
///       v(s.phases, {.key = "phase", .doc = "Steps of the build-out."});
///     }
///
/// and that list reads it (read.h), writes its JSON Schema (schema.h), its canonical form and its leaves
/// (leaves.h). Numbers with a unit are stored in SI base units; in text they carry their unit ("120 MW").
/// A nested struct is a table, a vector of structs an array of tables, a map a table with free keys.

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/config/documents.h"
#include "gigawatt/config/integer_range.h"
#include "gigawatt/units/quantity.h"

namespace gigawatt::config {

/// What is known of a field. `key` and `doc` are literals; `unit` ("" = dimensionless) fixes the dimension and
/// is the unit that docs and lists print.
struct Field {
  std::string_view key;
  std::string_view doc;
  std::string_view unit = "";
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool required = false;
  bool positive = false;        ///< greater than zero, for quantities where `min` alone does not say it
  bool one_or_list = false;     ///< a list that may be written as its only element
  std::string_view alias = "";  ///< another key that means the same; never both
  bool positional = false;      ///< on a command line the value stands without its key
  bool verbatim = false;        ///< on a command line a list's texts are not parted at commas
  bool bare_unit = false;       ///< a number without a unit counts in `unit`
  std::string_view bare = "";   ///< on a command line: what the key alone means, "" where it needs a value
};

/// A number whose dimension the file decides; SI.
struct AnyQuantity {
  double si = 0;
  units::Dimension dimension;
  std::string text;  ///< as written
};

class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  void operator()(std::string& x, const Field& f) { text(x, f); }
  void operator()(bool& x, const Field& f) { boolean(x, f); }
  void operator()(std::int64_t& x, const Field& f) { integer(x, f); }
  void operator()(double& x, const Field& f) { number(x, f); }
  void operator()(base::SimTime& x, const Field& f) { time(x, f); }
  void operator()(AnyQuantity& x, const Field& f) { any_quantity(x, f); }
  void operator()(IntegerRange& x, const Field& f) { integer_range(x, f); }
  void operator()(InputText& x, const Field& f) { input_text(x, f); }
  void operator()(InputTextOrFolder& x, const Field& f) { input_text_or_folder(x, f); }
  void operator()(NameOrText& x, const Field& f) { name_or_text(x, f); }
  void operator()(OutputFile& x, const Field& f) { output_file(x, f); }
  void operator()(OutputPlace& x, const Field& f) { output_place(x, f); }

  template <units::Dimension D>
  void operator()(units::Quantity<D>& x, const Field& f) {
    double si = x.si();
    number(si, f);
    x = units::Quantity<D>(si);
  }

  /// An enumeration with `names[i]` for the value i.
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void choice(Enum& x, std::span<const std::string_view> names, const Field& f) {
    auto index = static_cast<std::size_t>(x);
    choose(index, names, f);
    x = static_cast<Enum>(index);
  }

  /// A whole number, or `word` for "none given" ("max").
  void integer_or(std::optional<std::int64_t>& x, std::string_view word, const Field& f) {
    integer_or_word(x, word, f);
  }

  template <typename T>
  void operator()(std::optional<T>& x, const Field& f) {
    if (!present(f, x.has_value())) {
      x.reset();
      return;
    }
    if (!x) x.emplace();
    (*this)(*x, f);
  }

  template <typename T>
  void operator()(std::vector<T>& x, const Field& f) {
    const std::size_t size = begin_list(f, x.size());
    if (size == kKeep) return;
    x.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      begin_item(i);
      (*this)(x[i], f);
      end_item();
    }
    end_list(f);
  }

  template <typename T>
  void operator()(std::map<std::string, T>& x, const Field& f) {
    std::vector<std::string> names;
    for (const auto& [name, value] : x) names.push_back(name);
    if (!begin_map(f, names)) return;
    for (const auto& name : names) {
      Field inner = f;
      inner.key = name;
      inner.required = false;
      (*this)(x[name], inner);
    }
    end_map(f);
  }

  /// A nested struct with its own `fields(FieldVisitor&, T&)`, found by argument-dependent lookup.
  template <typename T>
    requires requires(FieldVisitor& v, T& x) { fields(v, x); }
  void operator()(T& x, const Field& f) {
    if (!begin_table(f)) return;
    fields(*this, x);
    end_table(f);
  }

  /// True when the value at this key is (or will be written as) a table: lets a type accept both a plain
  /// number and a table with more detail.
  virtual bool is_table(const Field& f) = 0;

  virtual void text(std::string& x, const Field& f) = 0;
  virtual void boolean(bool& x, const Field& f) = 0;
  virtual void integer(std::int64_t& x, const Field& f) = 0;
  virtual void number(double& x, const Field& f) = 0;
  virtual void time(base::SimTime& x, const Field& f) = 0;
  virtual void choose(std::size_t& x, std::span<const std::string_view> names, const Field& f) = 0;
  virtual void any_quantity(AnyQuantity& x, const Field& f) = 0;
  virtual void integer_or_word(std::optional<std::int64_t>& x, std::string_view word, const Field& f) = 0;
  virtual bool begin_table(const Field& f) = 0;
  virtual void end_table(const Field& f) = 0;
  virtual void integer_range(IntegerRange& x, const Field& f) { integer(x.first, f); }
  // Documents (documents.h). What knows nothing of files takes them as their text, or not at all.
  virtual void input_text(InputText& x, const Field& f) { text(x.text, f); }
  virtual void input_text_or_folder(InputTextOrFolder& x, const Field& f) { input_text(x, f); }
  virtual void name_or_text(NameOrText& x, const Field& f) { text(x.name, f); }
  virtual void output_file(OutputFile&, const Field&) {}
  virtual void output_place(OutputPlace&, const Field&) {}

 protected:
  /// begin_list answers the size to use, or kKeep to leave the list as it is.
  static constexpr std::size_t kKeep = static_cast<std::size_t>(-1);

  virtual bool present(const Field& f, bool has_value) = 0;
  virtual std::size_t begin_list(const Field& f, std::size_t size) = 0;
  virtual void begin_item(std::size_t index) = 0;
  virtual void end_item() = 0;
  virtual void end_list(const Field& f) = 0;
  /// Fills `names` with the keys to visit; false: leave the map as it is.
  virtual bool begin_map(const Field& f, std::vector<std::string>& names) = 0;
  virtual void end_map(const Field& f) = 0;
};

}  // namespace gigawatt::config

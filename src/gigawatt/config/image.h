#pragma once
/// What files of data gave when they were read and found right, kept in one binary file beside the program, so that
/// a later process need not parse and check their text again. A struct is found by the text of its file, its type and
/// whatever else decided its check: a file that was edited is simply not found and read as text. An image belongs to
/// the very executable that wrote it (field tables decide its layout), and one that is damaged or of another program
/// is taken for absent.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/config/node.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::config {

/// Struct <-> bytes, by its field table: what one writes the other reads, since both are this.
class ImageVisitor final : public FieldVisitor {
 public:
  /// Writes.
  ImageVisitor() = default;
  /// Reads.
  explicit ImageVisitor(std::string_view bytes) : reads_(true), rest_(bytes) {}

  std::string take() { return std::move(written_); }
  /// False where the bytes ended too early, left a rest or do not fit: the struct is then to be thrown away.
  bool complete() const { return sound_ && rest_.empty(); }

  bool is_table(const Field&) override { return true; }
  void text(std::string& x, const Field& f) override;
  void boolean(bool& x, const Field& f) override;
  void integer(std::int64_t& x, const Field& f) override;
  void number(double& x, const Field& f) override;
  void time(base::SimTime& x, const Field& f) override;
  void choose(std::size_t& x, std::span<const std::string_view> names, const Field& f) override;
  void any_quantity(AnyQuantity& x, const Field& f) override;
  void integer_or_word(std::optional<std::int64_t>& x, std::string_view word, const Field& f) override;
  void integer_range(IntegerRange& x, const Field& f) override;
  bool begin_table(const Field&) override { return true; }
  void end_table(const Field&) override {}

 protected:
  bool present(const Field& f, bool has_value) override;
  std::size_t begin_list(const Field& f, std::size_t size) override;
  void begin_item(std::size_t) override {}
  void end_item() override {}
  void end_list(const Field&) override {}
  bool begin_map(const Field& f, std::vector<std::string>& names) override;
  void end_map(const Field&) override {}

 private:
  /// Writes the bytes of `x`, or reads them.
  template <typename T>
  void pass(T& x);
  void pass_truth(bool& x);  ///< a byte that is neither 0 nor 1 is not sound
  void pass_text(std::string& x);
  std::size_t pass_size(std::size_t size);

  bool reads_ = false;
  std::string written_;
  std::string_view rest_;  ///< to be read
  bool sound_ = true;
};

class Image {
 public:
  /// The image that the process was given; empty until `load` or `record`. Both happen before other threads start.
  static Image& of_process();

  /// Reads the file; false, and nothing changes, when it is absent, damaged or another program's.
  bool load(const std::filesystem::path& file);

  /// From now on `keep` keeps. `save` writes the file whole or not at all, and throws std::filesystem::filesystem_error
  /// or std::ios_base::failure when it cannot.
  void record() { recording_ = true; }
  void save(const std::filesystem::path& file) const;

  bool recording() const { return recording_; }
  std::size_t size() const { return entries_.size(); }

  /// `x` as it was kept for this text in this `context` (what else its check stood on). `x` is a default struct.
  template <typename T>
  bool restore(std::string_view text, std::string_view context, T& x) const {
    if (entries_.empty()) return false;
    const auto found = entries_.find(key(text, context, typeid(T).name()));
    if (found == entries_.end()) return false;
    ImageVisitor reader(found->second);
    fields(reader, x);
    if (reader.complete()) return true;
    x = T{};
    return false;
  }

  /// Of a struct that was read without a single diagnostic.
  template <typename T>
  void keep(std::string_view text, std::string_view context, T x) {
    if (!recording_) return;
    ImageVisitor writer;
    fields(writer, x);
    added_.insert_or_assign(key(text, context, typeid(T).name()), writer.take());
  }

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  static Key key(std::string_view text, std::string_view context, std::string_view type);

  std::string bytes_;                        ///< of the file that was loaded
  std::map<Key, std::string_view> entries_;  ///< into `bytes_`
  std::map<Key, std::string> added_;         ///< since `record`
  bool recording_ = false;
};

/// Puts what the TOML file holds into `x`, a default struct: from the image where that has the file, else `read(node)`
/// reads and checks it. `context` names what else the check stands on. What is wrong is appended to `problems`; false
/// where the file cannot be read at all.
template <typename T, typename Read>
bool read_file(Image& image, const std::filesystem::path& path, std::string_view context, T& x,
               base::Diagnostics& problems, Read&& read) {
  const auto text = toml_text(path);
  if (text && image.restore((*text)->text, context, x)) return true;
  const auto node = text.and_then([](const auto& source) { return parse_toml(source); });
  if (!node) {
    problems.insert(problems.end(), node.error().begin(), node.error().end());
    return false;
  }
  const std::size_t before = problems.size();
  read(*node);
  if (problems.size() == before) image.keep((*text)->text, context, x);
  return true;
}

}  // namespace gigawatt::config

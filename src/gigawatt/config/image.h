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

#include "gigawatt/config/fields.h"

namespace gigawatt::config {

/// Struct -> bytes, by its field table.
class ImageWriter final : public FieldVisitor {
 public:
  std::string take() { return std::move(bytes_); }

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
  template <typename T>
  void put(T x);
  void put_text(std::string_view text);

  std::string bytes_;
};

/// The reverse. Bytes that end too early or leave a rest make `complete` false; the struct is then to be thrown away.
class ImageReader final : public FieldVisitor {
 public:
  explicit ImageReader(std::string_view bytes) : rest_(bytes) {}

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
  template <typename T>
  T take();
  std::string_view take_text();

  std::string_view rest_;
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

  /// Sixteen characters that stand for a long context.
  static std::string digest(std::string_view text);

  /// `x` as it was kept for this text in this `context` (what else its check stood on). `x` is a default struct.
  template <typename T>
  bool restore(std::string_view text, std::string_view context, T& x) const {
    if (entries_.empty()) return false;
    const auto found = entries_.find(key(text, context, typeid(T).name()));
    if (found == entries_.end()) return false;
    ImageReader reader(found->second);
    fields(reader, x);
    if (reader.complete()) return true;
    x = T{};
    return false;
  }

  /// Of a struct that was read without a single diagnostic.
  template <typename T>
  void keep(std::string_view text, std::string_view context, T x) {
    if (!recording_) return;
    ImageWriter writer;
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

}  // namespace gigawatt::config

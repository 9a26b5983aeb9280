#include "gigawatt/config/image.h"

#include <bit>
#include <cstring>
#include <fstream>

#include <unistd.h>
#include <xxhash.h>

#include <fmt/format.h>

#include "gigawatt/base/build_id.h"

namespace gigawatt::config {
namespace {

constexpr std::string_view kMagic = "gigawatt image 1";
constexpr std::size_t kMostItems = 1 << 24;

template <typename T>
void append(std::string& bytes, T x) {
  static_assert(std::endian::native == std::endian::little && std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&x), sizeof(x));
}

template <typename T>
bool cut(std::string_view& bytes, T& x) {
  if (bytes.size() < sizeof(T)) return false;
  std::memcpy(&x, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return true;
}

/// Magic, build identifier, checksum of what follows.
std::string header_of(std::string_view body) {
  std::string header(kMagic);
  const std::string& id = base::build_id();
  append(header, static_cast<std::uint32_t>(id.size()));
  header += id;
  append(header, XXH3_64bits(body.data(), body.size()));
  return header;
}

}  // namespace

template <typename T>
void ImageVisitor::pass(T& x) {
  if (!reads_)
    append(written_, x);
  else if (!cut(rest_, x))
    sound_ = false;
}

void ImageVisitor::pass_truth(bool& x) {
  auto byte = static_cast<std::uint8_t>(x);
  pass(byte);
  if (byte > 1) sound_ = false;
  x = byte == 1;
}

void ImageVisitor::pass_text(std::string& x) {
  auto size = static_cast<std::uint32_t>(x.size());
  pass(size);
  if (!reads_) {
    written_ += x;
  } else if (size <= rest_.size()) {
    x = rest_.substr(0, size);
    rest_.remove_prefix(size);
  } else {
    sound_ = false;
    rest_ = {};
  }
}

std::size_t ImageVisitor::pass_size(std::size_t size) {
  auto items = static_cast<std::uint32_t>(size);
  pass(items);
  if (sound_ && items <= kMostItems) return items;
  sound_ = false;
  return 0;
}

void ImageVisitor::text(std::string& x, const Field&) { pass_text(x); }
void ImageVisitor::boolean(bool& x, const Field&) { pass_truth(x); }
void ImageVisitor::integer(std::int64_t& x, const Field&) { pass(x); }
void ImageVisitor::number(double& x, const Field&) { pass(x); }
void ImageVisitor::time(base::SimTime& x, const Field&) { pass(x); }
void ImageVisitor::choose(std::size_t& x, std::span<const std::string_view> names, const Field&) {
  pass(x);
  if (x < names.size()) return;
  sound_ = false;
  x = 0;
}
void ImageVisitor::any_quantity(AnyQuantity& x, const Field&) {
  pass(x.si);
  pass(x.dimension);
  pass_text(x.text);
}
void ImageVisitor::integer_or_word(std::optional<std::int64_t>& x, std::string_view, const Field& f) {
  if (!present(f, x.has_value())) return x.reset();
  if (!x) x.emplace();
  pass(*x);
}
void ImageVisitor::integer_range(IntegerRange& x, const Field&) {
  pass(x.first);
  pass(x.last);
}
bool ImageVisitor::present(const Field&, bool has_value) {
  pass_truth(has_value);
  return has_value;
}
std::size_t ImageVisitor::begin_list(const Field&, std::size_t size) { return pass_size(size); }
bool ImageVisitor::begin_map(const Field&, std::vector<std::string>& names) {
  names.resize(pass_size(names.size()));
  for (auto& name : names) pass_text(name);
  return true;
}

Image& Image::of_process() {
  static Image image;
  return image;
}

Image::Key Image::key(std::string_view text, std::string_view context, std::string_view type) {
  const auto seed =
      XXH3_64bits_withSeed(context.data(), context.size(), XXH3_64bits(type.data(), type.size()));
  const auto hash = XXH3_128bits_withSeed(text.data(), text.size(), seed);
  return {hash.high64, hash.low64};
}

bool Image::load(const std::filesystem::path& file) {
  std::error_code absent;
  const auto length = std::filesystem::file_size(file, absent);
  std::ifstream in(file, std::ios::binary);
  if (absent || !in) return false;
  std::string bytes(length, '\0');
  if (!in.read(bytes.data(), static_cast<std::streamsize>(length))) return false;
  // The header's length is the same whatever the body.
  const std::size_t header = header_of({}).size();
  if (bytes.size() < header) return false;
  std::string_view rest = std::string_view(bytes).substr(header);
  if (std::string_view(bytes).substr(0, header) != header_of(rest)) return false;
  std::map<Key, std::string_view> entries;
  while (!rest.empty()) {
    Key key;
    std::uint32_t size = 0;
    if (!cut(rest, key.first) || !cut(rest, key.second) || !cut(rest, size) || size > rest.size())
      return false;
    entries.emplace_hint(entries.end(), key, rest.substr(0, size));
    rest.remove_prefix(size);
  }
  bytes_ = std::move(bytes);
  entries_ = std::move(entries);
  return true;
}

void Image::save(const std::filesystem::path& file) const {
  std::string body;
  for (const auto& [key, bytes] : added_) {
    append(body, key.first);
    append(body, key.second);
    append(body, static_cast<std::uint32_t>(bytes.size()));
    body += bytes;
  }
  auto unfinished = file;
  unfinished += fmt::format(".{}", getpid());
  {
    std::ofstream out(unfinished, std::ios::binary);
    out.exceptions(std::ios::failbit | std::ios::badbit);
    out << header_of(body) << body;
  }
  std::filesystem::rename(unfinished, file);
}

}  // namespace gigawatt::config

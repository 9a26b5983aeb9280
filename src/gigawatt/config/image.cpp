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
void ImageWriter::put(T x) {
  append(bytes_, x);
}

void ImageWriter::put_text(std::string_view text) {
  put(static_cast<std::uint32_t>(text.size()));
  bytes_ += text;
}

void ImageWriter::text(std::string& x, const Field&) { put_text(x); }
void ImageWriter::boolean(bool& x, const Field&) { put(static_cast<char>(x)); }
void ImageWriter::integer(std::int64_t& x, const Field&) { put(x); }
void ImageWriter::number(double& x, const Field&) { put(x); }
void ImageWriter::time(base::SimTime& x, const Field&) { put(x); }
void ImageWriter::choose(std::size_t& x, std::span<const std::string_view>, const Field&) {
  put(static_cast<std::uint32_t>(x));
}
void ImageWriter::any_quantity(AnyQuantity& x, const Field&) {
  put(x.si);
  put(x.dimension);
  put_text(x.text);
}
void ImageWriter::integer_or_word(std::optional<std::int64_t>& x, std::string_view, const Field&) {
  put(static_cast<char>(x.has_value()));
  put(x.value_or(0));
}
void ImageWriter::integer_range(IntegerRange& x, const Field&) {
  put(x.first);
  put(x.last);
}
bool ImageWriter::present(const Field&, bool has_value) {
  put(static_cast<char>(has_value));
  return has_value;
}
std::size_t ImageWriter::begin_list(const Field&, std::size_t size) {
  put(static_cast<std::uint32_t>(size));
  return size;
}
bool ImageWriter::begin_map(const Field&, std::vector<std::string>& names) {
  put(static_cast<std::uint32_t>(names.size()));
  for (const auto& name : names) put_text(name);
  return true;
}

template <typename T>
T ImageReader::take() {
  T x{};
  if (!cut(rest_, x)) sound_ = false;
  return x;
}

std::string_view ImageReader::take_text() {
  const auto size = take<std::uint32_t>();
  if (size > rest_.size()) {
    sound_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

void ImageReader::text(std::string& x, const Field&) { x = take_text(); }
void ImageReader::boolean(bool& x, const Field&) { x = take<char>() != 0; }
void ImageReader::integer(std::int64_t& x, const Field&) { x = take<std::int64_t>(); }
void ImageReader::number(double& x, const Field&) { x = take<double>(); }
void ImageReader::time(base::SimTime& x, const Field&) { x = take<base::SimTime>(); }
void ImageReader::choose(std::size_t& x, std::span<const std::string_view> names, const Field&) {
  x = take<std::uint32_t>();
  if (x >= names.size()) {
    sound_ = false;
    x = 0;
  }
}
void ImageReader::any_quantity(AnyQuantity& x, const Field&) {
  x.si = take<double>();
  x.dimension = take<units::Dimension>();
  x.text = take_text();
}
void ImageReader::integer_or_word(std::optional<std::int64_t>& x, std::string_view, const Field&) {
  const bool given = take<char>() != 0;
  const auto value = take<std::int64_t>();
  x = given ? std::optional(value) : std::nullopt;
}
void ImageReader::integer_range(IntegerRange& x, const Field&) {
  x.first = take<std::int64_t>();
  x.last = take<std::int64_t>();
}
bool ImageReader::present(const Field&, bool) { return take<char>() != 0; }
std::size_t ImageReader::begin_list(const Field&, std::size_t) {
  const std::size_t size = take<std::uint32_t>();
  if (size <= kMostItems && sound_) return size;
  sound_ = false;
  return 0;
}
bool ImageReader::begin_map(const Field& f, std::vector<std::string>& names) {
  names.assign(begin_list(f, 0), {});
  for (auto& name : names) name = take_text();
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

std::string Image::digest(std::string_view text) {
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
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

#include "gigawatt/server/encoding.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>
#include <zlib.h>

#include "gigawatt/base/hash.h"

namespace gigawatt::server {
namespace {

constexpr std::size_t kWorthIt = 1000;  ///< bytes; less fits into one packet as it is
constexpr int kFast = 2;                ///< for what is sent once
constexpr int kSmall = 9;               ///< for what is kept
constexpr int kGzipWindow = 15 + 16;    ///< the largest window, with gzip's header

}  // namespace

bool accepts(std::string_view header, std::string_view coding) {
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    std::string_view item = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (item.starts_with(' ')) item.remove_prefix(1);
    const std::string_view name = item.substr(0, item.find_first_of("; "));
    if (name != coding) continue;
    const auto quality = item.find("q=");
    return quality == std::string_view::npos ||
           item.substr(quality + 2).find_first_not_of("0.") != std::string_view::npos;
  }
  return false;
}

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  constexpr int kMemory = 8;  // zlib's default
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void compress(const Request& request, Response& response) {
  if (response.body.size() < kWorthIt || !response.embedded.empty()) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!accepts(request.header("accept-encoding"), "gzip")) return;
  response.body = gzip(response.body, kFast);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

void Made::keep(std::string text) {
  text_ = std::move(text);
  gzip_ = gzip(text_, kSmall);
  tag_ = base::hash_text(text_);
}

Response Made::answer(const Request& request) const {
  const bool packed = accepts(request.header("accept-encoding"), "gzip");
  Response response;
  const std::string tag = fmt::format("\"{}{}\"", tag_, packed ? "-gzip" : "");
  response.headers = {{"ETag", tag}, {"Vary", "Accept-Encoding"}, {"Cache-Control", "private, no-cache"}};
  if (request.header("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.embedded = packed ? gzip_ : text_;
  return response;
}

}  // namespace gigawatt::server

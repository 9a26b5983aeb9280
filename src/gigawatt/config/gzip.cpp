#include "gigawatt/config/gzip.h"

#include <algorithm>

#include <fmt/format.h>
#include <zlib.h>

#include "gigawatt/config/toml.h"

namespace gigawatt::config {

tl::expected<std::string, base::Diagnostic> inflate_text(std::string bytes, const std::string& name,
                                                         std::size_t max_bytes) {
  if (bytes.size() < 2 || bytes[0] != '\x1f' || bytes[1] != '\x8b') return bytes;
  z_stream stream{};
  constexpr int kGzip = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzip) != Z_OK)
    return tl::unexpected(base::error("bad-gzip", name + ": cannot inflate"));
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() < max_bytes) {
    const std::size_t had = out.size();
    out.resize(std::min(max_bytes, std::max<std::size_t>(2 * had, 8 * bytes.size())));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(out.size() - had);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (status == Z_BUF_ERROR || (status == Z_OK && stream.avail_in == 0)) break;
  }
  inflateEnd(&stream);
  if (status == Z_STREAM_END) return out;
  if (out.size() >= max_bytes)
    return tl::unexpected(base::error("too-large", fmt::format("{}: more than {} bytes", name, max_bytes)));
  return tl::unexpected(base::error("bad-gzip", name + ": the compressed file is damaged or cut off"));
}

tl::expected<std::string, base::Diagnostic> read_maybe_gzip(const std::filesystem::path& path,
                                                            std::size_t max_bytes) {
  auto bytes = read_text_file(path, max_bytes);
  if (!bytes) return bytes;
  return inflate_text(std::move(*bytes), path.string(), max_bytes);
}

}  // namespace gigawatt::config

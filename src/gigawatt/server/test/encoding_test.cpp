#include "gigawatt/server/encoding.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace gigawatt::server {
namespace {

std::string unpacked(std::string_view packed, std::size_t most) {
  std::string out(most, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string header_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

Request asking(std::map<std::string, std::string> headers) {
  Request request;
  request.headers = std::move(headers);
  return request;
}

TEST(Encoding, TakesWhatTheClientNames) {
  EXPECT_TRUE(accepts("gzip", "gzip"));
  EXPECT_TRUE(accepts("br;q=1.0, gzip;q=0.5", "gzip"));
  EXPECT_FALSE(accepts("br, gzip;q=0.0", "gzip"));
  EXPECT_FALSE(accepts("xgzip", "gzip"));
  EXPECT_FALSE(accepts("", "gzip"));
}

TEST(Encoding, GzipIsUndone) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 1000);
  for (const int level : {1, 9}) EXPECT_EQ(unpacked(gzip(text, level), text.size() + 1), text);
  EXPECT_EQ(unpacked(gzip("", 6), 1), "");
}

TEST(Encoding, LongBodiesAreCompressedForThoseWhoTakeIt) {
  Response response;
  response.body = std::string(5000, 'x');
  const Response plain = response;
  compress(asking({{"accept-encoding", "br"}}), response);
  EXPECT_EQ(response.body, plain.body);
  EXPECT_EQ(header_of(response, "Vary"), "Accept-Encoding");
  response = plain;
  compress(asking({{"accept-encoding", "gzip, br"}}), response);
  EXPECT_EQ(header_of(response, "Content-Encoding"), "gzip");
  EXPECT_EQ(unpacked(response.body, 6000), plain.body);
  response.body = "short";
  response.headers.clear();
  compress(asking({{"accept-encoding", "gzip"}}), response);
  EXPECT_EQ(response.body, "short");
  EXPECT_EQ(header_of(response, "Content-Encoding"), "");
}

TEST(Encoding, ADocumentIsMadeOnceAndNotSentToWhoHasIt) {
  Made made;
  int times = 0;
  const auto document = [&]() -> const Made& {
    return made.get([&] { return ++times, std::string(3000, 'y'); });
  };
  const Response plain = document().answer(asking({}));
  EXPECT_EQ(plain.bytes(), std::string(3000, 'y'));
  const Response packed = document().answer(asking({{"accept-encoding", "gzip"}}));
  EXPECT_EQ(unpacked(packed.bytes(), 4000), plain.bytes());
  EXPECT_NE(header_of(packed, "ETag"), header_of(plain, "ETag"));
  const Response again =
      document().answer(asking({{"accept-encoding", "gzip"}, {"if-none-match", header_of(packed, "ETag")}}));
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.bytes().empty());
  EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace gigawatt::server

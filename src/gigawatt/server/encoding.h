#pragma once
/// Compressed answers: the forms that a client understands, and documents that are made and compressed once.
/// Private to this module.

#include <mutex>
#include <string>
#include <string_view>

#include "gigawatt/server/http.h"

namespace gigawatt::server {

/// Whether an Accept-Encoding header takes `coding`: "gzip, br;q=1" takes br; a quality of zero refuses it.
bool accepts(std::string_view header, std::string_view coding);

/// The gzip format (RFC 1952). `level` 1 (fast) to 9 (small).
std::string gzip(std::string_view text, int level);

/// Turns the body of an answer into its gzip form where the client takes it and there is enough to gain.
void compress(const Request& request, Response& response);

/// A document that does not change while the server runs; made by the first to ask.
class Made {
 public:
  template <typename Make>
  const Made& get(Make make) {
    std::call_once(once_, [&] { keep(make()); });
    return *this;
  }
  const std::string& text() const { return text_; }

  /// As it is or compressed, or 304 for a client that has it. Must outlive the answer.
  Response answer(const Request& request) const;

 private:
  void keep(std::string text);

  std::once_flag once_;
  std::string text_, gzip_, tag_;
};

}  // namespace gigawatt::server

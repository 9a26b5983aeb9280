#pragma once
/// The page: files of the web build, linked into the program. Private to this module.
///
/// Files below assets/ carry a hash of their content in their name and may be kept for ever; index.html is asked for
/// again each time and answered with 304 when it has not changed. A file X comes with X.br and X.gz, of which a client
/// gets what it understands. A path without a dot is one of the page's own (a deep link) and gets index.html.

#include <span>

#include "gigawatt/server/http.h"

namespace gigawatt::server {

struct Asset {
  std::string_view path;  ///< "index.html", "assets/index-4f2a.js.br"
  std::string_view bytes;
};

Response asset_answer(const Request& request);

/// The same from other files, for tests.
Response asset_answer(const Request& request, std::span<const Asset> assets);

/// Headers that keep a page from loading, sending or showing anything but its own; for every answer.
std::span<const std::pair<std::string_view, std::string_view>> page_headers();

}  // namespace gigawatt::server

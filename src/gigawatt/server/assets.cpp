#include "gigawatt/server/assets.h"

#include <algorithm>

#include <fmt/format.h>

#include "embedded/web_app.h"
#include "gigawatt/base/hash.h"
#include "gigawatt/server/answers.h"
#include "gigawatt/server/encoding.h"

namespace gigawatt::server {
namespace {

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"}};

// Nothing inline is run or applied (charts style their elements one by one, which is no inline style to a browser), and
// no other host is asked for anything.
constexpr std::pair<std::string_view, std::string_view> kPageHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
     "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin-allow-popups"}};

std::string_view type_of(std::string_view path) {
  for (const auto& [end, type] : kTypes)
    if (path.ends_with(end)) return type;
  return "application/octet-stream";
}

const Asset* find(std::span<const Asset> assets, std::string_view path) {
  const auto it = std::find_if(assets.begin(), assets.end(), [&](const Asset& a) { return a.path == path; });
  return it == assets.end() ? nullptr : &*it;
}

Response not_found() { return error_answer(404, "unknown_path", "there is nothing here"); }

Response no_page() {
  Response response;
  response.status = 503;
  response.type = "text/plain; charset=utf-8";
  response.body =
      "This program was built without its web page: build it with ./gw build. The API is at "
      "/api/openapi.json.\n";
  return response;
}

Response deliver(const Request& request, std::span<const Asset> assets, const Asset& plain) {
  const Asset* chosen = &plain;
  std::string_view coding;
  for (const auto& [name, suffix] : {std::pair{"br", ".br"}, std::pair{"gzip", ".gz"}}) {
    if (!accepts(request.header("accept-encoding"), name)) continue;
    if (const Asset* packed = find(assets, std::string(plain.path) + suffix)) {
      chosen = packed;
      coding = name;
      break;
    }
  }
  Response response;
  response.type = type_of(plain.path);
  const std::string tag =
      fmt::format("\"{}{}{}\"", base::hash_text(plain.bytes), coding.empty() ? "" : "-", coding);
  response.headers = {
      {"ETag", tag},
      {"Vary", "Accept-Encoding"},
      {"Cache-Control",
       plain.path.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (request.header("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  if (!coding.empty()) response.headers.emplace_back("Content-Encoding", coding);
  response.embedded = chosen->bytes;
  return response;
}

}  // namespace

std::span<const std::pair<std::string_view, std::string_view>> page_headers() { return kPageHeaders; }

Response asset_answer(const Request& request, std::span<const Asset> assets) {
  if (request.method != "GET" && request.method != "HEAD") {
    Response response = error_answer(405, "method", "only GET is possible here");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  const std::string_view path = std::string_view(request.path).substr(1);
  // The packed copies have no address of their own.
  if (path.ends_with(".br") || path.ends_with(".gz")) return not_found();
  if (const Asset* asset = path.empty() ? nullptr : find(assets, path))
    return deliver(request, assets, *asset);
  if (path.find('.') != std::string_view::npos || path.starts_with("assets/")) return not_found();
  const Asset* index = find(assets, "index.html");
  return index ? deliver(request, assets, *index) : no_page();
}

Response asset_answer(const Request& request) {
  static const std::vector<Asset> assets = [] {
    std::vector<Asset> out;
    for (const auto& file : embedded::web_app()) out.push_back({file.path, file.bytes});
    return out;
  }();
  return asset_answer(request, assets);
}

}  // namespace gigawatt::server

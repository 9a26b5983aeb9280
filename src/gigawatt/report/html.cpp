#include "gigawatt/report/html.h"

#include "embedded/report_html.h"

namespace gigawatt::report {
namespace {

constexpr std::string_view kToken = "__GIGAWATT_RUN__";

std::string escape(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 64);
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '<') {
      out += "\\u003c";
    } else if (json.substr(i, 3) == "\xE2\x80\xA8" || json.substr(i, 3) == "\xE2\x80\xA9") {
      out += json[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

}  // namespace

std::string fill_page(std::string_view page, std::string_view json) {
  const auto at = page.find(kToken);
  if (at == std::string_view::npos || page.find(kToken, at + 1) != std::string_view::npos)
    throw NoPage("the report page that this program was built with does not hold its token exactly once");
  std::string out(page.substr(0, at));
  out += escape(json);
  out += page.substr(at + kToken.size());
  return out;
}

std::string html_page(std::string_view json) {
  const std::string_view page = embedded::report_html();
  if (page.empty())
    throw NoPage(
        "this program was built without the report page (web/dist/report.html); build it with ./gw build");
  return fill_page(page, json);
}

}  // namespace gigawatt::report

#pragma once
/// The self-contained HTML page of a run: the built page (web/dist/report.html, embedded) with the run document in
/// the place of its token.

#include <stdexcept>
#include <string>
#include <string_view>

namespace gigawatt::report {

/// The page was not there when the program was built.
class NoPage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `json` is made safe inside a script element: '<', U+2028 and U+2029 are escaped.
std::string fill_page(std::string_view page, std::string_view json);

/// The embedded page filled; throws NoPage.
std::string html_page(std::string_view json);

}  // namespace gigawatt::report

#include "gigawatt/report/html.h"

#include <gtest/gtest.h>

namespace gigawatt::report {
namespace {

TEST(Html, NothingInTheDocumentCanEndTheScript) {
  const std::string page = fill_page("<script>__GIGAWATT_RUN__</script>", R"({"a":"</script><b>"})");
  EXPECT_EQ(page, "<script>{\"a\":\"\\u003c/script>\\u003cb>\"}</script>");
}

TEST(Html, LineSeparatorsAreEscaped) {
  EXPECT_EQ(fill_page("__GIGAWATT_RUN__", "\"\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xA6\""),
            "\"\\u2028\\u2029\xE2\x80\xA6\"");
}

TEST(Html, APageWithoutItsTokenIsRefused) {
  EXPECT_THROW(fill_page("<html>", "{}"), NoPage);
  EXPECT_THROW(fill_page("__GIGAWATT_RUN__ __GIGAWATT_RUN__", "{}"), NoPage);
}

}  // namespace
}  // namespace gigawatt::report

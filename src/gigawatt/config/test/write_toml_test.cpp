#include "gigawatt/config/write_toml.h"

#include <memory>

#include <gtest/gtest.h>

#include "gigawatt/config/toml.h"

namespace gigawatt::config {
namespace {

Node parse_good(const std::string& text) {
  auto root = parse_toml(std::make_shared<base::SourceText>(base::SourceText{"test.toml", text}));
  EXPECT_TRUE(root) << text;
  return root ? *root : Node{};
}

TEST(WriteToml, AFileReadsBackToTheSameText) {
  const std::string text =
      "version = 1\nname = \"a \\\"b\\\"\"\nstart = 2026-01-01\nratio = 1.5\nwhole = 2.0\nlist = [1, 2]\n"
      "\n[prices]\ncarbon = \"5 USD/t\"\n\n[prices.accelerator]\n\"h100 sxm\" = \"3 USD\"\n"
      "\n[[site]]\nname = \"x\"\nlimits = { crew = 2 }\n\n[[site.phase]]\nname = \"one\"\nshell = { lead = "
      "\"12 months\" }\n"
      "\n[[site.phase]]\nname = \"two\"\nok = true\n\n[[site]]\nname = \"y\"\n";
  EXPECT_EQ(write_toml(parse_good(text)), text);
}

TEST(WriteToml, TablesWithListsOfTablesGetHeadings) {
  const Node root = parse_good(
      "[[job]]\nname = \"j\"\ndemand = [{ date = 2026-01-01, n = 1 }, { date = 2027-01-01, n = 2 }]\n");
  const std::string once = write_toml(root);
  EXPECT_NE(once.find("[[job.demand]]\ndate = 2026-01-01\nn = 1\n"), std::string::npos) << once;
  EXPECT_EQ(write_toml(parse_good(once)), once);
}

}  // namespace
}  // namespace gigawatt::config

#include "gigawatt/config/image.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <unistd.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/fitted.h"
#include "gigawatt/config/leaves.h"

namespace gigawatt::catalog {
namespace {

namespace fs = std::filesystem;

template <typename T>
std::string all(const std::vector<T>& entries) {
  std::string text;
  for (const auto& entry : entries) text += config::canonical(entry);
  return text;
}

/// Every field of every entry.
std::string everything(const Catalog& c) {
  return all(c.accelerators()) + all(c.systems()) + all(c.models()) + all(c.networks()) + all(c.sites()) +
         all(c.failure_tables()) + all(c.price_tables()) + all(c.carbon_tables()) + all(c.sources()) +
         config::canonical(c.facility());
}

/// One test, since the image belongs to the process.
TEST(CatalogImage, HoldsWhatTheTextHoldsAndYieldsToEdits) {
  const fs::path shipped = fs::path(GW_SOURCE_DIR) / "data";
  const fs::path folder =
      fs::temp_directory_path() / ("gigawatt-catalog-image-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  fs::copy(shipped, folder / "data", fs::copy_options::recursive);

  auto& image = config::Image::of_process();
  image.record();
  const auto by_text = Catalog::load(shipped);
  ASSERT_TRUE(by_text) << base::render(by_text.error());
  const auto constants = read_fitted(shipped / "calibration" / "shared.toml");
  ASSERT_TRUE(constants);
  image.save(folder / "image");
  ASSERT_TRUE(image.load(folder / "image"));
  EXPECT_GT(image.size(), 100U);

  const auto by_image = Catalog::load(shipped);
  ASSERT_TRUE(by_image);
  const std::string text = everything(*by_text);
  EXPECT_GT(text.size(), 100'000U);
  EXPECT_EQ(text, everything(*by_image));
  const auto again = read_fitted(shipped / "calibration" / "shared.toml");
  ASSERT_TRUE(again);
  EXPECT_EQ(write_fitted(*again, ""), write_fitted(*constants, ""));

  const fs::path chip = folder / "data" / "chips" / "h100-sxm-80.toml";
  std::ifstream in(chip);
  std::string edited{std::istreambuf_iterator<char>(in), {}};
  edited.replace(edited.find("title = \""), 9, "title = \"My ");
  std::ofstream(chip) << edited;
  const auto own = Catalog::load(folder / "data");
  ASSERT_TRUE(own);
  EXPECT_TRUE((*own->accelerator("h100-sxm-80"))->title.starts_with("My "));

  // What is wrong between two files is said with its place, although one of them stood in the image.
  fs::remove(chip);
  const auto broken = Catalog::load(folder / "data");
  ASSERT_FALSE(broken);
  EXPECT_NE(base::render(broken.error()).find("systems"), std::string::npos) << base::render(broken.error());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace gigawatt::catalog

#include "gigawatt/config/image.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <unistd.h>

#include "gigawatt/config/leaves.h"

namespace gigawatt::config {
namespace {

enum class Shade { kRed, kGreen, kBlue };
constexpr std::array<std::string_view, 3> kShades = {"red", "green", "blue"};

struct Piece {
  std::string name;
  units::Power power{2e6};
  std::optional<units::Time> lead;
};

struct Everything {
  std::int64_t count = 0;
  bool flag = true;
  base::SimTime start;
  Shade color = Shade::kGreen;
  std::vector<Piece> parts;
  std::map<std::string, units::Money> prices;
  std::optional<std::int64_t> limit;
  IntegerRange range;
  AnyQuantity any;
  Piece inner;
};

void fields(FieldVisitor& v, Piece& p) {
  v(p.name, {.key = "name", .doc = "Name."});
  v(p.power, {.key = "power", .doc = "Power.", .unit = "MW"});
  v(p.lead, {.key = "lead", .doc = "Lead time.", .unit = "d"});
}

void fields(FieldVisitor& v, Everything& x) {
  v(x.count, {.key = "count", .doc = "Count."});
  v(x.flag, {.key = "flag", .doc = "Flag."});
  v(x.start, {.key = "start", .doc = "Start."});
  v.choice(x.color, kShades, {.key = "color", .doc = "Shade."});
  v(x.parts, {.key = "part", .doc = "Parts."});
  v(x.prices, {.key = "price", .doc = "Prices.", .unit = "USD"});
  v.integer_or(x.limit, "max", {.key = "limit", .doc = "Limit."});
  v(x.range, {.key = "range", .doc = "Range."});
  v(x.any, {.key = "any", .doc = "Any quantity."});
  v(x.inner, {.key = "inner", .doc = "Inner."});
}

Everything example() {
  Everything x;
  x.count = -7;
  x.flag = false;
  x.start = base::SimTime{123456789};
  x.color = Shade::kBlue;
  x.parts = {{"a", units::Power(1.5), std::nullopt}, {"b \n", units::Power(-0.1), units::Time(60)}};
  x.prices = {{"later", units::Money(0.1)}, {"now", units::Money(1e30)}};
  x.limit = 12;
  x.range = {3, 9};
  x.any = {4.5, units::Power::dimension(), "4.5 W"};
  x.inner.name = "inside";
  return x;
}

class ImageFile : public ::testing::Test {
 protected:
  void SetUp() override {
    Image image;
    image.record();
    image.keep("the text", "context", example());
    image.save(file_);
  }
  void TearDown() override { std::filesystem::remove(file_); }

  std::string bytes() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

  const std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("gigawatt-image-" + std::to_string(::getpid()));
};

TEST_F(ImageFile, GivesBackWhatWasKept) {
  Image image;
  ASSERT_TRUE(image.load(file_));
  Everything x;
  ASSERT_TRUE(image.restore("the text", "context", x));
  EXPECT_EQ(canonical(x), canonical(example()));
  EXPECT_EQ(x.any.text, "4.5 W");
  EXPECT_EQ(x.range.last, 9);
}

TEST_F(ImageFile, KnowsOnlyTheSameTextContextAndType) {
  Image image;
  ASSERT_TRUE(image.load(file_));
  Everything x;
  Piece other;
  EXPECT_FALSE(image.restore("the text ", "context", x));
  EXPECT_FALSE(image.restore("the text", "", x));
  EXPECT_FALSE(image.restore("the text", "context", other));
  EXPECT_EQ(canonical(x), canonical(Everything{}));
}

TEST_F(ImageFile, IsAbsentWhenAnyByteOfItIsAnother) {
  const std::string whole = bytes();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    write(damaged);
    EXPECT_FALSE(Image().load(file_)) << "byte " << i;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    EXPECT_FALSE(Image().load(file_)) << size << " bytes";
  }
  write(whole);
  EXPECT_TRUE(Image().load(file_));
}

TEST(ImageVisitor, NoticesBytesThatDoNotFit) {
  ImageVisitor writer;
  Everything x = example();
  fields(writer, x);
  const std::string bytes = writer.take();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ImageVisitor reader(std::string_view(bytes).substr(0, size));
    Everything read;
    fields(reader, read);
    EXPECT_FALSE(reader.complete()) << size;
  }
  const std::string more = bytes + "x";
  ImageVisitor longer(more);
  fields(longer, x);
  EXPECT_FALSE(longer.complete());
}

}  // namespace
}  // namespace gigawatt::config

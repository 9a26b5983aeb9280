#include "gigawatt/serving/test/serving_case.h"

namespace gigawatt::serving {
namespace {

/// Every collective takes no time, or for ever.
class Constant final : public network::CollectiveModel {
 public:
  explicit Constant(double seconds) : seconds_(seconds) {}
  double seconds(network::Collective, const network::GroupPlacement&, double, double) const override {
    return seconds_;
  }

 private:
  double seconds_;
};

/// A pool over two servers asks whatever collective model it is given; without one it takes the closed forms.
TEST(ServingCollectives, ComeFromTheModelOfTheDeployment) {
  const auto c = test::make_case("llama3.1-70b", "h100-sxm", "bf16", {.tp = 16});
  Deployment d = c.iterations->deployment();
  const network::ClosedForm closed(*c.fabric);
  d.collectives = &closed;
  EXPECT_DOUBLE_EQ(IterationModel(d).decode_seconds(64, 1000), c.iterations->decode_seconds(64, 1000));
  const Constant nothing(0), second(1);
  d.collectives = &nothing;
  EXPECT_LT(IterationModel(d).decode_seconds(64, 1000), c.iterations->decode_seconds(64, 1000));
  d.collectives = &second;
  EXPECT_GT(IterationModel(d).decode_seconds(64, 1000), 80);  // two in each of 80 layers
}

}  // namespace
}  // namespace gigawatt::serving

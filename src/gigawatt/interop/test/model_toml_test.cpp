#include "gigawatt/interop/model_toml.h"

#include <memory>

#include <gtest/gtest.h>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/workload/hf_config.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::interop {
namespace {

catalog::Model imported(const std::string& text) {
  const auto model = workload::import_hf_config(text, "config.json");
  if (!model) throw std::runtime_error(base::render(model.error()));
  return *model;
}

/// Written as a file of the catalogue and read again.
catalog::Model again(const catalog::Model& model) {
  const std::string text = "released = \"2026-01-31\"\nsource = \"here\"\n" + model_toml(model);
  const auto node =
      config::parse_toml(std::make_shared<const base::SourceText>(base::SourceText{"model.toml", text}));
  if (!node) throw std::runtime_error(base::render(node.error()) + text);
  base::Diagnostics problems;
  catalog::Model read;
  config::Reader(*node, problems).read(read);
  EXPECT_TRUE(problems.empty()) << base::render(problems) << text;
  return read;
}

void expect_same(const std::string& config) {
  const catalog::Model model = imported(config);
  const catalog::Model read = again(model);
  EXPECT_EQ(read.pattern, model.pattern);
  EXPECT_EQ(read.shapes, model.shapes);
  EXPECT_EQ(static_cast<const catalog::LayerShape&>(read), static_cast<const catalog::LayerShape&>(model));
  const auto a = workload::count_parameters(read);
  const auto b = workload::count_parameters(model);
  EXPECT_EQ(a.total, b.total);
  EXPECT_EQ(a.active, b.active);
}

/// What `import hf` writes is the model: uniform, with periods, and with shapes of layers.
TEST(ModelToml, ReadsBackAsTheSameModel) {
  expect_same(R"({"model_type": "llama"})");
  expect_same(R"({"model_type": "gpt_oss"})");
  expect_same(R"({"model_type": "deepseek_v3"})");
  expect_same(R"({"model_type": "jamba"})");
  expect_same(R"({"model_type": "qwen3_next"})");
  expect_same(R"({"model_type": "deepseek_v4"})");
  expect_same(R"({"model_type": "falcon_mamba"})");
  expect_same(R"({"model_type": "gemma3n_text"})");
}

}  // namespace
}  // namespace gigawatt::interop

#include "gigawatt/engine/plain_phrase.h"

#include <gtest/gtest.h>

#include "gigawatt/engine/plain_question.h"
#include "gigawatt/engine/test/shipped.h"

namespace gigawatt::engine {
namespace {

using test::shipped;

PlainQuery said(std::string phrase, PlainQuery query = {}) {
  query.phrase = std::move(phrase);
  const auto read = read_phrase(shipped().catalog, query);
  EXPECT_TRUE(read) << (read ? "" : read.error().front().message);
  return read ? *read : PlainQuery{};
}

std::string refused(std::string phrase, PlainQuery query = {}) {
  query.phrase = std::move(phrase);
  const auto read = read_phrase(shipped().catalog, query);
  return read ? "read" : read.error().front().code;
}

TEST(PlainPhrase, PowerOfASystem) {
  for (const char* phrase : {"1 GW of GB300", "1GW GB300", "GB300, 1000 MW", "1 gigawatt of gb300-nvl72",
                             "what does 1,000 MW of GB300 NVL72 cost?"}) {
    const PlainQuery q = said(phrase);
    EXPECT_DOUBLE_EQ(q.power_w, 1e9) << phrase;
    EXPECT_TRUE(q.system == "GB300" || q.system == "gb300-nvl72") << q.system;
    EXPECT_FALSE(q.gpus);
  }
}

TEST(PlainPhrase, ATraining) {
  for (const char* phrase :
       {"Llama 4 Maverick, 22T tokens, 60 days", "Llama 4 Maverick 22 trillion tokens in 60 days",
        "a 60-day run of llama4-maverick, 22T"}) {
    const PlainQuery q = said(phrase);
    EXPECT_EQ(q.model.name, "llama4-maverick") << phrase;
    EXPECT_DOUBLE_EQ(q.tokens, 22e12) << phrase;
    EXPECT_DOUBLE_EQ(q.days, 60) << phrase;
  }
  EXPECT_DOUBLE_EQ(said("Llama 3.1 405B on 16,384 H100, 15T tokens").tokens, 15e12);
  EXPECT_DOUBLE_EQ(said("llama3.1-405b, 2 weeks, 100 MW").days, 14);
}

TEST(PlainPhrase, ACountOfASystem) {
  EXPECT_EQ(said("100,000 H100").gpus, 100'000);
  EXPECT_EQ(said("100k B200").gpus, 100'000);
  EXPECT_EQ(said("2 million GPUs of GB300").gpus, 2'000'000);
  EXPECT_EQ(said("1000 TPU v5p").system, "tpu-v5p");
  EXPECT_EQ(said("5 MW of GB300s").system, "gb300-nvl72");
  EXPECT_EQ(said("350,000 GPUs").system, PlainQuery{}.system);
}

/// Whoever names a server or a rack counts those.
TEST(PlainPhrase, ACountOfServersAndRacks) {
  EXPECT_EQ(said("12 DGX B200").gpus, 96);
  EXPECT_EQ(said("8 DGX H100 systems").gpus, 64);
  EXPECT_EQ(said("10 GB200 NVL72").gpus, 720);
  EXPECT_EQ(said("10 racks of GB300").gpus, 720);
  EXPECT_EQ(said("10 GB300 racks").gpus, 720);
  EXPECT_EQ(said("10 GB300 servers").gpus, 40);
  EXPECT_EQ(said("720 GB200 NVL72 GPUs").gpus, 720);
  EXPECT_EQ(said("1,024 servers of H100").gpus, 8192);
  EXPECT_EQ(said("3 MI300X nodes").gpus, 24);
  EXPECT_EQ(said("8x H100").gpus, 8);
  EXPECT_EQ(said("8 x H100 SXM").gpus, 8);
  EXPECT_EQ(said("2 pods of TPU v5p").gpus, 2 * 8960);
  EXPECT_EQ(said("Llama 3.1 405B, 16,384 H100 in FP8").precision, "fp8");
  EXPECT_EQ(refused("10 racks of H100"), "unclear");
  EXPECT_DOUBLE_EQ(said("1 gw of gb300").power_w, 1e9);
  EXPECT_DOUBLE_EQ(said("150mw GB300").power_w, 150e6);
}

TEST(PlainPhrase, NothingIsLostOrSaidTwice) {
  EXPECT_EQ(refused("1 GW of GB900"), "unknown-name");
  EXPECT_EQ(refused("1 GW of L4"), "unknown-name");  // no beginning of L40S
  EXPECT_EQ(refused("1 GW of GB300 and 2 GW"), "given-twice");
  EXPECT_EQ(refused("17 of nothing"), "unknown-name");
  EXPECT_EQ(refused("GB300, 17"), "unclear");
  EXPECT_EQ(refused("1.5 GPUs"), "out-of-range");
  EXPECT_EQ(refused(std::string(2000, 'x')), "too-long");
  PlainQuery optioned;
  optioned.power_w = 1e6;
  EXPECT_EQ(refused("1 GW", optioned), "given-twice");
  optioned = {};
  optioned.model.name = "llama3.1-70b";
  EXPECT_EQ(refused("Llama 4 Maverick, 1T tokens", optioned), "given-twice");
}

}  // namespace
}  // namespace gigawatt::engine

#include "gigawatt/engine/plan_memory.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

namespace gigawatt::engine {
namespace {

namespace fs = std::filesystem;

class PlanFile : public ::testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path file() const { return fs::directory_iterator(folder_)->path(); }
  std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(file(), std::ios::binary) << bytes; }

  static step::ParallelPlan plan() {
    step::ParallelPlan p;
    p.tp = 8;
    p.pp = 16;
    p.vpp = 8;
    p.dp = 128;
    p.sequence_parallel = true;
    p.first_layers = 7;
    p.recompute = {step::RecomputeKind::kModules, step::kRecomputeMlp, 0};
    return p;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("gigawatt-plans-" + std::to_string(::getpid()));
};

TEST_F(PlanFile, IsReadByTheNextProcess) {
  PlanMemory first(folder_);
  EXPECT_FALSE(first.find("q"));
  first.keep("q", plan());
  first.keep("none", tl::unexpected(std::string("nothing fits")));
  PlanMemory second(folder_);
  ASSERT_TRUE(second.find("q"));
  EXPECT_EQ(**second.find("q"), plan());
  ASSERT_TRUE(second.find("none"));
  EXPECT_EQ(second.find("none")->error(), "nothing fits");
  EXPECT_FALSE(second.find("another"));
}

TEST_F(PlanFile, LosesDamagedLinesAlone) {
  PlanMemory memory(folder_);
  memory.keep("a", plan());
  memory.keep("b", plan());
  const std::string whole = bytes();
  const std::size_t first = whole.find('\n') + 1;
  for (std::size_t i = 0; i + 1 < first; i += 7) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    write(damaged);
    PlanMemory again(folder_);
    EXPECT_FALSE(again.find("a")) << i;
    EXPECT_TRUE(again.find("b")) << i;
  }
  write(whole.substr(0, whole.size() - 5));
  PlanMemory cut(folder_);
  EXPECT_TRUE(cut.find("a"));
  EXPECT_FALSE(cut.find("b"));
}

TEST_F(PlanFile, IsNotNeeded) {
  PlanMemory alone{fs::path()};
  alone.keep("q", plan());
  EXPECT_TRUE(alone.find("q"));
  PlanMemory unwritable{fs::path("/proc/none")};
  unwritable.keep("q", plan());
  EXPECT_TRUE(unwritable.find("q"));
  EXPECT_FALSE(fs::exists(folder_));
}

/// Of files that were written a while ago: younger than a tick of the file system's clock they count as changed.
std::string digest_of(const fs::path& data, const std::vector<catalog::FittedSet>& own = {}) {
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  return KnowledgeDigest(data, own).text();
}

TEST_F(PlanFile, DigestChangesWithTheData) {
  const fs::path data = folder_ / "data";
  fs::create_directories(data / "chips");
  const std::string empty = digest_of(data);
  std::ofstream(data / "chips" / "a.toml") << "a = 1\n";
  const std::string one = digest_of(data);
  EXPECT_EQ(one.size(), 16U);
  EXPECT_NE(one, empty);
  std::ofstream(data / "chips" / "a.toml") << "a = 2\n";
  EXPECT_NE(digest_of(data), one);
  catalog::FittedSet own;
  own.name = "mine";
  EXPECT_NE(digest_of(data, {own}), digest_of(data));
}

TEST_F(PlanFile, DigestOfWhatHasChangedSinceIsNone) {
  const fs::path data = folder_ / "data";
  fs::create_directories(data / "chips");
  std::ofstream(data / "chips" / "a.toml") << "a = 1\n";
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  const KnowledgeDigest read(data, {});
  std::ofstream(data / "chips" / "a.toml") << "a = 2\n";
  EXPECT_EQ(read.text(), "");
}

}  // namespace
}  // namespace gigawatt::engine

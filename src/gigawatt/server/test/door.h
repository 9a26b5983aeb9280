#pragma once
/// The API over the shipped data, without a network: what tests ask, and what every answer must hold to.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "gigawatt/engine/test/shipped.h"
#include "gigawatt/server/api.h"
#include "gigawatt/server/run_queue.h"

namespace gigawatt::server::test {

/// A turn that is over soon, whatever is asked.
class ShortTurn {
 public:
  explicit ShortTurn(std::chrono::milliseconds length)
      : clock_([this, length](const std::stop_token& answered) {
          std::unique_lock lock(mutex_);
          if (changed_.wait_for(lock, answered, length, [] { return false; }) || answered.stop_requested())
            return;
          end_.after_s = 1;
          stop_.request_stop();
        }) {}
  Turn turn() const { return {stop_.get_token(), &end_}; }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::stop_source stop_;
  Turn::End end_;
  std::jthread clock_;  // the last: ends first
};

/// One server's worth of endpoints. It takes on no run: its store is full from the beginning.
class Door {
 public:
  /// `store`: a file, or empty for one in memory. Throws results::StoreError.
  explicit Door(const std::filesystem::path& store = {})
      : runs_(engine::test::shipped(), store, "test", engine::test::kDataFolder, {.runs = 0},
              {.time = std::chrono::seconds(1)}),
        api_(engine::test::shipped(), runs_, {{"", {}, 1}, engine::test::kDataFolder, "", "test"}) {}

  Response ask(std::string method, std::string path, std::map<std::string, std::string> query = {},
               std::string body = {}) {
    Request request{std::move(method),
                    std::move(path),
                    std::move(query),
                    {{"host", "localhost:1"}, {"content-type", "application/json"}},
                    std::move(body)};
    Answer answer = api_.answer(std::move(request));
    if (auto* response = std::get_if<Response>(&answer)) return std::move(*response);
    auto* deferred = std::get_if<Deferred>(&answer);
    if (deferred == nullptr) return {};
    const ShortTurn turn(std::chrono::milliseconds(50));
    return deferred->run(turn.turn());
  }

 private:
  RunQueue runs_;
  Api api_;
};

/// What a sound server would not have said; "" where all is well.
inline std::string complaint(const Response& response) {
  if (response.status >= 500 && response.status != 503 && response.status != 507)
    return "the server blames itself: " + std::string(response.bytes().substr(0, 300));
  if (response.type != "application/json") return "";
  const auto document = nlohmann::json::parse(response.bytes(), nullptr, false);
  if (document.is_discarded()) return "no JSON: " + std::string(response.bytes().substr(0, 300));
  if (response.status >= 400 &&
      (!document.contains("error") || document["error"].value("message", "").empty()))
    return "a refusal without a reason: " + std::string(response.bytes().substr(0, 300));
  return "";
}

/// How often each seed is changed at random ($GW_MUTATIONS, else `usual`).
inline int mutations(int usual) {
  const char* wanted = std::getenv("GW_MUTATIONS");
  return wanted == nullptr ? usual : std::max(1, std::atoi(wanted));
}

}  // namespace gigawatt::server::test

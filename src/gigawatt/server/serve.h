#pragma once
/// The whole server: knowledge, runs, API, socket.

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "gigawatt/engine/inputs.h"
#include "gigawatt/server/limits.h"

namespace gigawatt::server {

struct ServeOptions {
  std::string address = "127.0.0.1";
  unsigned port = 8080;         ///< 0: any free one
  std::filesystem::path store;  ///< empty: runs end with the server
  std::filesystem::path data;
  std::string token;               ///< needed for any address but a loopback one
  std::vector<std::string> hosts;  ///< names by which clients reach it, besides its addresses
  std::string program, version;
  StoreQuota quota;
  RunLimits limits;
};

/// Only this machine can reach it.
bool is_loopback(const std::string& address);

/// "" or what is wrong with a token.
std::string check_token(const std::string& token);

/// Serves until `stop`. `ready` is told the address of the page. Throws std::runtime_error (address taken, a token
/// missing) and results::StoreError.
void serve(const engine::Knowledge& knowledge, const ServeOptions& options, const std::stop_token& stop,
           const std::function<void(const std::string& url)>& ready);

}  // namespace gigawatt::server

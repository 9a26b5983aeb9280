#include "gigawatt/server/serve.h"

#include <arpa/inet.h>

#include <stdexcept>

#include <fmt/format.h>

#include "gigawatt/server/api.h"
#include "gigawatt/server/listener.h"
#include "gigawatt/server/run_queue.h"

namespace gigawatt::server {
namespace {

constexpr std::size_t kShortestToken = 16;

/// What a person types: an address that means "every interface" is none.
std::string url_of(const ServeOptions& options, unsigned port) {
  const bool any = options.address == "0.0.0.0" || options.address == "::";
  const std::string host = any                                              ? "localhost"
                           : options.address.find(':') != std::string::npos ? "[" + options.address + "]"
                                                                            : options.address;
  return fmt::format("http://{}:{}/", host, port);
}

}  // namespace

bool is_loopback(const std::string& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return address == "::1";
}

std::string check_token(const std::string& token) {
  if (token.size() < kShortestToken)
    return fmt::format("a token needs at least {} characters", kShortestToken);
  for (const char c : token)
    if (c <= ' ' || c > '~') return "a token is one line of visible ASCII characters without spaces";
  return "";
}

void serve(const engine::Knowledge& knowledge, const ServeOptions& options, const std::stop_token& stop,
           const std::function<void(const std::string& url)>& ready) {
  if (options.token.empty() && !is_loopback(options.address))
    throw std::runtime_error(
        fmt::format("{} can be reached from other machines: a token is needed", options.address));
  RunQueue runs(knowledge, options.store, options.program, options.data, options.quota, options.limits);
  // The listener knows the port that the guard must insist on, so it is made with a handler that comes second.
  struct Late final : Handler {
    std::unique_ptr<Api> api;
    Answer answer(Request request) override { return api->answer(std::move(request)); }
  } handler;
  Listener listener(handler, options.address, options.port);
  ApiOptions api;
  api.guard = {options.token, options.hosts, listener.port()};
  api.data = options.data;
  api.scenarios = options.data.parent_path() / "scenarios";
  api.version = options.version;
  handler.api = std::make_unique<Api>(knowledge, runs, std::move(api));
  ready(url_of(options, listener.port()));
  // A run that is being simulated stops at the same time as the network, not after it.
  const std::stop_callback stop_runs(stop, [&runs] { runs.stop(); });
  listener.run(stop);
}

}  // namespace gigawatt::server

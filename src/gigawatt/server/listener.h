#pragma once
/// The socket side: HTTP/1.1 on one thread of coroutines, other threads for what takes time.
///
/// Everything a client may make us keep is bounded: connections, the size of headers and bodies, the time that a
/// header, a body, an answer or an idle connection may take, the work that waits. A client beyond a bound is told so
/// (431, 413, 503) or, where it is too slow to be told, disconnected.

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "gigawatt/server/http.h"
#include "gigawatt/server/turns.h"

namespace gigawatt::server {

struct Limits {
  std::size_t connections = 4000;
  std::uint32_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = 4 * 1024 * 1024;
  std::chrono::milliseconds header_time{10'000};
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds answer_time{60'000};  ///< that a client may take to read one
  std::chrono::milliseconds idle_time{60'000};
  std::chrono::milliseconds heartbeat{15'000};  ///< of event streams
  std::size_t light_waiting = 512;
  TurnLimits turns;  ///< of heavy work
};

class Listener {
 public:
  /// Binds. Port 0 takes any free one. Throws std::runtime_error that names the address and why it cannot be had.
  Listener(Handler& handler, const std::string& address, unsigned port, const Limits& limits = {});
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  unsigned port() const;

  /// Serves until the token asks to stop; then answers what was asked, ends event streams, and returns within seconds.
  void run(const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gigawatt::server

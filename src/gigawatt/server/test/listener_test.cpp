#include "gigawatt/server/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace gigawatt::server {
namespace {

/// Work that ends when it is asked to stop, and says so.
struct Endless final : Handler {
  std::promise<void> begun, stopped;

  Answer answer(Request) override {
    return Deferred{Deferred::Weight::kHeavy, [this](const Turn& turn) {
                      std::promise<void> asked;
                      const std::stop_callback on_stop(turn.stop, [&] { asked.set_value(); });
                      begun.set_value();
                      asked.get_future().wait();
                      stopped.set_value();
                      return Response{};
                    }};
  }
};

class Connection {
 public:
  explicit Connection(unsigned port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Until the server has closed the connection; what it said.
  std::string rest() const {
    std::string out;
    std::array<char, 4096> part;
    for (ssize_t got = 0; (got = ::recv(socket_, part.data(), part.size(), 0)) > 0;)
      out.append(part.data(), static_cast<std::size_t>(got));
    return out;
  }

  void send(std::string_view text) const {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

 private:
  int socket_;
};

class Serving : public ::testing::Test {
 protected:
  Endless handler_;
  Listener listener_{handler_, "127.0.0.1", 0};
  std::stop_source stop_;
  std::thread thread_{[this] { listener_.run(stop_.get_token()); }};

  void TearDown() override {
    stop_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
};

TEST_F(Serving, AClientThatGoesAwayStopsItsWork) {
  {
    const Connection client(listener_.port());
    client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    handler_.begun.get_future().wait();
  }
  handler_.stopped.get_future().wait();
}

/// Clients that let a server wait: each kind of waiting ends after its time, others are served meanwhile.
class Impatient : public ::testing::Test {
 protected:
  struct Plain final : Handler {
    Answer answer(Request request) override {
      Response response;
      response.body = request.body;
      return response;
    }
  };
  static Limits limits() {
    Limits limits;
    limits.header_time = limits.body_time = limits.idle_time = std::chrono::milliseconds(200);
    return limits;
  }
  Plain handler_;
  Listener listener_{handler_, "127.0.0.1", 0, limits()};
  std::stop_source stop_;
  std::thread thread_{[this] { listener_.run(stop_.get_token()); }};

  void TearDown() override {
    stop_.request_stop();
    thread_.join();
  }
};

TEST_F(Impatient, SlowHeadersSlowBodiesAndSilenceAreCutOff) {
  const Connection header(listener_.port()), body(listener_.port()), silent(listener_.port());
  header.send("POST /x HTTP/1.1\r\nHost");
  body.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
  const Connection quick(listener_.port());
  quick.send("POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfull");
  EXPECT_TRUE(quick.rest().ends_with("\r\n\r\nfull"));
  EXPECT_EQ(header.rest(), "");
  EXPECT_EQ(body.rest(), "");
  EXPECT_EQ(silent.rest(), "");
}

TEST_F(Serving, AServerThatEndsStopsTheWork) {
  const Connection client(listener_.port());
  client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  handler_.begun.get_future().wait();
  stop_.request_stop();
  thread_.join();
  handler_.stopped.get_future().wait();
}

}  // namespace
}  // namespace gigawatt::server

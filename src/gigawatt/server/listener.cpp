#include "gigawatt/server/listener.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <stdexcept>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "gigawatt/server/answers.h"
#include "gigawatt/server/assets.h"
#include "gigawatt/server/posix.h"
#include "gigawatt/server/target.h"

namespace gigawatt::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kGrace = std::chrono::seconds(3);
constexpr int kLightThreads = 4;
constexpr auto kLookAfterClient = std::chrono::milliseconds(50);  ///< while its question is worked on

auto into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

/// One connection as the others see it.
struct Live {
  beast::tcp_stream stream;
  bool idle = false;                            ///< between two requests
  std::shared_ptr<asio::steady_timer> waiting;  ///< of an event stream
  EventSource* events = nullptr;                ///< while it is streamed
  std::stop_source work;                        ///< of what is computed for it

  explicit Live(tcp::socket socket) : stream(std::move(socket)) {}
};

Request to_request(const http::request<http::string_body>& in, Target target) {
  Request out;
  out.method = std::string(in.method_string());
  out.path = std::move(target.path);
  out.query = std::move(target.query);
  for (const auto& field : in) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    out.headers[std::move(name)] = std::string(field.value());
  }
  out.body = in.body();
  return out;
}

template <typename Message>
void set_headers(Message& message, const Response& from) {
  message.set(http::field::server, "gigawatt");
  for (const auto& [name, value] : page_headers())
    message.set(boost::string_view(name.data(), name.size()), boost::string_view(value.data(), value.size()));
  message.set(http::field::content_type, from.type);
  for (const auto& [name, value] : from.headers) message.set(name, value);
}

}  // namespace

class Listener::Impl {
 public:
  Impl(Handler& handler, const std::string& address, unsigned port, const Limits& limits)
      : handler_(handler),
        limits_(limits),
        most_(raise_descriptors(limits.connections)),
        acceptor_(io_),
        turns_(limits.turns) {
    try {
      const auto ip = asio::ip::make_address(address);
      const tcp::endpoint endpoint(ip, static_cast<unsigned short>(port));
      acceptor_.open(endpoint.protocol());
      acceptor_.set_option(asio::socket_base::reuse_address(true));
      acceptor_.bind(endpoint);
      acceptor_.listen(1024);
    } catch (const boost::system::system_error& error) {
      throw std::runtime_error(
          fmt::format("cannot listen on {} port {}: {}", address, port, error.code().message()));
    }
  }

  unsigned port() const { return acceptor_.local_endpoint().port(); }

  void run(const std::stop_token& stop) {
    asio::co_spawn(io_, accept(), asio::detached);
    const std::stop_callback on_stop(stop, [this] { asio::post(io_, [this] { begin_stop(); }); });
    io_.run();
    // Streams that the grace period cut off must not be woken into a context that is gone.
    for (const auto& live : live_) {
      if (live->events != nullptr) live->events->on_news({});
      live->work.request_stop();
    }
    light_.stop();
    light_.join();
    turns_.end();
  }

 private:
  template <typename T>
  using Awaitable = asio::awaitable<T>;

  Awaitable<void> accept() {
    asio::steady_timer pause(io_);
    for (;;) {
      error_code ec;
      tcp::socket socket = co_await acceptor_.async_accept(into(ec));
      if (stopping_) co_return;
      if (ec) {
        // Out of descriptors or the like: what is open must end first.
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(into(ec));
        continue;
      }
      if (live_.size() >= most_) continue;  // closed by its destructor
      socket.set_option(tcp::no_delay(true), ec);
      auto live = std::make_shared<Live>(std::move(socket));
      live_.push_back(live);
      asio::co_spawn(io_, serve(live), asio::detached);
    }
  }

  Awaitable<void> serve(std::shared_ptr<Live> live) {
    try {
      beast::flat_buffer buffer;
      while (!stopping_ && co_await exchange(*live, buffer)) {
      }
    } catch (const std::exception&) {
      // A connection that fails ends; the server does not.
    }
    error_code ignored;
    live->stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
    live->stream.close();
    live_.remove(live);
    if (stopping_ && live_.empty()) io_.stop();
  }

  /// One request and its answer; false: the connection ends.
  Awaitable<bool> exchange(Live& live, beast::flat_buffer& buffer) {
    auto& stream = live.stream;
    error_code ec;
    if (buffer.size() == 0) {
      live.idle = true;
      stream.expires_after(limits_.idle_time);
      const std::size_t n = co_await stream.async_read_some(buffer.prepare(4096), into(ec));
      live.idle = false;
      if (ec) co_return false;
      buffer.commit(n);
    }
    http::request_parser<http::string_body> parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(limits_.body_bytes);
    stream.expires_after(limits_.header_time);
    co_await http::async_read_header(stream, buffer, parser, into(ec));
    if (ec) co_return co_await refuse(live, ec);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream, asio::buffer(kContinue.data(), kContinue.size()), into(ec));
      if (ec) co_return false;
    }
    stream.expires_after(limits_.body_time);
    co_await http::async_read(stream, buffer, parser, into(ec));
    if (ec) co_return co_await refuse(live, ec);

    const auto& request = parser.get();
    const bool head = request.method() == http::verb::head;
    const bool keep = request.keep_alive() && !stopping_;
    auto target = parse_target(std::string_view(request.target().data(), request.target().size()));
    // Of two lines only one would be looked at.
    const bool doubled = request.count(http::field::host) > 1 || request.count(http::field::origin) > 1 ||
                         request.count(http::field::content_type) > 1;
    if (!target || doubled)
      co_return co_await send(live, error_answer(400, "bad_target", "this address cannot be read"), head,
                              false);
    Answer answer = handler_.answer(to_request(request, std::move(*target)));
    if (auto* events = std::get_if<std::shared_ptr<EventSource>>(&answer)) {
      co_await stream_events(live, **events);
      co_return false;
    }
    Response response;
    if (auto* work = std::get_if<Deferred>(&answer))
      co_await perform(live, *work, response);
    else
      response = std::move(std::get<Response>(answer));
    co_return co_await send(live, std::move(response), head, keep);
  }

  /// Runs the work on a thread of its pool; `response` is set when this returns. A client that goes away meanwhile
  /// stops it.
  Awaitable<void> perform(Live& live, Deferred& work, Response& response) {
    struct Shared {
      asio::steady_timer done;
      Response response;
      bool ready = false;
    };
    auto shared = std::make_shared<Shared>(Shared{asio::steady_timer(io_), {}, false});
    live.work = std::stop_source();
    const auto perform_it = [this, shared, run = std::move(work.run)](const Turn& turn) {
      shared->response = run(turn);
      asio::post(io_, [shared] {
        shared->ready = true;
        shared->done.cancel();
      });
    };
    error_code ec;
    const bool heavy = work.weight == Deferred::Weight::kHeavy;
    const bool taken =
        heavy ? turns_.take(client_of(live), live.work, perform_it) : light_waiting_ < limits_.light_waiting;
    if (!taken) {
      response = error_answer(503, "busy", "too much is being computed already", "try again in a moment");
      response.headers.emplace_back("Retry-After", "1");
      co_return;
    }
    if (!heavy) {
      ++light_waiting_;
      asio::post(light_, [perform_it, stop = live.work.get_token()] { perform_it(Turn{stop, nullptr}); });
    }
    while (!shared->ready) {
      shared->done.expires_after(kLookAfterClient);
      co_await shared->done.async_wait(into(ec));
      if (!shared->ready && peer_gone(live.stream.socket().native_handle())) live.work.request_stop();
    }
    if (!heavy) --light_waiting_;
    response = std::move(shared->response);
  }

  static std::string client_of(Live& live) {
    error_code ec;
    const auto peer = live.stream.socket().remote_endpoint(ec);
    return ec ? std::string() : peer.address().to_string();
  }

  Awaitable<bool> refuse(Live& live, error_code ec) {
    // Nothing came, the client is gone, or it was too slow: there is nobody to tell.
    if (ec == http::error::end_of_stream || ec == beast::error::timeout ||
        ec == http::error::partial_message || ec.category() == asio::error::get_system_category() ||
        ec.category() == asio::error::get_misc_category())
      co_return false;
    Response response =
        ec == http::error::body_limit
            ? error_answer(413, "too_large", fmt::format("a body may have {} bytes", limits_.body_bytes))
        : ec == http::error::header_limit
            ? error_answer(431, "too_large", fmt::format("headers may have {} bytes", limits_.header_bytes))
            : error_answer(400, "bad_request", "this is no HTTP request: " + ec.message());
    co_await send(live, std::move(response), false, false);
    co_await drain(live);
    co_return false;
  }

  /// Reads away what is still coming, within bounds: closing on unread bytes would take the answer from the client.
  Awaitable<void> drain(Live& live) {
    error_code ec;
    live.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
    live.stream.expires_after(std::chrono::seconds(2));
    std::array<char, 16384> sink;
    for (std::uint64_t total = 0; total < limits_.body_bytes && !ec;)
      total += co_await live.stream.async_read_some(asio::buffer(sink), into(ec));
  }

  Awaitable<bool> send(Live& live, Response response, bool head, bool keep) {
    error_code ec;
    live.stream.expires_after(limits_.answer_time);
    const auto bytes = response.bytes();
    if (head || response.status == 304) {
      http::response<http::empty_body> message(static_cast<http::status>(response.status), 11);
      set_headers(message, response);
      message.keep_alive(keep);
      if (response.status != 304) message.content_length(bytes.size());
      http::response_serializer<http::empty_body> serializer(message);
      co_await http::async_write_header(live.stream, serializer, into(ec));
    } else {
      http::response<http::span_body<const char>> message(static_cast<http::status>(response.status), 11);
      set_headers(message, response);
      message.body() = beast::span<const char>(bytes.data(), bytes.size());
      message.keep_alive(keep);
      message.content_length(bytes.size());
      http::response_serializer<http::span_body<const char>> serializer(message);
      co_await http::async_write(live.stream, serializer, into(ec));
    }
    co_return keep && !ec;
  }

  Awaitable<void> stream_events(Live& live, EventSource& source) {
    error_code ec;
    http::response<http::empty_body> message(http::status::ok, 11);
    Response shape;
    shape.type = "text/event-stream";
    shape.headers = {{"Cache-Control", "no-store"}};
    set_headers(message, shape);
    message.keep_alive(false);
    http::response_serializer<http::empty_body> serializer(message);
    live.stream.expires_after(limits_.answer_time);
    co_await http::async_write_header(live.stream, serializer, into(ec));

    auto timer = std::make_shared<asio::steady_timer>(io_);
    live.waiting = timer;
    live.events = &source;
    source.on_news([this, weak = std::weak_ptr(timer)] {
      asio::post(io_, [weak] {
        if (const auto waiting = weak.lock()) waiting->cancel();
      });
    });
    while (!ec && !stopping_) {
      const EventSource::Chunk chunk = source.next();
      const std::string_view text =
          chunk.text.empty() ? std::string_view(":\n\n") : std::string_view(chunk.text);
      live.stream.expires_after(limits_.answer_time);
      co_await asio::async_write(live.stream, asio::buffer(text.data(), text.size()), into(ec));
      if (ec || chunk.last || stopping_) break;
      live.stream.expires_never();
      timer->expires_after(limits_.heartbeat);
      error_code woken;
      co_await timer->async_wait(into(woken));
    }
    source.on_news({});
    live.events = nullptr;
    live.waiting.reset();
  }

  void begin_stop() {
    if (stopping_) return;
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    if (live_.empty()) return io_.stop();
    for (const auto& live : live_) {
      if (live->idle) live->stream.cancel();
      if (live->waiting) live->waiting->cancel();
    }
    grace_.expires_after(kGrace);
    grace_.async_wait([this](const error_code&) { io_.stop(); });
  }

  Handler& handler_;
  Limits limits_;
  std::size_t most_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer grace_{io_};
  std::list<std::shared_ptr<Live>> live_;
  bool stopping_ = false;
  std::size_t light_waiting_ = 0;
  asio::thread_pool light_{kLightThreads};
  Turns turns_;
};

Listener::Listener(Handler& handler, const std::string& address, unsigned port, const Limits& limits)
    : impl_(std::make_unique<Impl>(handler, address, port, limits)) {}
Listener::~Listener() = default;
unsigned Listener::port() const { return impl_->port(); }
void Listener::run(const std::stop_token& stop) { impl_->run(stop); }

}  // namespace gigawatt::server

#include "gigawatt/server/guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include "gigawatt/base/words.h"
#include "gigawatt/server/answers.h"

namespace gigawatt::server {
namespace {

using base::lower;

struct HostPort {
  std::string host;  ///< without brackets
  std::string port;  ///< "" where none is named
};

HostPort split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = std::min(text.find(']'), text.size());
    const auto rest = text.substr(std::min(end + 1, text.size()));
    return {lower(text.substr(1, end - 1)), std::string(rest.starts_with(':') ? rest.substr(1) : rest)};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {lower(text), ""};
  return {lower(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

bool is_address(const std::string& host) {
  in6_addr ignored{};
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

/// A name resolves to what its owner wants; an address is what it is.
bool host_allowed(std::string_view header, const GuardRules& rules) {
  const HostPort given = split(header);
  if (is_address(given.host) || given.host == "localhost")
    return given.port == std::to_string(rules.port) || (given.port.empty() && rules.port == 80);
  // A name that the user vouches for may stand for a proxy, with any port.
  return std::find(rules.hosts.begin(), rules.hosts.end(), given.host) != rules.hosts.end();
}

bool same_origin(std::string_view origin, std::string_view host) {
  const std::string given = lower(origin), wanted = lower(host);
  return given == "http://" + wanted || given == "https://" + wanted;
}

bool is_api(const Request& request) { return request.path == "/api" || request.path.starts_with("/api/"); }

}  // namespace

bool equal_in_constant_time(std::string_view given, std::string_view secret) {
  // Always as many steps as `given` is long; what the optimizer may not see through is volatile.
  volatile unsigned char difference = given.size() == secret.size() && !secret.empty() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = secret.empty() ? '\0' : secret[i % secret.size()];
    difference = static_cast<unsigned char>(difference | static_cast<unsigned char>(given[i] ^ other));
  }
  return difference == 0;
}

std::optional<Response> refuse(const Request& request, const GuardRules& rules) {
  const auto host = request.header("host");
  if (!host_allowed(host, rules))
    return error_answer(421, "wrong_host", "this server does not answer to that name",
                        "open it by its address, or name the host with --host");
  const auto origin = request.header("origin");
  if (!origin.empty() && !same_origin(origin, host))
    return error_answer(403, "wrong_origin", "a page of another site may not use this server");
  if (!is_api(request)) return std::nullopt;
  const auto site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return error_answer(403, "wrong_origin", "a page of another site may not use this server");
  if (rules.token.empty()) return std::nullopt;
  const auto given = request.header("authorization");
  constexpr std::string_view kScheme = "Bearer ";
  if (given.size() > kScheme.size() && lower(given.substr(0, kScheme.size())) == "bearer " &&
      equal_in_constant_time(given.substr(kScheme.size()), rules.token))
    return std::nullopt;
  Response response =
      error_answer(401, "token", given.empty() ? "this server asks for a token" : "the token is wrong",
                   "send it as 'Authorization: Bearer TOKEN'");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace gigawatt::server

#pragma once
/// Who may ask. Three checks before anything is done with a request:
///
/// Host: the name that the client believes to talk to. A page of another site can make a browser resolve its own name
/// to this machine (DNS rebinding), but then Host carries that name; only this server's own names and addresses pass.
///
/// Origin: a request that another site's page sends names that site, or is marked cross-site; such requests are
/// refused, and no CORS header is ever sent.
///
/// Token: where the server listens beyond the loopback device, every API request carries `Authorization: Bearer TOKEN`.
/// The comparison takes the same time whatever was sent. The page itself is public; it asks for the token.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/server/http.h"

namespace gigawatt::server {

struct GuardRules {
  std::string token;               ///< "": none is asked for
  std::vector<std::string> hosts;  ///< names besides localhost and IP addresses, in lower case
  unsigned port = 0;
};

/// The refusal, if there is one.
std::optional<Response> refuse(const Request& request, const GuardRules& rules);

/// Equal texts, in a time that depends on the length of `given` alone.
bool equal_in_constant_time(std::string_view given, std::string_view secret);

}  // namespace gigawatt::server

#pragma once
/// What the socket side asks of the system itself. Private to this module.

#include <cstddef>

namespace gigawatt::server {

/// As many open connections as asked for, or as the system gives.
std::size_t raise_descriptors(std::size_t wanted);

/// The client has closed its side: nobody waits for an answer. What it has sent stays to be read.
bool peer_gone(int socket);

}  // namespace gigawatt::server

#pragma once
/// What the socket side asks of the system itself. Private to this module.

#include <cstddef>

namespace gigawatt::server {

/// As many open connections as asked for, or as the system gives.
std::size_t raise_descriptors(std::size_t wanted);

/// Memory of this process that is in use; 0 where the system does not tell.
double resident_bytes();

/// The client has closed its side: nobody waits for an answer. What it has sent stays to be read.
///
/// A client that only ends its sending (`shutdown(SHUT_WR)`, `nc -N`) and still reads looks the same: both send a FIN
/// and leave our socket in CLOSE_WAIT; only bytes sent to it would tell, by the reset of one that is gone, and there
/// are none to send before the answer. Browsers leave far more often than any client half-closes, and must not leave
/// searches running. So a half-closed client gets 503 "cancelled" for work that has not begun or that heeds the wish to
/// stop, a search, and its answer for all other.
bool peer_gone(int socket);

}  // namespace gigawatt::server

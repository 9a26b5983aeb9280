#include "gigawatt/topology/fabric.h"

#include <charconv>

namespace gigawatt::topology {

std::optional<std::int64_t> Fabric::endpoint(std::string_view name) const {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc() || end != name.data() + name.size() || id < 0 || id >= endpoints())
    return std::nullopt;
  return id;
}

std::uint64_t path_hash(std::uint64_t flow, std::uint64_t place) {
  std::uint64_t x = flow * 0x9E3779B97F4A7C15 + place * 0xD6E8FEB86659FD93 + 0x2545F4914F6CDD1D;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
  return x ^ (x >> 32);
}

}  // namespace gigawatt::topology

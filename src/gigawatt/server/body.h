#pragma once
/// A request's body and query, read by field table. Private to this module.

#include <map>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/node.h"
#include "gigawatt/config/read.h"

namespace gigawatt::server {

/// JSON of a request -> a table. An object at a key of `as_text` becomes a document's text, so that a file may be sent as
/// it is or as a string. Refused: what is no object, deeper than 32 levels, not UTF-8, a number beyond double.
tl::expected<config::Node, base::Diagnostics> parse_body(std::string_view body,
                                                         std::span<const std::string> as_text = {});

/// Values of a query, all text but whole numbers at the keys of `numbers`.
config::Node query_node(const std::map<std::string, std::string>& query, std::string_view numbers = {});

template <typename T>
tl::expected<T, base::Diagnostics> read_struct(const tl::expected<config::Node, base::Diagnostics>& node) {
  if (!node) return tl::unexpected(node.error());
  base::Diagnostics problems;
  T value;
  config::Reader(*node, problems).read(value);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return value;
}

}  // namespace gigawatt::server

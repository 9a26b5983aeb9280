#pragma once
/// A parsed configuration file: a tree of values, each with its place in the text.
///
/// TOML and JSON become the same tree (toml.h, json.h), so that a scenario, an entry of the catalogue and the body of a
/// request are read by one reader (read.h) against one field table, and a complaint names file, line and column whatever
/// the format was.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::config {

struct Node {
  struct Member;
  enum class Kind { kTable, kArray, kString, kInteger, kFloat, kBoolean, kDate };

  Kind kind = Kind::kTable;
  base::SourceSpan span;      ///< of the value
  base::SourceSpan key_span;  ///< of its key, where it has one
  std::string text;           ///< string value, or a date as ISO text
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  bool document = false;        ///< a string that is a file's text, or the path of one to write (documents.h)
  bool folder = false;          ///< a string that is the path of a folder to read
  std::vector<Member> members;  ///< of a table, in file order
  std::vector<Node> items;      ///< of an array

  const Node* find(std::string_view key) const;
  bool is_table() const { return kind == Kind::kTable; }
};

struct Node::Member {
  std::string key;
  Node node;
};

inline const Node* Node::find(std::string_view key) const {
  for (const auto& [name, node] : members)
    if (name == key) return &node;
  return nullptr;
}

/// "a string", "a table", ... for messages.
std::string_view kind_name(Node::Kind kind);

}  // namespace gigawatt::config

#pragma once
/// XML text as a tree of elements with attributes, through expat. Text between elements is not kept: the formats that
/// we read (platforms, topologies of a node) have none.
///
/// Hostile input is refused: more than 256 MiB, nesting deeper than 64, entities declared in the text (expat would
/// expand them). External definitions named in a DOCTYPE are never fetched.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::config {

struct XmlElement {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlElement> children;
  int line = 0;

  /// Value of an attribute, or null.
  const std::string* find(std::string_view attribute) const;
  std::string get(std::string_view attribute, std::string_view otherwise = "") const;
};

/// The root element.
tl::expected<XmlElement, base::Diagnostic> parse_xml(std::string_view text, const std::string& name);

/// A diagnostic about a line of the file.
base::Diagnostic xml_error(const std::string& file, int line, std::string code, std::string message,
                           std::string hint = {});

}  // namespace gigawatt::config

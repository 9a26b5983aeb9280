#pragma once
/// An entry of data/sources.toml: where numbers come from.

#include <string>

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

struct Source {
  std::string key;  ///< name by which leaves cite it
  std::string title;
  std::string citation;  ///< address, or a full citation
  std::string date;      ///< of the document, as far as known
  std::string licence;   ///< under which its facts are used
};

void fields(config::FieldVisitor& v, Source& x);  ///< `key` is the table's name, not a field

}  // namespace gigawatt::catalog

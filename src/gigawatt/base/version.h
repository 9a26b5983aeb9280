#pragma once
/// The program's name and version, as stores, reports and messages have them.

#include <string>
#include <string_view>

namespace gigawatt::base {

std::string_view version();         ///< "0.1.0"
const std::string& program_name();  ///< "gigawatt 0.1.0"

}  // namespace gigawatt::base

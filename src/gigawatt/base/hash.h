#pragma once
/// xxHash64 as 16 hexadecimal digits: what tells two texts, or two folders of files, apart.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace gigawatt::base {

std::string hash_text(std::string_view bytes);

/// Of the names and bytes of the files below `folder`, in the order of their names, for which `takes` holds (it is asked
/// with the name from the folder on). A folder that is not there has no files.
std::string hash_folder(const std::filesystem::path& folder,
                        const std::function<bool(const std::filesystem::path&)>& takes);

}  // namespace gigawatt::base

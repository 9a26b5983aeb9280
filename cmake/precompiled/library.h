// What nearly every source of the program reads, compiled once (gw_precompile in cmake/GwModule.cmake). A source
// still includes what it uses: without GW_PCH nothing of this is there.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <tl/expected.hpp>

#pragma once
/// What NCCL would choose (engine/net_nccl.h), as a document and as a table.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/net_nccl.h"

namespace gigawatt::report {

nlohmann::ordered_json nccl_json(const engine::NcclAnswer& answer);
std::string nccl_text(const engine::NcclAnswer& answer, bool color);
std::string nccl_csv(const engine::NcclAnswer& answer);

}  // namespace gigawatt::report

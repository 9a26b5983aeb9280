#pragma once
/// gigawatt operate. Private to this module.

#include "gigawatt/cli/arguments.h"
#include "gigawatt/cli/console.h"
#include "gigawatt/engine/operate.h"

namespace CLI {
class App;
}

namespace gigawatt::cli {

void operate_options(CLI::App& sub, engine::OperateQuery& query);
int operate_command(engine::OperateQuery query, const Common& common, Console& console);

}  // namespace gigawatt::cli

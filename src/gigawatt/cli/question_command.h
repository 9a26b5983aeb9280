#pragma once
/// Any command of module ask on the command line. Private to this module.

#include "gigawatt/ask/command.h"
#include "gigawatt/cli/arguments.h"
#include "gigawatt/cli/console.h"
#include "gigawatt/cli/question_options.h"

namespace gigawatt::cli {

/// Reads the question from its options, answers it and writes what was asked for; the exit code.
int question_command(const ask::Command& command, const QuestionOptions& options, const Common& common,
                     Console& console);

}  // namespace gigawatt::cli

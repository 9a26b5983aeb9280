#pragma once
/// The program: `gigawatt COMMAND ...`.

namespace gigawatt::cli {

/// Runs one command and answers its exit code. Throws nothing.
int run_app(int argc, const char* const* argv);

}  // namespace gigawatt::cli

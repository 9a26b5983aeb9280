#include "gigawatt/cli/app.h"

int main(int argc, char** argv) { return gigawatt::cli::run_app(argc, argv); }

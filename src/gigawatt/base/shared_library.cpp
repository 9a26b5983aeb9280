#include "gigawatt/base/shared_library.h"

#include <stdexcept>

#include <dlfcn.h>

#include <fmt/format.h>

namespace gigawatt::base {

SharedLibrary::SharedLibrary(std::string title, std::initializer_list<const char*> names)
    : title_(std::move(title)) {
  std::string why;
  for (const char* name : names) {
    handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) return;
    if (const char* said = dlerror()) why = said;
  }
  throw std::runtime_error(fmt::format("{} cannot be opened: {}", title_, why));
}

void* SharedLibrary::address(const char* symbol) const {
  void* const found = dlsym(handle_, symbol);
  if (found == nullptr)
    throw std::runtime_error(fmt::format("{} has no '{}': another version", title_, symbol));
  return found;
}

}  // namespace gigawatt::base

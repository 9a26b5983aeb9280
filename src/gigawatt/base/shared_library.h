#pragma once
/// A shared library that is opened when it is first needed: a large one costs every start of the program milliseconds
/// of relocation, and most questions need none.

#include <initializer_list>
#include <string>

namespace gigawatt::base {

class SharedLibrary {
 public:
  /// The first of `names` that opens: a bare name is looked for beside an installed program and where the system keeps
  /// libraries, a path is taken as it is. The library stays open. Throws std::runtime_error, which says why the last
  /// of them does not open.
  SharedLibrary(std::string title, std::initializer_list<const char*> names);

  /// Throws std::runtime_error when the library has no such function.
  template <typename Function>
  void find(const char* symbol, Function*& function) const {
    function = reinterpret_cast<Function*>(address(symbol));
  }

 private:
  void* address(const char* symbol) const;

  std::string title_;
  void* handle_ = nullptr;
};

}  // namespace gigawatt::base

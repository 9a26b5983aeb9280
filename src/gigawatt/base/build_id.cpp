#include "gigawatt/base/build_id.h"

#include <cstdint>
#include <cstring>
#include <string_view>

#include <link.h>

namespace gigawatt::base {
namespace {

constexpr std::string_view kOwner("GNU", 4);  // with its final zero, as notes hold it

std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

/// The identifier among the notes in [at, end), or "".
std::string id_in_notes(const char* at, const char* end) {
  while (at + sizeof(ElfW(Nhdr)) <= end) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof(note));
    const char* const owner = at + sizeof(note);
    const char* const description = owner + padded(note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID && std::string_view(owner, note.n_namesz) == kOwner)
      return {description, note.n_descsz};
    at = description + padded(note.n_descsz);
  }
  return {};
}

struct Search {
  std::uintptr_t code;  ///< an address in the object that is looked for
  std::string id;
};

int visit(dl_phdr_info* info, std::size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  bool here = false;
  std::string id;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD)
      here = here || (search.code >= begin && search.code < begin + segment.p_memsz);
    else if (segment.p_type == PT_NOTE && id.empty())
      id = id_in_notes(reinterpret_cast<const char*>(begin),
                       reinterpret_cast<const char*>(begin + segment.p_memsz));
  }
  if (here) search.id = std::move(id);
  return here ? 1 : 0;
}

}  // namespace

const std::string& build_id() {
  static const std::string id = [] {
    Search search{reinterpret_cast<std::uintptr_t>(&build_id), {}};
    dl_iterate_phdr(visit, &search);
    return search.id;
  }();
  return id;
}

}  // namespace gigawatt::base

#pragma once
/// A site's overhead, from what the scenario and the catalogue know of it.

#include "gigawatt/site/overhead.h"

namespace gigawatt::catalog {
class Catalog;
}
namespace gigawatt::scenario {
struct Site;
}

namespace gigawatt::fleet {

site::Overhead site_overhead(const scenario::Site& site, const catalog::Catalog& catalog);

}  // namespace gigawatt::fleet

#pragma once
/// Training split over sites: what distance and capacity cost (network/across_sites.h).

#include "gigawatt/ask/command.h"

namespace gigawatt::ask {

Command across();

}  // namespace gigawatt::ask

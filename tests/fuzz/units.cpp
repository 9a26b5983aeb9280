/// Any bytes through the quantity parser; what it accepts is a finite number.

#include <cmath>

#include "fuzz.h"
#include "gigawatt/units/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gigawatt::fuzz::require;
  const auto text = gigawatt::fuzz::as_text(data, size);
  const auto quantity = gigawatt::units::parse_quantity(text);
  if (quantity) {
    require(std::isfinite(quantity->si), "a quantity is finite");
    require(!gigawatt::units::format_number(quantity->si).empty(), "a quantity can be shown");
  } else {
    require(!quantity.error().empty(), "a refusal has a reason");
  }
  const auto unit = gigawatt::units::parse_unit(text);
  if (unit)
    require(std::isfinite(unit->factor) && unit->factor > 0, "a unit's factor is finite and positive");
  return 0;
}

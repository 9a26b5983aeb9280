#pragma once
/// Exponents of the base dimensions of a quantity. Data, compute work and money are dimensions of their own,
/// so that bytes cannot be added to FLOP or dollars to watts.

#include <cstdint>

namespace gigawatt::units {

struct Dimension {
  std::int8_t time = 0;         ///< s
  std::int8_t data = 0;         ///< byte
  std::int8_t compute = 0;      ///< FLOP
  std::int8_t energy = 0;       ///< J
  std::int8_t money = 0;        ///< USD
  std::int8_t mass = 0;         ///< kg
  std::int8_t temperature = 0;  ///< K
  std::int8_t volume = 0;       ///< m3

  friend constexpr bool operator==(const Dimension&, const Dimension&) = default;
  friend constexpr Dimension operator*(const Dimension& a, const Dimension& b) { return combine(a, b, 1); }
  friend constexpr Dimension operator/(const Dimension& a, const Dimension& b) { return combine(a, b, -1); }

 private:
  static constexpr Dimension combine(const Dimension& a, const Dimension& b, int sign) {
    const auto sum = [sign](std::int8_t x, std::int8_t y) { return static_cast<std::int8_t>(x + sign * y); };
    return {sum(a.time, b.time),
            sum(a.data, b.data),
            sum(a.compute, b.compute),
            sum(a.energy, b.energy),
            sum(a.money, b.money),
            sum(a.mass, b.mass),
            sum(a.temperature, b.temperature),
            sum(a.volume, b.volume)};
  }
};

inline constexpr Dimension kNone{};
inline constexpr Dimension kTime{.time = 1};
inline constexpr Dimension kData{.data = 1};
inline constexpr Dimension kCompute{.compute = 1};
inline constexpr Dimension kEnergy{.energy = 1};
inline constexpr Dimension kMoney{.money = 1};
inline constexpr Dimension kMass{.mass = 1};
inline constexpr Dimension kTemperature{.temperature = 1};
inline constexpr Dimension kVolume{.volume = 1};
inline constexpr Dimension kPower = kEnergy / kTime;
inline constexpr Dimension kBandwidth = kData / kTime;
inline constexpr Dimension kComputeRate = kCompute / kTime;
inline constexpr Dimension kFrequency = kNone / kTime;

}  // namespace gigawatt::units

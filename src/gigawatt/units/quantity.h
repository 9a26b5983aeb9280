#pragma once
/// Quantity<Dim>: a double in SI base units whose dimension the compiler checks. Public structs and signatures
/// use it; hot loops work on plain doubles named with their unit.

#include <compare>

#include "gigawatt/units/dimension.h"

namespace gigawatt::units {

template <Dimension D>
class Quantity {
 public:
  constexpr Quantity() = default;
  explicit constexpr Quantity(double si) : si_(si) {}
  constexpr double si() const { return si_; }
  static constexpr Dimension dimension() { return D; }

  constexpr Quantity& operator+=(Quantity other) {
    si_ += other.si_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    si_ -= other.si_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.si_ + b.si_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.si_ - b.si_); }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.si_); }
  friend constexpr Quantity operator*(Quantity a, double k) { return Quantity(a.si_ * k); }
  friend constexpr Quantity operator*(double k, Quantity a) { return Quantity(k * a.si_); }
  friend constexpr Quantity operator/(Quantity a, double k) { return Quantity(a.si_ / k); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.si_ / b.si_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  double si_ = 0;
};

template <Dimension A, Dimension B>
constexpr auto operator*(Quantity<A> a, Quantity<B> b) {
  if constexpr (A * B == kNone)
    return a.si() * b.si();
  else
    return Quantity<A * B>(a.si() * b.si());
}
template <Dimension A, Dimension B>
  requires(!(A == B))
constexpr auto operator/(Quantity<A> a, Quantity<B> b) {
  return Quantity<A / B>(a.si() / b.si());
}

using Time = Quantity<kTime>;
using Data = Quantity<kData>;
using Compute = Quantity<kCompute>;
using Energy = Quantity<kEnergy>;
using Money = Quantity<kMoney>;
using Mass = Quantity<kMass>;
using Volume = Quantity<kVolume>;
using Power = Quantity<kPower>;
using Bandwidth = Quantity<kBandwidth>;
using ComputeRate = Quantity<kComputeRate>;

constexpr Time seconds(double v) { return Time(v); }
constexpr Time hours(double v) { return Time(v * 3600); }
constexpr Time days(double v) { return Time(v * 86400); }
constexpr Power watts(double v) { return Power(v); }
constexpr Power megawatts(double v) { return Power(v * 1e6); }
constexpr Energy joules(double v) { return Energy(v); }
constexpr Energy megawatt_hours(double v) { return Energy(v * 3.6e9); }
constexpr Data bytes(double v) { return Data(v); }
constexpr Money usd(double v) { return Money(v); }

constexpr double in_megawatts(Power p) { return p.si() * 1e-6; }
constexpr double in_megawatt_hours(Energy e) { return e.si() / 3.6e9; }
constexpr double in_hours(Time t) { return t.si() / 3600; }
constexpr double in_days(Time t) { return t.si() / 86400; }

}  // namespace gigawatt::units

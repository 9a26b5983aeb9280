#pragma once
/// The steadiest power that a store of energy allows, when the load is known ahead.
///
/// With C(t) the energy that the load has taken by t and S(t) that which the grid has given, the store holds S - C and
/// must stay within its usable energy E: S runs in the tube C - E/2 <= S <= C + E/2. Of all curves in a tube the
/// shortest, a string pulled taut, has at once the least peak, the least steepest change of slope in sum, and the least
/// value of every convex measure of its slope; its slope is the power at the meter. The string is found in linear time
/// by keeping, from the last bend on, the lower hull of the upper wall and the upper hull of the lower wall; where they
/// cross it bends.
///
/// Both ends are held at S = C: what is stored at the end is what was there at the beginning.

#include <vector>

namespace gigawatt::waveform {

/// Power by step of the taut string; `usable_j` is E.
std::vector<double> taut_string(const std::vector<double>& watts, double dt_s, double usable_j);

}  // namespace gigawatt::waveform

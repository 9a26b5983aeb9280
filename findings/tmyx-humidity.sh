#!/usr/bin/env bash
# Typical years of climate.onebuilding.org (TMYx 2007-2021): relative humidity and dew point of the same hour disagree.
#
# Expected: the relative humidity that the dew point implies at the dry bulb, over water or over ice, lies within a few
# points of the one in the file (it is rounded to a point, the dew point to a tenth). Seen: up to 30 points apart, more
# than 6 points in one hour of a hundred at every one of five stations, because the two come from different records. What
# reads the dew point and what reads the humidity (EnergyPlus does) get different wet bulbs from one file.
# Fails when the files of data/weather no longer show it.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
python3 - <<'PYTHON'
import glob, gzip, math, sys

def over_water(t):
    k = t + 273.15
    return math.exp(-5800.2206 / k + 1.3914993 - 0.048640239 * k + 4.1764768e-5 * k * k - 1.4452093e-8 * k**3 + 6.5459673 * math.log(k))

def over_ice(t):
    k = t + 273.15
    return math.exp(-5674.5359 / k + 6.3925247 - 9.677843e-3 * k + 6.2215701e-7 * k * k + 2.0747825e-9 * k**3 - 9.484024e-13 * k**4 + 4.1635019 * math.log(k))

shown = True
for file in sorted(glob.glob("data/weather/*.epw.gz")):
    apart = []
    for line in gzip.open(file, "rt", errors="replace").read().splitlines()[8:]:
        dry, dew, humidity = (float(x) for x in line.split(",")[6:9])
        implied = [100 * law(dew) / law(dry) for law in ((over_water, over_ice) if dew < 0 else (over_water,))]
        apart.append(min(abs(x - humidity) for x in implied))
    apart.sort()
    print(f"{file}: worst {apart[-1]:.1f} points, 99th percentile {apart[len(apart) * 99 // 100]:.1f}")
    shown = shown and apart[-1] > 20 and apart[len(apart) * 99 // 100] > 6
sys.exit(0 if shown else 1)
PYTHON

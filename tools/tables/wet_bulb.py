#!/usr/bin/env python3
"""Wet-bulb temperatures by CoolProp, against which src/gigawatt/site/psychrometrics.h is tested.

    pip install coolprop==8.0.0
    tools/tables/wet_bulb.py > src/gigawatt/site/test/wet_bulb_coolprop.csv

Points are drawn with a fixed seed. Near freezing both a wet and an iced wick can balance, and CoolProp returns one or the
other by a rule of its own (at 60 kPa it leaves the iced one 0.8 K below freezing, at sea level at 0 C); results between
-1 and 1 C are left out for that reason.
"""

import random

from CoolProp.HumidAirProp import HAPropsSI

random.seed(20261130)
print("dry_bulb_c,relative_humidity,pressure_pa,wet_bulb_c")
count = 0
while count < 1000:
    t = round(random.uniform(-30, 55), 2)
    rh = round(random.uniform(0.01, 1) if random.random() < 0.7 else random.uniform(0.01, 0.1), 3)
    p = round(random.uniform(60e3, 106e3))
    wet = HAPropsSI("B", "T", t + 273.15, "R", rh, "P", p) - 273.15
    if -1 < wet < 1:
        continue
    print(f"{t},{rh},{p},{wet:.4f}")
    count += 1

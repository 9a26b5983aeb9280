"""A fleet of 1.3 million accelerators and more jobs than it can run: overfull.py JOBS POLICY > SCENARIO.toml"""

import sys

count, policy = int(sys.argv[1]), sys.argv[2]
print(f'''version = 1
name = "overfull"
start = 2026-01-01
end = 2027-01-01
seed = 1
[[site]]
name = "c"
kind = "existing"
cooling = "air"
pue = 1.2
carbon_intensity = "0.37 kg/kWh"
electricity_price = "62 USD/MWh"
assumed = true
reason = "a test"
[[fleet]]
name = "f"
system = "h100-sxm"
accelerators = 1300000
date = 2026-01-01
site = "c"
assumed = true
reason = "a test"
[operations]
scheduler = "{policy}"
[[job]]
name = "b"
kind = "batch"
count = {count}
sizes = [64, 512, 4096]
size_shares = [0.6,0.3,0.1]
duration_median = "20 h"
duration_mean = "40 h"
assumed = true
reason = "a test"
''')

"""A driver's device name as the name that data/chips/ knows.

Board variants differ in clocks, memory and power (H100 PCIe and NVL, slices of a divided GPU), so a name must
match as a whole; another one stays as it is, and `--gpu` states what it is.
"""

import re

_DEVICES = [
    (r"(Tesla )?V100-SXM[23]-32GB(-LS)?", "V100-32GB"),
    (r"A100-SXM4-40GB", "A100-40GB"),
    (r"A100-SXM4-80GB", "A100-80GB"),
    (r"L40S", "L40S"),
    (r"H100 80GB HBM3", "H100-80GB"),
    (r"H20", "H20"),
    (r"H800", "H800-80GB"),
    (r"H200", "H200"),
    (r"GH200 (480GB|96GB HBM3)", "GH200"),
    (r"B200", "B200"),
    (r"GB200", "GB200"),
    (r"B300( SXM6 AC)?", "B300"),
    (r"GB300", "GB300"),
    (r"MI300X( OAM)?", "MI300X"),
    (r"MI325X( OAM)?", "MI325X"),
    (r"MI350X( OAM)?", "MI350X"),
    (r"MI355X( OAM)?", "MI355X"),
]


def catalogue_name(device):
    """The catalogue's name, or None."""
    bare = re.sub(r"^(NVIDIA|AMD Instinct|AMD) ", "", device.strip())
    return next((name for pattern, name in _DEVICES if re.fullmatch(pattern, bare)), None)

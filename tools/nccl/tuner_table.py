#!/usr/bin/env python3
"""Writes tests/oracle/nccl/tuner.csv: what NCCL's own sources choose on nodes of our systems.

Usage: tools/nccl/tuner_table.py NCCL_CHECKOUT OUT.csv
NCCL_CHECKOUT is a checkout of github.com/NVIDIA/nccl at v2.30.7-1. Needs g++ and pip: the headers of CUDA come from PyPI.
No GPU is needed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HEADERS = ["nvidia-cuda-runtime-cu12==12.8.90", "nvidia-cuda-nvcc-cu12==12.8.93", "nvidia-cuda-cccl-cu12==12.8.90"]
PCIE = {4: "16.0 GT/s PCIe", 5: "32.0 GT/s PCIe", 6: "64.0 GT/s PCIe"}
CPU = {"intel": 'arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="143"',
       "amd": 'arch="x86_64" vendor="AuthenticAMD" familyid="175" modelid="1"', "arm": 'arch="arm64"'}
# name: capability, NVLinks, Mbit/s of a card, PCIe, GPUs below a switch, GPUs of a node, host on the package
SYSTEMS = {"a100-sxm": (80, 12, 200000, 4, 2, 8, False), "h100-sxm": (90, 18, 400000, 5, 1, 8, False),
           "h800-sxm": (90, 8, 400000, 5, 1, 8, False), "b200-sxm": (100, 18, 400000, 5, 1, 8, False),
           "b300-sxm": (103, 18, 800000, 6, 1, 8, False), "gb200-nvl72": (100, 18, 400000, 5, 1, 72, True),
           "gb300-nvl72": (103, 18, 800000, 6, 1, 72, True)}


def node(system, gpus, cards, host):
    """A node as NCCL_TOPO_FILE describes it."""
    capability, links, speed, pcie, per_switch, _, package = SYSTEMS[system]
    slot = f'link_speed="{PCIE[pcie]}" link_width="16"'
    per_socket = 2 if package else 4
    out = ['<system version="1">']
    for socket in range(-(-gpus // per_socket)):
        tray = socket // 2 if package else 0
        out.append(f'<cpu host_hash="0x{tray:x}" numaid="{socket - 2 * tray}" affinity="ffffffff" {CPU[host]}>')
        for g in range(socket * per_socket, min(gpus, (socket + 1) * per_socket)):
            in_tray = g - 4 * tray if package else g
            if not package and g % per_switch == 0:
                out.append(f'<pci busid="0000:{0x10 * in_tray + 1:02x}:00.0" class="0x060400" {slot}>')
            out.append(f'<pci busid="0000:{0x10 * in_tray + 3:02x}:00.0" class="0x030200" {slot}>'
                       f'<gpu dev="{in_tray}" sm="{capability}" rank="{g}" gdr="1">'
                       f'<nvlink target="fffffff:ffff:ff" count="{links}" tclass="0x068000"/>'
                       + ('<c2c bw="44700" count="10"/>' if package else "") + "</gpu></pci>")
            for n in (n for n in range(cards) if n * gpus // cards == g):
                dev = n - tray * 4 * cards // gpus if package else n
                out.append(f'<pci busid="0000:{0x10 * in_tray + 6 + n % 2:02x}:00.0" class="0x020000" {slot}><nic><net name="mlx5_{n}" '
                           f'dev="{dev}" speed="{speed}" port="1" guid="0x{n + 1:x}" maxconn="131072" gdr="1" latency="0" coll="1"/>'
                           "</nic></pci>")
            if not package and ((g + 1) % per_switch == 0 or g + 1 == gpus):
                out.append("</pci>")
        out.append("</cpu>")
    return "\n".join(out + ["</system>"])


def build(nccl, folder):
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), *HEADERS], check=True)
    for wheel in folder.glob("*.whl"):
        subprocess.run(["unzip", "-qo", str(wheel), "-d", str(folder)], check=True)
    header = (nccl / "src/nccl.h.in").read_text()
    for word, value in {"Major": 2, "Minor": 30, "Patch": 7, "Suffix": "", "Version": 23007}.items():
        header = header.replace("${nccl:" + word + "}", str(value))
    (folder / "nccl.h").write_text(header)
    sources = [nccl / f"src/graph/{name}.cc" for name in ("search", "topo", "paths", "tuning", "xml", "rings")]
    includes = [folder, nccl / "src/include", nccl / "src/include/plugin", nccl / "src/graph",
                *(folder / f"nvidia/{part}/include" for part in ("cuda_runtime", "cuda_nvcc", "cuda_cccl"))]
    program = folder / "tuner_table"
    subprocess.run(["g++", "-std=c++17", "-O1", "-w", "-DNCCL_OS_LINUX", "-no-pie", "-Wl,--unresolved-symbols=ignore-all",
                    *(f"-I{i}" for i in includes), str(Path(__file__).with_suffix(".cpp")), *map(str, sources), "-o", str(program)], check=True)
    return program


def cases():
    for system in ("a100-sxm", "h100-sxm", "h800-sxm", "b200-sxm", "b300-sxm"):
        host = "amd" if system == "a100-sxm" else "intel"
        for nodes in (1, 2, 4, 16, 128):
            yield system, 8, 8, host, nodes, 0
        for gpus, cards in ((4, 4), (2, 2), (1, 1), (8, 4), (8, 1)):
            for nodes in (1, 2, 32):
                if gpus * nodes > 1 and (nodes > 1 or cards == gpus):
                    yield system, gpus, cards, host, nodes, 0
    for host in ("amd", "arm"):
        yield "h100-sxm", 8, 8, host, 8, 0
        yield "b200-sxm", 8, 8, host, 8, 0
    for nodes in (2, 16):
        yield "h100-sxm", 8, 8, "intel", nodes, 1
    for system in ("gb200-nvl72", "gb300-nvl72"):
        for gpus in (2, 4, 8, 36, 72):
            yield system, gpus, gpus, "arm", 1, 0
        yield system, 4, 4, "arm", 4, 0


def main():
    nccl, out = Path(sys.argv[1]), Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        program = build(nccl, folder)
        lines = ["# NCCL 2.30.7's own search and tuning model; written by tools/nccl/tuner_table.py",
                 "system,gpus_per_node,nics_per_node,host,nodes,collnet,collective,bytes,algorithm,protocol,channel_limit,time_us"]
        for case in cases():
            system, gpus, cards, host, nodes, collnet = case
            (folder / "node.xml").write_text(node(system, gpus, cards, host))
            done = subprocess.run([str(program), str(folder / "node.xml"), str(nodes), str(collnet)], capture_output=True, text=True, check=True)
            print(*case, done.stderr.strip().replace("\n", "; "), file=sys.stderr)
            lines += [",".join(map(str, case)) + "," + line for line in done.stdout.splitlines()]
        out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

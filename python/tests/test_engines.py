"""A sweep by every engine: the same bytes, whoever computes the shards and whoever dies."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import gigawatt as gw
from support import BINARY, ROOT, needs, program

SWEEP = 'version = 1\nscenario = "rack.toml"\nseeds = [1, 2, 3, 4]\n[vary]\n"job.chat.utilization" = ["50%", "60%", "120%"]\n'

#: Stands in for Slurm's sbatch where no controller runs: the tasks of the array one after the other, the first of them killed.
SBATCH = """#!/bin/bash
set -u
folder=$(dirname "$0")
echo "$@" >> "$folder/calls"
for argument; do case $argument in --array=*) array=${argument#--array=} ;; esac; done
script=${!#}
echo 4711
status=0
for part in ${array//,/ }; do
  for ((i = ${part%-*}; i <= ${part#*-}; i++)); do
    if [[ ! -e $folder/killed ]]; then touch "$folder/killed"; status=1; continue; fi
    SLURM_ARRAY_TASK_ID=$i bash "$script" || status=1
  done
done
exit $status
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.copy(ROOT / "scenarios" / "single-rack.toml", self.folder / "rack.toml")
        self.sweep = self.folder / "sweep.toml"
        self.sweep.write_text(SWEEP)

    def local(self):
        out = self.folder / "local"
        gw.sweep(self.sweep, out=out)
        return (out / "results.parquet").read_bytes()

    def environment(self, **more):
        here = pathlib.Path(gw.__file__).parents[1]
        return {**os.environ, "GIGAWATT_PYTHON": sys.executable, "PYTHONPATH": str(here), **more}


class Protocol(Case):
    """Plan, shards by number in any order and twice, merge."""

    def test_by_hand(self):
        out = self.folder / "out"
        plan = gw.sweep(self.sweep, out=out, plan_only=True)
        self.assertEqual((plan.runs, plan.shards, plan.missing), (12, 12, list(range(12))))
        with self.assertRaises(gw.InputError) as caught:
            gw.sweep(self.sweep, out=out, merge_only=True)
        self.assertEqual(len(caught.exception.diagnostics), 12)
        self.assertIn("000000.parquet", str(caught.exception))
        gw.sweep(self.sweep, out=out, shards=[7, 3])
        again = gw.sweep(self.sweep, out=out, shards=[3, 11, 7])
        self.assertEqual((again.shards, again.kept_shards), (3, 2))
        self.assertEqual(gw.sweep(self.sweep, out=out, plan_only=True).missing, [0, 1, 2, 4, 5, 6, 8, 9, 10])
        gw.sweep(self.sweep, out=out, shards=[0, 1, 2, 4, 5, 6, 8, 9, 10])
        merged = gw.sweep(self.sweep, out=out, merge_only=True)
        self.assertEqual((merged.runs, merged.failed, merged.kept_shards), (12, 4, 12))
        self.assertEqual((out / "results.parquet").read_bytes(), self.local())

    def test_what_is_refused(self):
        out = self.folder / "out"
        gw.sweep(self.sweep, out=out, shards=[0])
        with self.assertRaisesRegex(gw.InputError, "no shard 12"):
            gw.sweep(self.sweep, out=out, shards=[12])
        with self.assertRaisesRegex(gw.InputError, "exclude each other"):
            gw.sweep(self.sweep, out=out, shards=[1], merge_only=True)
        with self.assertRaisesRegex(gw.InputError, "address"):
            gw.sweep(self.sweep, out=out, address="auto")
        with self.assertRaisesRegex(gw.InputError, "did you mean 'slurm'"):
            gw.sweep(self.sweep, out=out, engine="slurmm")
        shard = out / "shards" / "000000.parquet"
        shard.write_bytes(shard.read_bytes()[:-1])
        with self.assertRaisesRegex(gw.InputError, "000000.parquet: not what this sweep wrote"):
            gw.sweep(self.sweep, out=out, merge_only=True)
        manifest = out / "manifest.json"
        old = json.loads(manifest.read_text())
        manifest.write_text(json.dumps({**old, "program": "gigawatt 0.0.1"}))
        with self.assertRaisesRegex(gw.InputError, "written by .*0.0.1"):
            gw.sweep(self.sweep, out=out, shards=[1])

    def test_a_half_written_shard_is_computed_again(self):
        out = self.folder / "out"
        gw.sweep(self.sweep, out=out, shards=[0])
        whole = (out / "shards" / "000000.parquet").read_bytes()
        # The process died between the file and its hash, and another in the middle of the file.
        (out / "shards" / "000000.xxh64").unlink()
        (out / "shards" / "000001.parquet.other.1.part").write_bytes(whole[:100])
        gw.sweep(self.sweep, out=out)
        self.assertEqual((out / "shards" / "000000.parquet").read_bytes(), whole)
        self.assertEqual((out / "results.parquet").read_bytes(), self.local())


class Slurm(Case):
    """The array script, run by a stand-in for sbatch."""

    def test_tasks_that_die_are_submitted_again(self):
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "sbatch").write_text(SBATCH)
        (tools / "sbatch").chmod(0o755)
        out = self.folder / "out"
        done = program("sweep", self.sweep, "--engine", "slurm", "--out", out, "--json",
                       env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["runs"], 12)
        calls = (tools / "calls").read_text().splitlines()
        self.assertEqual([call.split()[2] for call in calls], ["--array=0-11", "--array=0"])
        self.assertEqual((out / "results.parquet").read_bytes(), self.local())

    def test_a_script_for_elsewhere(self):
        out = self.folder / "out"
        done = program("sweep", self.sweep, "--engine", "slurm", "--out", out, env={**os.environ, "PATH": "/nowhere"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("sbatch --array=0-11", done.stderr)
        script = out / "slurm" / "shards.sh"
        subprocess.run(["bash", "-n", script], check=True)
        for index in range(12):
            subprocess.run(["bash", script], check=True, env={**os.environ, "SLURM_ARRAY_TASK_ID": str(index)})
        self.assertEqual(program("sweep", self.sweep, "--out", out, "--merge-only").returncode, 0)
        self.assertEqual((out / "results.parquet").read_bytes(), self.local())

    def test_tasks_that_never_finish(self):
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "sbatch").write_text("#!/bin/sh\nexit 1\n")
        (tools / "sbatch").chmod(0o755)
        done = program("sweep", self.sweep, "--engine", "slurm", "--out", self.folder / "out",
                       env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("no task finished a shard", done.stderr)


SLURM = pathlib.Path(os.environ.get("GW_SLURM_ROOT", "/nowhere"))
LIBRARIES = SLURM / "usr/lib/x86_64-linux-gnu"

#: One machine as two nodes; no authentication, no accounting, no daemon of the system.
SLURM_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/none
CredType=cred/none
PluginDir={libraries}/slurm-wlm
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={port}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdSpoolDir={folder}/spool-%n
StateSaveLocation={folder}/state
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port={first}-{last} CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    """The first of so many ports in a row that nobody listens at."""
    import contextlib
    import socket
    while True:
        with contextlib.ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            number = first.getsockname()[1]
            try:
                for further in range(number + 1, number + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", further))
            except (OSError, OverflowError):
                continue
            return number


@unittest.skipUnless((SLURM / "usr/sbin/slurmctld-wlm").exists(), "Slurm's packages are not there (./gw test unpacks them)")
class RealSlurm(Case):
    """A controller and two daemons from Debian's packages, on this machine."""

    def setUp(self):
        super().setUp()
        import getpass
        import socket
        controller = free_ports(3)
        first = controller + 1
        self.own = self.folder / "slurm"
        for name in ("state", "spool-n1", "spool-n2"):
            (self.own / name).mkdir(parents=True)
        conf = self.own / "slurm.conf"
        conf.write_text(SLURM_CONF.format(host=socket.gethostname().split(".")[0], libraries=LIBRARIES, user=getpass.getuser(),
                                          folder=self.own, port=controller, first=first, last=first + 1))
        self.environment_of_slurm = {
            **os.environ, "SLURM_CONF": str(conf), "LD_LIBRARY_PATH": f"{LIBRARIES}:{LIBRARIES}/slurm-wlm",
            "PATH": f"{SLURM}/usr/bin:{os.environ['PATH']}"}
        self.addCleanup(self.stop)
        self.run_slurm("usr/sbin/slurmctld-wlm", "-f", conf, "-i", "-c")
        for node in ("n1", "n2"):
            self.run_slurm("usr/sbin/slurmd-wlm", "-N", node, "-f", conf, "-d", SLURM / "usr/sbin/slurmstepd-wlm")
        until = time.monotonic() + 240
        while self.run_slurm("usr/bin/sinfo", "--noheader", "--format=%D %t").strip() != "2 idle":
            self.assertLess(time.monotonic(), until, "".join(log.read_text()[-2000:] for log in sorted(self.own.glob("*.log"))))
            time.sleep(0.5)

    def run_slurm(self, program, *arguments):
        done = subprocess.run([SLURM / program, *map(str, arguments)], env=self.environment_of_slurm, capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def stop(self):
        for file in self.own.glob("*.pid"):
            try:
                os.kill(int(file.read_text()), signal.SIGTERM)
            except (ProcessLookupError, ValueError):
                pass

    def test_a_task_is_killed_and_all_runs_are_there(self):
        sweep = self.folder / "long.toml"
        sweep.write_text(SWEEP.replace("seeds = [1, 2, 3, 4]", f"seeds = {list(range(1, 9))}"))
        out = self.folder / "out"
        running = subprocess.Popen([BINARY, "sweep", sweep, "--engine", "slurm", "--out", out, "--json"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=self.environment_of_slurm)
        self.assertTrue(self.kill_a_task(out), "a task was met at work")
        said, errors = running.communicate(timeout=300)
        self.assertEqual(running.returncode, 0, errors)
        self.assertEqual((json.loads(said)["runs"], json.loads(said)["shards"]), (24, 24))
        gw.sweep(sweep, out=self.folder / "same")
        self.assertEqual((out / "results.parquet").read_bytes(), (self.folder / "same" / "results.parquet").read_bytes())

    @staticmethod
    def kill_a_task(out):
        """The first process that computes a shard of this folder: it is one that this test started."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    words = (process / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if b"--shards" in words and str(out).encode() in words:
                    os.kill(int(process.name), signal.SIGKILL)
                    return True
        return False


class WithoutRay(Case):
    def test_the_package_is_named(self):
        done = program("sweep", self.sweep, "--engine", "ray", "--out", self.folder / "out",
                       env=self.environment(GIGAWATT_PYTHON="/nowhere/python"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/python", done.stderr)


@needs("ray")
class Ray(Case):
    """A real cluster of several nodes on this machine."""

    def setUp(self):
        super().setUp()
        from ray.cluster_utils import Cluster
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        self.addCleanup(self.cluster.shutdown)

    def start(self, out, sweep):
        return subprocess.Popen([BINARY, "sweep", str(sweep), "--engine", "ray", "--address", self.cluster.address, "--out",
                                 str(out), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=self.environment())

    @staticmethod
    def wait_for_shards(out, count, process):
        until = time.monotonic() + 120
        while len(list((out / "shards").glob("*.xxh64"))) < count:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"{process.poll()} {process.communicate()}")
            time.sleep(0.02)

    def test_a_node_and_then_the_driver_are_killed(self):
        sweep = self.folder / "long.toml"
        sweep.write_text(SWEEP.replace("seeds = [1, 2, 3, 4]", f"seeds = {list(range(1, 801))}"))
        node = self.cluster.add_node(num_cpus=2)
        out = self.folder / "out"
        first = self.start(out, sweep)
        self.wait_for_shards(out, 3, first)
        self.cluster.remove_node(node, allow_graceful=False)
        self.wait_for_shards(out, 8, first)
        first.kill()
        first.communicate()
        kept = len(list((out / "shards").glob("*.xxh64")))
        self.assertLess(kept, 64)
        second = self.start(out, sweep)
        said, errors = second.communicate(timeout=300)
        self.assertEqual(second.returncode, 0, errors)
        answer = json.loads(said)
        self.assertEqual((answer["runs"], answer["failed"], answer["shards"]), (2400, 800, 64))
        self.assertGreaterEqual(answer["kept_shards"], 8)
        gw.sweep(sweep, out=self.folder / "same")
        self.assertEqual((out / "results.parquet").read_bytes(), (self.folder / "same" / "results.parquet").read_bytes())


if __name__ == "__main__":
    unittest.main()

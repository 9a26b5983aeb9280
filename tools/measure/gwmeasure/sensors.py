"""Clock, power, energy and temperature of one GPU, from the first that is there: NVML through the `pynvml` module,
the `nvidia-smi` program, AMD's `amdsmi` module. Where none is, readings are empty.

A failing sensor gives None, never an error: a measurement does not depend on it.
"""

import subprocess

from gwmeasure.device import Reading

SMI_FIELDS = ["clocks.sm", "power.draw", "temperature.gpu", "power.limit"]
SMI_TIMEOUT_S = 10


class NoSensors:
    driver = "driver unknown"

    def read(self):
        return Reading()


def attempt(function, *arguments, scale=1.0):
    """The function's number times `scale`, or None where it fails."""
    try:
        return float(function(*arguments)) * scale
    except Exception:  # each library has its own errors, and "N/A" is a value of some
        return None


class Nvml:
    def __init__(self, identity):
        import pynvml
        self._nvml = pynvml
        pynvml.nvmlInit()
        uuid, index = identity
        self._handle = pynvml.nvmlDeviceGetHandleByUUID(uuid) if uuid else pynvml.nvmlDeviceGetHandleByIndex(index)
        version = pynvml.nvmlSystemGetDriverVersion()
        self.driver = "driver " + (version.decode() if isinstance(version, bytes) else version)

    def read(self):
        n, h = self._nvml, self._handle
        return Reading(attempt(n.nvmlDeviceGetClockInfo, h, n.NVML_CLOCK_SM),
                       attempt(n.nvmlDeviceGetPowerUsage, h, scale=1e-3),
                       attempt(n.nvmlDeviceGetTotalEnergyConsumption, h, scale=1e-3),
                       attempt(n.nvmlDeviceGetTemperature, h, n.NVML_TEMPERATURE_GPU),
                       attempt(n.nvmlDeviceGetEnforcedPowerLimit, h, scale=1e-3))


def parse_smi(text, count):
    """The first line of nvidia-smi's csv,noheader,nounits output as numbers; None for what is not supported."""
    cells = [cell.strip() for cell in text.splitlines()[0].split(",")] if text.strip() else []
    cells += [""] * (count - len(cells))
    return [attempt(float, cell) for cell in cells[:count]]


class NvidiaSmi:
    def __init__(self, identity, run=subprocess.run):
        uuid, index = identity
        self._which, self._run = uuid or str(index), run
        version = self._query(["driver_version"]).strip()
        if not version:
            raise OSError("nvidia-smi does not know the device")
        self.driver = f"driver {version.splitlines()[0]}"

    def _query(self, fields):
        command = ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits", "-i", self._which]
        return self._run(command, capture_output=True, text=True, timeout=SMI_TIMEOUT_S, check=True).stdout

    def read(self):
        try:
            clock, power, temperature, limit = parse_smi(self._query(SMI_FIELDS), len(SMI_FIELDS))
        except (OSError, subprocess.SubprocessError):
            return Reading()
        return Reading(clock, power, None, temperature, limit)


class AmdSmi:
    def __init__(self, identity):
        import amdsmi
        self._smi = amdsmi
        amdsmi.amdsmi_init()
        self._handle = amdsmi.amdsmi_get_processor_handles()[identity[1]]
        self.driver = "driver " + str(amdsmi.amdsmi_get_gpu_driver_info(self._handle).get("driver_version", "unknown"))

    def _first(self, function, arguments, keys):
        try:
            table = function(self._handle, *arguments)
        except Exception:  # amdsmi's own error types
            return None
        return next((v for v in (attempt(float, table.get(key)) for key in keys) if v is not None), None)

    def read(self):
        s = self._smi
        return Reading(
            self._first(s.amdsmi_get_clock_info, [s.AmdSmiClkType.GFX], ["clk", "cur_clk"]),
            self._first(s.amdsmi_get_power_info, [], ["current_socket_power", "average_socket_power"]),
            None,
            attempt(lambda: s.amdsmi_get_temp_metric(self._handle, s.AmdSmiTemperatureType.HOTSPOT,
                                                     s.AmdSmiTemperatureMetric.CURRENT)))


def visible_index(index, visible):
    """The driver's index of a program's device under CUDA_VISIBLE_DEVICES or HIP_VISIBLE_DEVICES, or its UUID."""
    names = [name.strip() for name in visible.split(",")] if visible else []
    if index >= len(names):
        return None, index
    name = names[index]
    return (None, int(name)) if name.isdigit() else (name, index)


def open_sensors(identity, amd):
    """`identity`: (UUID or None, index)."""
    for kind in ([AmdSmi] if amd else [Nvml, NvidiaSmi]):
        try:
            return kind(identity)
        except Exception:  # not installed, no driver, no permission: the next one may work
            continue
    return NoSensors()

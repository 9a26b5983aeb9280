"""The Device interface on PyTorch, for NVIDIA (CUDA) and AMD (ROCm, which PyTorch also calls "cuda") GPUs."""

import gc
import os
import time

from gwmeasure.device import DeviceLost, Unsupported
from gwmeasure.names import catalogue_name
from gwmeasure.sensors import open_sensors, visible_index

MIN_FLUSH_BYTES = 256 << 20
DEFAULT_CACHE_BYTES = 64 << 20
INFINITY_CACHE_BYTES = 256 << 20  # AMD MI300 and later, behind the L2 that the driver reports
OPERAND_SHARE = 0.8  # of device memory that a case may fill


class NoDevice(Exception):
    """PyTorch or a GPU is missing; the message says which."""


def import_torch():
    try:
        import torch
    except ImportError:
        raise NoDevice("PyTorch is not installed in this Python; install it (pytorch.org) and run again") from None
    except OSError as error:
        raise NoDevice(f"PyTorch cannot be loaded: {first_line(error)}") from None
    if not torch.cuda.is_available():
        raise NoDevice("PyTorch sees no NVIDIA or AMD GPU (torch.cuda.is_available() is false)")
    return torch


def first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def gpu_count():
    return import_torch().cuda.device_count()


class TorchDevice:
    def __init__(self, index=0, gpu=None):
        self._torch = torch = import_torch()
        if index >= torch.cuda.device_count():
            raise NoDevice(f"there is no GPU {index}: PyTorch sees {torch.cuda.device_count()}")
        try:
            torch.cuda.set_device(index)
            properties = torch.cuda.get_device_properties(index)
        except RuntimeError as error:
            raise NoDevice(f"GPU {index} cannot be used: {first_line(error)}") from None
        self.is_amd = torch.version.hip is not None
        self.name = properties.name
        self.gpu = gpu or catalogue_name(self.name) or self.name
        self.memory_bytes = properties.total_memory
        self.cache_bytes = getattr(properties, "L2_cache_size", 0) or DEFAULT_CACHE_BYTES
        if self.is_amd:
            self.cache_bytes = max(self.cache_bytes, INFINITY_CACHE_BYTES)
        self._sensors = open_sensors(self._identity(index, properties), self.is_amd)
        self.versions = self._versions()
        self._flush = None

    def _identity(self, index, properties):
        """(UUID or None, index) for the sensors: they number devices in their own order."""
        visible = os.environ.get("HIP_VISIBLE_DEVICES" if self.is_amd else "CUDA_VISIBLE_DEVICES", "")
        uuid, driver_index = visible_index(index, visible)
        own = getattr(properties, "uuid", None)
        return (f"GPU-{own}" if own and not self.is_amd else uuid), driver_index

    def _versions(self):
        torch = self._torch
        runtime = f"ROCm {torch.version.hip}" if self.is_amd else f"CUDA {torch.version.cuda}"
        versions = f"{self._sensors.driver}, {runtime}, PyTorch {torch.__version__}"
        try:
            nccl = ".".join(map(str, torch.cuda.nccl.version()))
        except (RuntimeError, AttributeError, ImportError, TypeError):  # built without it
            return versions
        return f"{versions}, {'RCCL' if self.is_amd else 'NCCL'} {nccl}"

    @property
    def memory_in_use(self):
        """Share of the memory that is taken, by this program or another."""
        free, total = self._torch.cuda.mem_get_info()
        return 1 - free / total

    def dtypes(self):
        """Precisions of products that this chip and this PyTorch have."""
        torch = self._torch
        major_minor = torch.cuda.get_device_capability()
        has_fp8 = hasattr(torch, "_scaled_mm") and (self.is_amd or major_minor >= (8, 9))
        has_bf16 = self.is_amd or major_minor >= (8, 0)
        return (["bf16"] if has_bf16 else []) + ["fp16"] + (["fp8"] if has_fp8 else [])

    def backends(self):
        """Attention kernels; cuDNN's are the current ones from Hopper on."""
        hopper = not self.is_amd and self._torch.cuda.get_device_capability() >= (9, 0)
        return ["flash", "cudnn"] if hopper else ["flash"]

    def prepare(self, case):
        from gwmeasure import torch_kernels
        if case.bytes > OPERAND_SHARE * self.memory_bytes:
            raise Unsupported("it does not fit in the device's memory")
        return self.guarded(lambda: self._tried(torch_kernels.build(case, self.cache_bytes)))

    def _tried(self, kernel):
        """Launched once, so that what is not supported shows here, and compilation is over."""
        kernel.launch()
        self.synchronize()
        return kernel

    def guarded(self, action):
        try:
            return action()
        except (RuntimeError, TypeError, ValueError, NotImplementedError, AttributeError, AssertionError) as error:
            reason = first_line(error)
        except Exception as error:  # the compiler's own types
            if not type(error).__module__.startswith(("torch", "triton")):
                raise
            reason = first_line(error)
        self.check()
        raise Unsupported(reason)

    def check(self):
        """DeviceLost after an error that cannot be recovered from."""
        try:
            self._torch.cuda.synchronize()
        except RuntimeError as error:
            raise DeviceLost(first_line(error)) from None

    def release(self):
        gc.collect()
        self._torch.cuda.empty_cache()

    def record(self):
        event = self._torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def elapsed(self, start, end):
        return start.elapsed_time(end) * 1e-3

    def synchronize(self):
        self._torch.cuda.synchronize()

    def flush_cache(self):
        if self._flush is None:
            size = max(MIN_FLUSH_BYTES, 4 * self.cache_bytes)
            self._flush = self._torch.empty(size, dtype=self._torch.int8, device="cuda")
        self._flush.zero_()

    def now(self):
        return time.perf_counter()

    def sleep(self, seconds):
        time.sleep(seconds)

    def reading(self):
        return self._sensors.read()

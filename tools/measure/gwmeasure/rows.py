"""The row format of data/validation/kernels.csv, written so that a killed run keeps what it reported.

One row is one write of a whole line to a file opened for appending, and is on the disk before the row is
reported. A line that a kill tore off (no line feed at its end) is cut when the file is opened again; cells hold
no line breaks. A lock keeps a second run away from the file.
"""

import csv
import dataclasses
import datetime
import fcntl
import io
import os

COLUMNS = ["id", "source", "confidence", "kind", "gpu", "shape/size", "dtype", "n_gpus", "fabric", "measured_value",
           "unit", "notes"]
HEADER = (",".join(COLUMNS) + "\n").encode()


class RowsError(Exception):
    """The file cannot be written or continued."""


def decimal(value, digits=5):
    """A number with that many significant digits and no exponent."""
    text = f"{value:.{digits}g}"
    return text if "e" not in text else f"{value:.0f}" if abs(value) >= 1 else f"{value:.12f}".rstrip("0")


def line_of(row):
    """A row as one line; control characters in its cells become blanks."""
    clean = {key: "".join(c if c.isprintable() else " " for c in str(value)) for key, value in row.items()}
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerow(clean)
    return text.getvalue()


class RowWriter:
    """Appends rows to `path`. `done` are the ids that it holds."""

    def __init__(self, path, resume=False):
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise RowsError(f"cannot write {path}: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.done = self._open(resume)
        except BlockingIOError:
            self.close()
            raise RowsError(f"{path} is being written by another run") from None
        except RowsError:
            self.close()
            raise

    def _open(self, resume):
        with open(self.path, "rb") as file:
            content = file.read()
        if content and not resume:
            raise RowsError(f"{self.path} exists; give --resume to continue it, or another --out")
        whole = content[:content.rfind(b"\n") + 1]
        if content and not whole and not HEADER.startswith(content):
            raise RowsError(f"{self.path} is not a file of kernel rows; nothing was changed")
        if whole and not whole.startswith(HEADER):
            raise RowsError(f"{self.path} has other columns than {','.join(COLUMNS)}; nothing was changed")
        try:
            done = {row["id"] for row in csv.DictReader(io.StringIO(whole.decode(), newline=""), strict=True)}
        except (csv.Error, UnicodeDecodeError) as error:
            raise RowsError(f"{self.path} cannot be read: {error}; nothing was changed") from None
        if len(whole) < len(content):
            os.ftruncate(self._file, len(whole))
        if not whole:
            self._append(HEADER)
        return done

    def _append(self, data):
        try:
            while data:
                data = data[os.write(self._file, data):]
            os.fsync(self._file)
        except OSError as error:
            raise RowsError(f"cannot write {self.path}: {error.strerror}") from None

    def write(self, row):
        self._append(line_of(row).encode())
        self.done.add(row["id"])

    def close(self):
        os.close(self._file)


@dataclasses.dataclass(frozen=True)
class Provenance:
    """What all rows of one run share."""

    gpu: str  # catalogue name
    device: str  # the driver's name
    versions: str
    source: str = "own measurement (tools/measure)"
    confidence: str = "measured"
    date: str = dataclasses.field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc).date().isoformat())

    def row_id(self, case):
        gpu = "".join(c if c.isalnum() else "_" for c in self.gpu).lower()
        return f"m-{gpu}-{case.slug}"

    def row(self, case, value, notes, fabric=""):
        """`notes`: list of remarks; device, versions and date follow."""
        return dict(zip(COLUMNS, [
            self.row_id(case), self.source, self.confidence, case.kind, self.gpu, case.shape, case.dtype,
            str(case.n_gpus), fabric, decimal(value), case.unit,
            "; ".join([n for n in notes if n] + [self.device, self.versions, self.date])]))


def reading_notes(clock_mhz, power_w, power_limit_w, temperature_c):
    parts = []
    if clock_mhz is not None:
        parts.append(f"clock {clock_mhz:.0f} MHz")
    if power_w is not None:
        parts.append(f"power {power_w:.0f} W" + (f" of {power_limit_w:.0f} W" if power_limit_w else ""))
    if temperature_c is not None:
        parts.append(f"{temperature_c:.0f} C")
    return ", ".join(parts) or "no sensors"


def latency_note(seconds):
    return f"latency {decimal(seconds * 1e6, 6)} us"


def value_of(case, seconds):
    """The measured value in the case's unit."""
    if case.unit == "TFLOPS":
        return case.flops / seconds * 1e-12
    if case.unit.startswith("GB/s"):
        return case.bytes / seconds * 1e-9
    return seconds * {"us": 1e6, "ms": 1e3}[case.unit]


UNSTEADY = 0.1


def burst_row(provenance, case, kernel, burst, fabric="", remarks=()):
    s = burst.seconds
    steadiness = f"p10-p90 {100 * s.spread:.1f}%" + (", unsteady" if s.spread > UNSTEADY else "")
    outliers = f", {s.outliers} outlier{'s' if s.outliers > 1 else ''}" if s.outliers else ""
    r = burst.reading
    notes = [latency_note(s.median), kernel.note, *remarks,
             f"median of {s.count} bursts of {burst.launches}, {steadiness}{outliers}",
             "host-bound" if burst.host_bound else "",
             "after the bursts: " + reading_notes(r.clock_mhz, r.power_w, r.power_limit_w, r.temperature_c)]
    return provenance.row(case, value_of(case, s.median), notes, fabric)


def sustained_row(provenance, case, kernel, result):
    if case.unit == "W":
        if result.power_w is None:
            return None
        value = result.power_w
    else:
        value = value_of(case, result.seconds)
    notes = [latency_note(result.seconds) if result.seconds else "", kernel.note if kernel else "",
             f"sustained for {result.duration_s:.1f} s" if kernel else "at rest",
             "" if result.settled else "not settled",
             reading_notes(result.clock_mhz, result.power_w, result.power_limit_w, result.temperature_c)]
    return provenance.row(case, value, notes)

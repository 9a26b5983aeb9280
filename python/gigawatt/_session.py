"""The catalogue that answers: loaded at the first question, kept for the process."""

from __future__ import annotations

import datetime
import os
import pathlib
import shutil
import sys
import tempfile
import threading
import tomllib
from typing import Any

from . import _core, _text
from ._errors import Diagnostic, Error, InputError

#: Folders of the catalogue to which entries of one's own may be added.
KINDS = ("chips", "systems", "networks", "models", "sites", "failures", "prices")
_OWN_SOURCE = "own-entry"

_lock = threading.Lock()
_session: _core.Session | None = None
_own: dict[tuple[str, str], str] = {}  # (kind, name) -> TOML
_calibration = ""


def data_folder() -> pathlib.Path:
    """Where the catalogue is: $GIGAWATT_DATA, else what came with the package."""
    given = os.environ.get("GIGAWATT_DATA")
    here = pathlib.Path(__file__).absolute().parent
    shipped = here / "share" / "gigawatt" / "data"
    for folder in [given] if given else [shipped, *_of_build(here)]:
        if pathlib.Path(folder).is_dir():
            return pathlib.Path(folder)
    raise Error(f"the data folder is missing: {given or shipped}; set GIGAWATT_DATA")


def example(name: str) -> pathlib.Path:
    """The path of a scenario that comes with the package: `example("single-rack")`."""
    folder = data_folder().parent / "scenarios"
    file = folder / f"{name}.toml"
    if not file.is_file():
        known = ", ".join(sorted(f.stem for f in folder.glob("*.toml")))
        message = f"there is no scenario '{name}' in {folder}"
        raise InputError(message, [Diagnostic("unknown-name", "error", "", 0, 0, 1, name, message, known)])
    return file


def _of_build(here: pathlib.Path) -> list[str]:
    """In a build folder, beside the module: a file that says where the sources are."""
    note = here / "data-folder.txt"
    return [note.read_text(encoding="utf-8").strip()] if note.exists() else []


def session() -> _core.Session:
    global _session
    found = _session
    if found is None:
        with _lock:
            if _session is None:
                # Engines that run other programs find this interpreter, this package and the program by these.
                os.environ.setdefault("GIGAWATT_PYTHON", sys.executable)
                os.environ.setdefault("GIGAWATT_PYTHON_PATH", str(pathlib.Path(__file__).absolute().parents[1]))
                _session = _core.Session(str(_folder()), _calibration)
            found = _session
    return found


def _folder() -> pathlib.Path:
    return _overlay(data_folder()) if _own else data_folder()


def _overlay(base: pathlib.Path) -> pathlib.Path:
    """The data folder with own entries: links to what is there, files for what is new."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="gigawatt-data-"))
    import atexit

    atexit.register(_remove, top, os.getpid())
    for entry in base.iterdir():
        if entry.name not in {kind for kind, _ in _own} and entry.name != "sources.toml":
            (top / entry.name).symlink_to(entry)
    for kind in {kind for kind, _ in _own}:
        (top / kind).mkdir()
        for entry in (base / kind).iterdir():
            (top / kind / entry.name).symlink_to(entry)
    for (kind, name), text in _own.items():
        file = top / kind / f"{name}.toml"
        file.unlink(missing_ok=True)
        file.write_text(text, encoding="utf-8")
    own = _text.toml({_OWN_SOURCE: {"title": "Given to gigawatt.define", "citation": "the user of this process",
                                    "date": datetime.date.today(), "licence": "the user's own"}})
    sources = (base / "sources.toml").read_text(encoding="utf-8")
    (top / "sources.toml").write_text(sources if f"[{_OWN_SOURCE}]" in sources else sources + own, encoding="utf-8")
    return top


def _remove(folder: pathlib.Path, owner: int) -> None:
    if os.getpid() == owner:  # not a child that was forked
        shutil.rmtree(folder, ignore_errors=True)


def _with_sources(value: Any) -> Any:
    """Figures need a source: those that name none are the user's own."""
    if isinstance(value, dict):
        out = {k: _with_sources(v) for k, v in value.items()}
        if "value" in out and "source" not in out:
            out["source"] = _OWN_SOURCE
        return out
    if isinstance(value, (list, tuple)):
        return [_with_sources(v) for v in value]
    return value


def _entry_of(source: Any) -> dict[str, Any]:
    if isinstance(source, dict):
        return dict(source)
    text = str(source)
    if hasattr(source, "__fspath__") or ("\n" not in text and text.endswith(".toml")):
        text = pathlib.Path(source).read_text(encoding="utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"the entry is no TOML: {error}"
        raise InputError(message, [Diagnostic("not-toml", "error", "", 0, 0, 1, "", message, "")]) from None


def define(kind: str, entry: Any, *, like: str = "") -> str:
    """Adds an entry of one's own to the catalogue, for this process.

    kind: one of "chips" (accelerators), "systems", "networks", "models", "sites", "failures", "prices": the folders of the
        catalogue. An entry of the same name is replaced.
    entry: a dict, the text of a TOML file or its path, with the keys of the files in that folder. A figure is
        {"value": "80 GB"}, with "low", "high", "source" and "kind" if they are known; figures that name no source are
        said to be the user's.
    like: name of an entry from whose file the keys are taken that `entry` does not give.

    Returns the entry's name, by which questions and scenarios ask for it. Raises InputError where the entry is wrong; then
    the catalogue stays as it was.
    """
    global _session
    if kind not in KINDS:
        message = f"there is no kind '{kind}' to define"
        raise InputError(message, [Diagnostic("unknown-kind", "error", "", 0, 0, 1, kind, message, ", ".join(KINDS))])
    given = _entry_of(entry)
    if like:
        given = {**_shipped(kind, like), **given}
    name = given.get("name")
    if not isinstance(name, str) or not name or "/" in name or name.startswith("."):
        message = "an entry needs a 'name'"
        raise InputError(message, [Diagnostic("missing-key", "error", "", 0, 0, 1, "name", message, "")])
    with _lock:
        before = dict(_own)
        _own[kind, name] = _text.toml(_with_sources(given))
        fresh = _core.Session(str(_overlay(data_folder())), _calibration)
        try:
            fresh.catalog()
        except Exception:
            _own.clear()
            _own.update(before)
            raise
        _session = fresh
    return name


def _shipped(kind: str, name: str) -> dict[str, Any]:
    folder = data_folder() / kind
    for file in sorted(folder.glob("*.toml")):
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        if table.get("name") == name:
            # Names by which the other is known stay its own.
            return {k: v for k, v in table.items() if k != "aliases"}
    message = f"there is no '{name}' among the {kind} of the catalogue"
    raise InputError(message, [Diagnostic("unknown-name", "error", "", 0, 0, 1, name, message, "")])


def use(*, calibration: str | os.PathLike[str] = "") -> None:
    """Own fitted constants, which go before the shipped ones: what `gigawatt calibrate --out` wrote."""
    global _session, _calibration
    with _lock:
        _calibration = os.fspath(calibration) if calibration else ""
        _session = None

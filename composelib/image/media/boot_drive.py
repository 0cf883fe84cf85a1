"""An image as a drive of a virtual machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from composelib.errors import ComposeError
from composelib.tools import compress, qemu_img
from composelib.tools.qemu import Drive
from composelib.tools.run import run


def choose_drive(files: Sequence[Path], folder: Path) -> Drive:
    """Return an image as a drive, unpacked into a folder if it is compressed. Raise ComposeError if none of its formats can start."""
    for path in files:
        form = path.suffix.removeprefix(".")
        if form in {"iso", "raw"}:
            return Drive(path, cd=form == "iso")
        if form in qemu_img.FORMATS:
            return Drive(path, format=qemu_img.FORMATS[form][0])
    for path in files:
        form = path.suffix.removeprefix(".")
        if form in compress.COMMANDS and path.name.endswith(f".raw.{form}"):
            raw = folder / "disk.raw"
            with path.open("rb") as source, raw.open("wb") as target:
                run(compress.unpack(form), stdin=source, stdout=target)
            return Drive(raw)
    raise ComposeError(
        "none of this image's formats can be started", "add raw or qcow2 to its `formats`, or set `boot: false`"
    )

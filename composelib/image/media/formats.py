"""A raw disk or a tar in the format and compression that an image is delivered in."""

from __future__ import annotations

from pathlib import Path

from composelib.files import link, written_aside
from composelib.tools import compress, qemu_img
from composelib.tools.run import run


def programs(form: str) -> set[str]:
    """Give the programs that a format needs."""
    words = set(form.split("."))
    needed = {compress.COMMANDS[word][0] for word in words & set(compress.COMMANDS)}
    return needed | ({"qemu-img"} if words & set(qemu_img.FORMATS) else set())


def deliver(source: Path, form: str, output: Path, number: str, epoch: int) -> None:
    """Give a raw disk or a tar its format and compression, `qcow2`, `raw.xz`, under its final name; `number` is its UUID."""
    base, _, compression = form.partition(".")
    converted = source.with_suffix(f".{base}")
    if base in qemu_img.FORMATS and not converted.exists():
        run(qemu_img.convert(source, converted, base))
        qemu_img.settle(converted, base, number, epoch)
    if not compression:
        link(converted, output)
        output.chmod(0o644)
        return
    with written_aside(output) as aside, converted.open("rb") as stream, aside.open("wb") as target:
        aside.chmod(0o644)
        run(compress.to_stdout(compression), stdin=stream, stdout=target)

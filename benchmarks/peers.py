"""Commands that do the same work, measured in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Peer:
    """A command that is measured, with what its runs took."""

    program: str
    command: Sequence[str]
    folder: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    """Brings the command to where it starts; it is not measured."""
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: float = 0

    def run(self) -> None:
        """Run it once, to the end of what it prints."""
        self.before()
        environ = {**os.environ, **self.env}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # all run as installed programs do: compiled once
        start = time.monotonic()
        process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, cwd=self.folder
        )
        assert process.stdout  # noqa: S101 - it was asked for
        while process.stdout.read(1 << 20):
            pass
        _, process.returncode, used = os.wait4(process.pid, 0)
        self.wall.append(time.monotonic() - start)
        self.cpu.append(used.ru_utime + used.ru_stime)
        self.peak = max(self.peak, used.ru_maxrss / 1024)
        if process.returncode:
            raise SystemExit(f"{self.command[:4]}: status {process.returncode}")

    @property
    def seconds(self) -> tuple[float, float]:
        """The medians of its runs: by the clock, and of the processors."""
        return statistics.median(self.wall), statistics.median(self.cpu)


@dataclass(frozen=True)
class Comparison:
    """A task, and the commands that do it, ours first."""

    title: str
    peers: Sequence[Peer]


def measure(title: str, peers: Sequence[Peer], runs: int) -> Comparison:
    """Run all in turn, so that a slow moment of the machine is everyone's; print medians, and ratios to the first."""
    for peer in peers:
        peer.run()
        if runs > 1:  # the first was to warm up
            peer.wall.clear()
            peer.cpu.clear()
    for _ in range(runs if runs > 1 else 0):
        for peer in peers:
            peer.run()
    wall, cpu = peers[0].seconds
    print(title, flush=True)
    for peer in peers:
        own = peer.seconds
        row = f"  {peer.program:34} {own[0]:7.3f} s {own[1]:7.3f} s CPU {peer.peak:6.0f} MiB"
        print(f"{row}   {own[0] / wall:6.2f} {own[1] / cpu:6.2f}", flush=True)
    return Comparison(title, peers)

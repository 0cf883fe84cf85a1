"""A folder, here or elsewhere, that composes are published to: by rsync, or through rclone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

from composelib.dataclass import dataclass
from composelib.errors import ConfigError
from composelib.tools import rclone, rsync
from composelib.tools.run import run

RSYNC, RCLONE = "rsync:", "rclone:"
Manner = Literal["add", "replace", "swap"]
"""How files come to a folder: beside others, in place of others of their names, or each at once in place of another."""
TIMEOUT = 24 * 3600  # seconds that one copy may take


class Destination(Protocol):
    """A folder that files are put into; all paths are relative to it."""

    def list_files(self, folder: str) -> set[str]:
        """Return the paths of all files below a folder, relative to that; none if it is not there. Raise ToolError."""

    def read(self, path: str) -> bytes | None:
        """Return a file's content; None if there is none. Raise ToolError."""

    def write(self, path: str, content: bytes) -> None:
        """Write a file, in place of another at once. Raise ToolError."""

    def send(self, tree: Path, folder: str, names: Collection[str], former: str = "") -> None:
        """Copy files of a tree here; those of a `former` folder of the destination need not be sent again."""

    def spread(self, tree: Path, source: str, folder: str, names: Collection[str], manner: Manner) -> None:
        """Copy files from one folder of the destination to another; `tree` is the copy of the first one on this machine."""

    def remove(self, folder: str, names: Collection[str]) -> None:
        """Remove files below a folder."""


def open_destination(text: str) -> Destination:
    """Return the destination that a word names: `rsync:HOST:PATH`, `rclone:REMOTE:PATH`, or the path of a folder."""
    if text.startswith(RCLONE):
        return RcloneDestination(text.removeprefix(RCLONE).rstrip("/"))
    if text.startswith(RSYNC):
        return RsyncDestination(text.removeprefix(RSYNC).rstrip("/"))
    if not text or text.startswith("-") or (":" in text and "/" not in text.partition(":")[0]):
        raise ConfigError(
            f"--to={text}: is no folder", f"--to={RSYNC}HOST:PATH or --to={RCLONE}REMOTE:PATH name another machine's"
        )
    return RsyncDestination(str(Path(text).absolute()), is_here=True)


@contextmanager
def write_name_list(names: Collection[str], end: str) -> Iterator[Path]:
    """Yield a file with sorted names, each before `end`."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "names")
        path.write_text("".join(f"{name}{end}" for name in sorted(names)), errors="surrogateescape")
        yield path


@dataclass(frozen=True)
class RsyncDestination:
    """A folder that rsync reaches; each file appears whole."""

    root: str
    is_here: bool = False
    """Whether it is a folder of this machine."""

    def locate(self, path: str) -> str:
        """Return rsync's name of a path."""
        return f"{self.root}/{path}"

    def list_files(self, folder: str) -> set[str]:
        """Return the paths of all files below a folder."""
        ran = run(rsync.list_below(f"{self.locate(folder)}/"), capture=True, ok=(0, rsync.MISSING), timeout=TIMEOUT)
        return rsync.parse_listed(ran.stdout.decode(errors="surrogateescape"))

    def read(self, path: str) -> bytes | None:
        """Return a file's content."""
        with TemporaryDirectory() as folder:
            target = Path(folder, "file")
            run(rsync.copy_single(self.locate(path), str(target)), ok=(0, rsync.MISSING))
            return target.read_bytes() if target.is_file() else None

    def write(self, path: str, content: bytes) -> None:
        """Write a file."""
        with TemporaryDirectory() as folder:
            source = Path(folder, "file")
            source.write_bytes(content)
            source.chmod(0o644)
            run(rsync.copy_single(str(source), self.locate(path)))

    def send(self, tree: Path, folder: str, names: Collection[str], former: str = "") -> None:
        """Copy files of a tree."""
        self.copy(f"{tree}/", folder, names, former, "add")

    def spread(self, tree: Path, source: str, folder: str, names: Collection[str], manner: Manner) -> None:
        """Copy files from one folder to another: rsync takes those of another machine from the tree here, and links them there."""
        origin = Path(self.locate(source)) if self.is_here else tree
        if not origin.is_dir():
            raise ConfigError(
                f"{origin}: is not there, and rsync cannot copy from folder to folder of another machine",
                "do it on the machine that published it, before `prune` removes it",
            )
        self.copy(f"{origin}/", folder, names, source, manner)

    def copy(self, source: str, folder: str, names: Collection[str], former: str, manner: Manner) -> None:
        """Copy files to a folder; those that the former one has are linked, but those that are swapped are new by their times."""
        target = f"{self.locate(folder)}/"
        with write_name_list(names, "\0") as listed:
            if manner == "swap":
                run(rsync.copy_anew(source, target, listed), timeout=TIMEOUT)
                return
            link_from = f"{'../' * (folder.count('/') + 1)}{former}" if former else ""
            run(rsync.copy_listed(source, target, listed, link_from, replace=manner == "replace"), timeout=TIMEOUT)

    def remove(self, folder: str, names: Collection[str]) -> None:
        """Remove files, and the folders that this leaves empty."""
        with write_name_list(rsync.list_rules(set(names)), "\n") as rules, TemporaryDirectory() as empty:
            run(rsync.remove(f"{empty}/", f"{self.locate(folder)}/", rules), ok=(0, rsync.MISSING), timeout=TIMEOUT)


@dataclass(frozen=True)
class RcloneDestination:
    """A folder that rclone reaches."""

    root: str

    def locate(self, path: str) -> str:
        """Return rclone's name of a path."""
        return f"{self.root}/{path}"

    def list_files(self, folder: str) -> set[str]:
        """Return the paths of all files below a folder."""
        ran = run(rclone.list_below(self.locate(folder)), capture=True, ok=(0, *rclone.MISSING), timeout=TIMEOUT)
        return set(ran.stdout.decode(errors="surrogateescape").splitlines())

    def read(self, path: str) -> bytes | None:
        """Return a file's content."""
        ran = run(rclone.print_file(self.locate(path)), capture=True, ok=(0, *rclone.MISSING))
        return ran.stdout if ran.returncode == 0 and ran.stdout else None

    def write(self, path: str, content: bytes) -> None:
        """Write a file beside its name, then rename it: not all that rclone reaches writes a file at once."""
        with TemporaryDirectory() as folder:
            source = Path(folder, "file")
            source.write_bytes(content)
            run(rclone.copy_single(str(source), self.locate(f"{path}.new")))
        run(rclone.move_file(self.locate(f"{path}.new"), self.locate(path)))

    def send(self, tree: Path, folder: str, names: Collection[str], former: str = "") -> None:  # noqa: ARG002 - as rsync's
        """Copy files of a tree."""
        self.copy(str(tree), folder, names, replace=False)

    def spread(self, tree: Path, source: str, folder: str, names: Collection[str], manner: Manner) -> None:  # noqa: ARG002 - the server has it
        """Copy files from one folder to another."""
        if manner != "swap":
            self.copy(self.locate(source), folder, names, replace=manner == "replace")
            return
        for name in sorted(names):
            self.write(f"{folder}/{name}", self.read(f"{source}/{name}") or b"")

    def copy(self, source: str, folder: str, names: Collection[str], *, replace: bool) -> None:
        """Copy files to a folder."""
        with write_name_list(names, "\n") as listed:
            words = (source, self.locate(folder), listed)
            if replace or run(rclone.copy_listed(*words), ok=(0, rclone.FAILED), timeout=TIMEOUT).returncode:
                run(rclone.copy_through(*words, replace=replace), timeout=TIMEOUT)

    def remove(self, folder: str, names: Collection[str]) -> None:
        """Remove files, and the folders that this leaves empty."""
        with write_name_list(names, "\n") as listed:
            run(rclone.remove(self.locate(folder), listed), ok=(0, *rclone.MISSING), timeout=TIMEOUT)
        run(rclone.remove_empty_folders(self.locate(folder)), ok=(0, *rclone.MISSING), timeout=TIMEOUT)

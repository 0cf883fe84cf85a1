"""mmdebstrap: a root file system out of packages (mmdebstrap(1))."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def bootstrap(
    target: Path,
    sources: Path,
    *,
    suite: str,
    arches: Iterable[str],
    include: Iterable[str],
    root: bool,
    options: Iterable[str] = (),
    setup: Iterable[str] = (),
    customize: Iterable[str] = (),
) -> list[str]:
    """Return the command that makes a tar of the essential packages and those of `include`.

    `sources` is a sources.list(5) file, `options` are lines of apt.conf(5), `setup` and `customize` are hooks: paths of
    programs or shell commands, which get the root's path. Without `root` it works in a user namespace.
    """
    return [
        "mmdebstrap",
        "--verbose",
        f"--mode={'root' if root else 'unshare'}",
        "--variant=essential",
        "--format=tar",
        f"--architectures={','.join(arches)}",
        f"--include={','.join(include)}",
        *(f"--aptopt={option}" for option in options),
        *(f"--setup-hook={hook}" for hook in setup),
        *(f"--customize-hook={hook}" for hook in customize),
        suite,
        str(target),
        str(sources),
    ]

"""A cage: a program in namespaces of its own that can write to one folder alone, for work on files of strangers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

LARGEST = 32 << 30
"""The most bytes that a file may have."""
MEMORY = 8 << 30
"""The most bytes of memory that a process may have."""
SECONDS = 3600
"""The most seconds of processor time that a process may take."""
NAMESPACES = ("--user", "--map-root-user", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child")
ENTER = f"""\
set -eu
root=$1 work=$2
shift 2
mount -t tmpfs -o mode=755,size=1m none "$root"
mkdir "$root/etc" "$root/dev" "$root/tmp" "$root/work"
for name in usr bin sbin lib lib32 lib64 libx32 etc/alternatives etc/dpkg etc/ld.so.cache; do
    if [ -L "/$name" ]; then cp -P "/$name" "$root/$name"; continue; fi
    if [ -d "/$name" ]; then mkdir "$root/$name"; elif [ -e "/$name" ]; then : > "$root/$name"; else continue; fi
    mount --rbind "/$name" "$root/$name"
    mount -o remount,bind,ro "$root/$name"
done
for name in null zero urandom; do : > "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
mount --bind "$work" "$root/work"
mount -o remount,bind,nosuid,nodev "$root/work"
cd "$root"
umask 022
exec chroot . setpriv --no-new-privs --inh-caps=-all --bounding-set=-all \\
    prlimit --core=0 --data={MEMORY} --fsize={LARGEST} --cpu={SECONDS} -- env -C /work TMPDIR=/work HOME=/work DEB_VENDOR=Debian "$@"
"""
"""The shell program that makes the cage and enters it: ROOT FOLDER COMMAND…"""


def confine(program: Path, root: Path, folder: Path, argv: Sequence[str]) -> list[str]:
    """Return the command that runs another one in `folder`, which is /work there.

    `program` is a file with `ENTER`, `root` an empty folder. What runs sees no network, none of the machine's files but
    programs and libraries, read-only, and has no capabilities. However it ends, none of its processes and none of its
    mounts remains.
    """
    paths = [str(path.absolute()) for path in (program, root, folder)]
    return ["unshare", *NAMESPACES, "--", "sh", *paths, *argv]

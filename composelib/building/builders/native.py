"""The builder `native`: dpkg-buildpackage in namespaces of its own, on an overlay over the chroot that is unpacked once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.building.build_job import BuildJob
from composelib.building.confinement import keep_folder, lend_folder, run_inside
from composelib.building.environment import (
    BUILD_USER,
    describe_root,
    find_dsc,
    hold_folder,
    limit_memory,
    link_debs,
    link_source,
    render_build,
)
from composelib.building.failed_build import keep_failed, tidy_layer
from composelib.errors import ComposeError
from composelib.files import remove_tree, sha256_of
from composelib.tools.run import ToolError

UNPACK = "exec tar --extract --file=- --no-same-owner --preserve-permissions --exclude=./dev/* --directory=."
INSTALL = f"""set -eu
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
echo '127.0.0.1 localhost' > /etc/hosts
: > /etc/resolv.conf
echo '{BUILD_USER}:x:1000:1000::/nonexistent:/bin/sh' >> /etc/passwd
echo '{BUILD_USER}:x:1000:' >> /etc/group
[ "$1" = "$2" ] || dpkg --add-architecture "$1"
set -- /debs/*.deb
if [ -e "$1" ]; then
    apt-get --quiet --quiet --yes --no-install-recommends --allow-downgrades --allow-remove-essential \\
        -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=/dev/null \\
        -o Dir::State::Lists=/tmp/lists -o Dpkg::Use-Pty=0 -o DPkg::Options::=--force-unsafe-io install "$@"
    rm -rf /tmp/lists
fi
rm -f /usr/sbin/policy-rc.d
"""
BUILD = """set -u
perl -e '$up = pack("a16s", "lo", 0x41); socket(S, 2, 2, 0) and ioctl(S, 0x8914, $up) or warn "no loopback network: $!\\n"'
echo 0 > /proc/sys/user/max_user_namespaces
mkdir /build
chown 1000:1000 /build
setpriv --reuid=1000 --regid=1000 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \\
    prlimit --core=0 --nproc="$1" --data="$2" --fsize="$3" -- sh -c "$4"
status=$?
for process in /proc/[0-9]*; do
    [ "$process" = /proc/1 ] || { read -r name < "$process/comm" && echo "warning: the build left $name running; it was ended"; }
done 2> /dev/null
kill -9 -1 2> /dev/null
[ $status = 0 ] || exit $status
find /build -maxdepth 1 -type f ! -name '*.dsc' ! -name '*.tar.*' -exec cp --no-preserve=all -t /results '{}' +
"""


def build_binaries(job: BuildJob, results: Path) -> None:
    """Build a source package; leave what was built in the folder `results`. Raise ToolError if the build fails."""
    with hold_folder(job.unpacked):
        base = unpack_chroot(job)
    layer = install_dependencies(job, base)
    source = link_source(job, job.scratch / "source")
    with lend_folder(job.scratch / "build") as folder:
        text = render_build(job, f"/source/{find_dsc(job.source).name}")
        limits = job.limits
        words = [*map(str, (limits.processes, limit_memory(limits), limits.file_size)), text]
        with keep_failed(job, folder):
            run_inside(
                folder,
                ["/bin/sh", "-c", BUILD, "build", *words],
                limits.seconds,
                lower=(layer, base),
                read={"/source": source},
                write={"/results": results},
                arch=job.root_arch,
                memory=limits.memory,
                disk=limits.disk,
            )


def unpack_chroot(job: BuildJob) -> Path:
    """Return the folder of the chroot; unpack it unless that of the same packages is there."""
    return keep_folder(job.unpacked / "root", sha256_of(job.chroot_packages), partial(unpack_tar, job.chroot))


def unpack_tar(tar: Path, folder: Path) -> None:
    """Unpack a chroot into a folder; all files become root's, so that anybody's `rm` removes it."""
    with tar.open("rb") as stream:
        run_inside(folder, ["/bin/sh", "-c", UNPACK], stdin=stream)


def install_dependencies(job: BuildJob, base: Path) -> Path:
    """Return the folder of what the build dependencies change in the chroot; make it unless that of the same list is there."""
    return keep_folder(job.scratch / "layer", describe_root(job), partial(install_debs, job, base)) / "upper"


def install_debs(job: BuildJob, base: Path, folder: Path) -> None:
    """Install the build dependencies on an overlay over the chroot. Raise ComposeError if one cannot be installed."""
    debs = folder / "debs"
    link_debs(job, debs)
    try:
        words = ["install", job.arch, job.root_arch]
        run_inside(folder, ["/bin/sh", "-c", INSTALL, *words], lower=(base,), read={"/debs": debs}, arch=job.root_arch)
    except ToolError as error:
        cause = error.message.rpartition(": ")[2]
        raise ComposeError(
            f"{job.label}: what it is built with could not be installed ({cause})", "see its log"
        ) from None
    remove_tree(debs)
    tidy_layer(folder)

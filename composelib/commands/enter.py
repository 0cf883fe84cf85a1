"""`doit enter`: a shell in an image's root file system, or in the root of a build as the failed build left it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composelib.building.builders.native import install_dependencies, unpack_chroot
from composelib.building.confinement import clear, enter_sandbox, lend_folder, run_inside
from composelib.building.environment import find_dsc, hold_folder, link_source, render_entry
from composelib.building.failed_build import find_failed
from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.named_image import find_deliverable
from composelib.commands.shared.question import Question
from composelib.dataclass import dataclass
from composelib.engine.doit_commands import Options
from composelib.engine.lock import hold_lock
from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image_traits import Image, RootedImage
from composelib.preflight import silence
from composelib.program import PROGRAM
from composelib.stages.build import BuildTask, describe_build

BUILD = "build:"
"""What the name of a build's task begins with."""
UNPACK = (
    "exec tar --extract --file=- --numeric-owner --same-owner --preserve-permissions --exclude=./dev/* --directory=."
)
SHELL = ("/bin/sh", "-c", "[ -x /bin/bash ] && exec /bin/bash --login; exec /bin/sh -l")
PREFIX = ("/usr/bin/env",)
"""Finds the command by its name."""
AS_BUILDER = """set -e
mkdir -p /build
chown -R 1000:1000 /build
text=$1
shift
exec setpriv --reuid=1000 --regid=1000 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- sh -c "$text" sh "$@"
"""
"""A failed build's files were made root's when they were kept."""


@dataclass(frozen=True)
class ImageRoot:
    """The tar of a root file system, and the arch of its programs."""

    tar: Path
    arch: str


@dataclass(frozen=True)
class SandboxRoot:
    """A root to enter: folders, the topmost first, folders to read in it, and the words before those of the command."""

    lower: tuple[Path, ...]
    read: dict[str, Path]
    prefix: tuple[str, ...] = ()
    arch: str = ""
    """The arch of its programs; empty for the machine's."""


class EnterCommand(Question):
    """Opens a shell, or runs a program, in a root."""

    name = "enter"
    doc_purpose = "open a shell in an image's root file system, or where a build failed"
    doc_usage = "IMAGE|VARIANT:ARCH:IMAGE|build:ARCHIVE:SOURCE:ARCH [-- COMMAND ...]"
    doc_description = (
        "Whatever is written there is dropped at the end; there is no network. A build is as the failed one of the builder"
        " `native` left it, else as it begins. While it is open no run can work on the compose."
    )

    def parse_words(self, line: list[str]) -> tuple[Options, list[str]]:
        """Separate options from words; those after `--` are the command's."""
        end = line.index("--") if "--" in line else len(line)
        options, words = super().parse_words(line[:end])
        return {**options, "command": line[end + 1 :]}, words

    def answer(self, options: Options, words: list[str]) -> int:
        """Run the shell or the command; return its exit status."""
        if len(words) != 1:
            raise ConfigError(f"{PROGRAM} enter: it takes one image or build", f"`{PROGRAM} help enter`")
        compose = load_current_compose()
        subject = find_build(compose, words[0]) if words[0].startswith(BUILD) else find_root(compose, words[0])
        scratch = compose.paths.work("tmp")
        with hold_lock(compose.paths.root / "lock", scratch):
            scratch.mkdir(parents=True, exist_ok=True)
            with lend_folder(scratch / "enter") as folder:
                opened = open_build(subject, folder) if isinstance(subject, BuildTask) else open_image(subject, folder)
                with opened as root:
                    (folder / "session").mkdir()
                    argv = [*(root.prefix or PREFIX), *(options["command"] or SHELL)]
                    status = enter_sandbox(folder / "session", argv, lower=root.lower, read=root.read, arch=root.arch)
                with silence():
                    clear(folder)
        return status


def find_root(compose: Compose, word: str) -> ImageRoot:
    """Return the root file system of an image. Raise ConfigError if there is none."""
    deliverable = find_deliverable(compose, word)
    if deliverable is None:
        names = ", ".join(item.name for item in compose.deliverables(Image) if isinstance(item.image, RootedImage))
        raise ConfigError(f"{word}: no image of this name", f"there are {names or 'none with a root file system'}")
    return ImageRoot(locate_root(compose, deliverable), deliverable.arch)


def locate_root(compose: Compose, deliverable: Deliverable[Image]) -> Path:
    """Return the tar that an image, or the commit that it is made from, is made of. Raise ConfigError if there is none."""
    image = deliverable.source or deliverable.image
    if not isinstance(image, RootedImage):
        raise ConfigError(
            f"{deliverable.name}: an image of kind {image.kind} has no root file system", "name another one"
        )
    tar = compose.paths.rootfs(deliverable.variant.name, deliverable.arch, image.name)
    if not tar.is_file():
        task = f"rootfs:{deliverable.variant.name}:{deliverable.arch}:{image.name}"
        raise ConfigError(f"{deliverable.name}: not made yet", f"`{format_call(compose, task)}`")
    return tar


def find_build(compose: Compose, word: str) -> BuildTask:
    """Return the build that a task's name stands for. Raise ConfigError if there is none, or nothing to build it in yet."""
    build = next((build for build in compose.builds if word == f"{BUILD}{build.name}"), None)
    if build is None:
        names = ", ".join(f"{BUILD}{build.name}" for build in compose.builds)
        raise ConfigError(f"{word}: no build of this name", f"there are {names or 'no builds'}")
    task = describe_build(compose, build)
    job = task.build
    if not all(path.is_file() for path in (job.chroot, job.chroot_packages, job.dependencies, job.record)):
        raise ConfigError(f"{word}: nothing was made for it yet", f"`{format_call(compose, word)}`")
    return task


@contextmanager
def open_image(image: ImageRoot, folder: Path) -> Iterator[SandboxRoot]:
    """Yield the root of an image, unpacked."""
    root = folder / "root"
    root.mkdir()
    with silence(), image.tar.open("rb") as stream:
        run_inside(root, ["/bin/sh", "-c", UNPACK], stdin=stream)
    yield SandboxRoot((root,), {}, arch=image.arch)


@contextmanager
def open_build(task: BuildTask, folder: Path) -> Iterator[SandboxRoot]:
    """Yield the root of a build with what it is built with, its source, and what a failed build left."""
    job = task.build
    job.scratch.mkdir(parents=True, exist_ok=True)
    with hold_folder(job.unpacked), silence():
        base = unpack_chroot(job)
        layer = install_dependencies(job, base)
        source = link_source(job, folder / "source")
    failed = find_failed(job)
    text = f'{render_entry(job, f"/source/{find_dsc(job.source).name}")} TERM="$TERM" "$@"'
    lower = (*((failed,) if failed else ()), layer, base)
    yield SandboxRoot(lower, {"/source": source}, ("/bin/sh", "-c", AS_BUILDER, "sh", text), job.root_arch)

"""mkosi: its configuration as text, and the command that builds by it (mkosi(1), version 25 and later)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

PROGRAM = "mkosi"
ARCHES = {"amd64": "x86-64", "arm64": "arm64"}
MOUNT_POINT = Path("/mnt")  # where mkosi sees its folder, as it takes no path with a blank
TREE = MOUNT_POINT / "compose"
SPACE = "space"  # the folder below its own that it works in


def render_configuration(sections: Mapping[str, Iterable[tuple[str, str]]]) -> str:
    """Return the text of a mkosi.conf."""
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in settings) for name, settings in sections.items()
    )


def describe_root(suite: str, arch: str, packages: Iterable[str], epoch: int) -> dict[str, list[tuple[str, str]]]:
    """Return the configuration, by section, that makes a root file system of the packages as `output/root.tar`.

    The repositories' sources are in `sandbox`, and the scripts beside that folder. `Bootable` is `no`, as the
    kernel's own packages make the initramfs, not mkosi.
    """
    return {
        "Distribution": [
            ("Distribution", "debian"),
            ("Release", suite),
            ("Architecture", ARCHES[arch]),
            ("LocalMirror", f"file://{TREE}"),
        ],
        "Output": [
            ("Format", "tar"),
            ("Output", "root"),
            ("OutputDirectory", "output"),
            ("CompressOutput", "no"),
            ("ManifestFormat", ""),
            ("SplitArtifacts", ""),
        ],
        "Content": [
            ("Bootable", "no"),
            ("Packages", " ".join(packages)),
            ("WithRecommends", "no"),
            ("WithDocs", "yes"),
            ("CleanPackageMetadata", "no"),
            ("SourceDateEpoch", str(epoch)),
            ("FinalizeScripts", "clean-up.chroot"),
        ],
        "Build": [
            ("BuildSources", ""),
            ("SandboxTrees", "sandbox"),
            ("CacheDirectory", "cache"),
            ("PackageCacheDirectory", "packages"),
            ("WorkspaceDirectory", SPACE),
            ("Incremental", "no"),
            ("WithNetwork", "no"),
            ("History", "no"),
        ],
    }


def build(folder: Path, tree: Path) -> list[str]:
    """Return the command that builds by the configuration in a folder; run it through `isolate`.

    mkosi sees the folder at MOUNT_POINT, and `tree`, which has all repositories, at TREE.
    """
    script = f'mount --bind "$1" "$2/{TREE.name}"; mount --rbind "$2" {MOUNT_POINT}; shift 2; exec "$@"'
    return [
        "sh",
        "-euc",
        script,
        "sh",
        str(tree),
        str(folder),
        PROGRAM,
        "--directory",
        str(MOUNT_POINT),
        "--force",
        "build",
    ]

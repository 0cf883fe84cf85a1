"""mkosi: its configuration as text, and the command that builds what that describes (mkosi(1), version 25 and later)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

PROGRAM = "mkosi"
ARCHES = {"amd64": "x86-64", "arm64": "arm64"}
SPACE = "space"  # the folder below its own that it works in


def configuration(sections: Mapping[str, Iterable[tuple[str, str]]]) -> str:
    """Give the text of a mkosi.conf."""
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in settings) for name, settings in sections.items()
    )


def root_as_tar(
    folder: Path, mirror: Path, suite: str, arch: str, packages: Iterable[str], epoch: int
) -> dict[str, list[tuple[str, str]]]:
    """Give the configuration by which the packages make a root file system, `output/root.tar` below `folder`.

    `mirror` is a folder that the package manager sees; its sources lie in `sandbox`, scripts beside them. The kernel's
    own packages make the initramfs, as nothing of mkosi's is to boot it.
    """
    return {
        "Distribution": [
            ("Distribution", "debian"),
            ("Release", suite),
            ("Architecture", ARCHES[arch]),
            ("LocalMirror", f"file://{mirror}"),
        ],
        "Output": [
            ("Format", "tar"),
            ("Output", "root"),
            ("OutputDirectory", f"{folder}/output"),
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
            ("PostInstallationScripts", f"{folder}/customize.chroot"),
            ("FinalizeScripts", f"{folder}/clean-up.chroot"),
        ],
        "Build": [
            ("BuildSources", ""),
            ("SandboxTrees", f"{folder}/sandbox"),
            ("CacheDirectory", f"{folder}/cache"),
            ("PackageCacheDirectory", f"{folder}/packages"),
            ("WorkspaceDirectory", f"{folder}/{SPACE}"),
            ("Incremental", "no"),
            ("History", "no"),
        ],
    }


def build(folder: Path) -> list[str]:
    """Give the command that builds what the configuration in a folder describes."""
    return [PROGRAM, "--directory", str(folder), "--force", "build"]

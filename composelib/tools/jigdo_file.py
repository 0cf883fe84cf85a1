"""jigdo-file: an image as a list of the files in it and a template of the rest (jigdo-file(1))."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def make_template(
    image: Path, jigdo: Path, template: Path, files: Path, labels: Mapping[str, tuple[Path, str]]
) -> list[str]:
    """Return the command that writes an image's .jigdo and .template.

    `files` lists the files that may be in it, a path a line, with `//` after the folder that a label stands for;
    `labels` are each label's folder and the URL that its files are below.
    """
    words = []
    for label, (folder, url) in sorted(labels.items()):
        words += ["--label", f"{label}={folder}", "--uri", f"{label}={url}"]
    options = [f"--image={image}", f"--jigdo={jigdo}", f"--template={template}", f"--files-from={files}"]
    return ["jigdo-file", "make-template", "--force", "--no-cache", "--report=noprogress", *options, *words]


def verify_template(image: Path, template: Path) -> list[str]:
    """Return the command that checks whether an image has the checksum that its template says."""
    return ["jigdo-file", "verify", "--report=noprogress", f"--image={image}", f"--template={template}"]


def make_image(jigdo: Path, template: Path, image: Path, files: Path) -> list[str]:
    """Return the command that makes the image again from a template and the files listed."""
    options = [f"--image={image}", f"--jigdo={jigdo}", f"--template={template}", f"--files-from={files}"]
    return ["jigdo-file", "make-image", "--force", "--no-cache", "--report=noprogress", *options]

"""The keys of images."""

from __future__ import annotations

from composelib.config.keys.common import ARCH_LIST, AWAY, PACKAGES, VOLUME_ID, name_of
from composelib.config.keys.containers import ListOf, TrueOr
from composelib.config.keys.customize import CUSTOMIZE
from composelib.config.keys.extra_file import FILES
from composelib.config.keys.record import Key, Record
from composelib.config.keys.types import Choice, FilePath, Flag, Size, Text

PLACEHOLDERS = ("short", "version", "codename", "variant", "arch", "image")
KINDS = ("iso", "live", "disk", "ostree", "container", "ostree-installer", "netboot", "root")
ROOTED = ("live", "disk", "ostree", "container", "root")  # kinds whose packages are installed in a root file system
BOOTED = ("iso", "live", "disk", "ostree", "ostree-installer", "netboot")

IMAGE = Record(
    "image",
    "A deliverable that is not a repository.",
    (
        Key("kind", Choice(KINDS), "What it is.", required=True),
        Key("arches", ARCH_LIST, "The arches it is made for; all of its variant's by default."),
        Key("failable", TrueOr(ARCH_LIST), "May fail, on all or on these arches, without dooming the compose.", False),
        Key("max-size", Size(), "Larger is an error."),
        Key("packages", PACKAGES, "What is installed in it; the variant's packages by default.", only=ROOTED),
        Key(
            "recommends",
            Flag(),
            "Install what these packages recommend, which the variant then has.",
            default=False,
            only=ROOTED,
        ),
        Key("exclude", AWAY, "Never installed in it.", only=ROOTED),
        Key("scripts", ListOf(FilePath("file"), "scripts"), "Run in the root file system, in this order.", only=ROOTED),
        Key("files", FILES, "Files put into it."),
        Key("customize", CUSTOMIZE, "Users, host name, services and the like.", only=ROOTED),
        Key(
            "boot",
            TrueOr(Text("a line to wait for", r"\S.*")),
            "Boot it as a test and wait for `login:`, or for this line.",
            default=False,
            only=BOOTED,
            stage="test",
        ),
        Key(
            "installer",
            Flag(),
            "Debian's installer is on it, with all it takes to install.",
            default=False,
            only=("iso",),
            stage="buildinstall",
        ),
        Key("preseed", FilePath("file"), "Answers for the installer.", only=("iso", "netboot"), stage="buildinstall"),
        Key("split", Flag(), "As many media as `max-size` makes of it.", default=False, only=("iso",)),
        Key("jigdo", Flag(), "A .jigdo and .template beside it.", default=False, only=("iso",), stage="jigdo"),
        Key(
            "extra-variants",
            ListOf(name_of("a variant"), "variants"),
            "Further variants on it.",
            only=("iso",),
        ),
        Key("source", Flag(), "A medium of source packages.", default=False, only=("iso",)),
        Key("optional", Flag(), "Its variants' components `optional` are on it.", default=False, only=("iso",)),
        Key(
            "volume-id",
            VOLUME_ID,
            "The volume ID; made of the release's, variant's and arch's names by default.",
            only=("iso", "live", "ostree-installer", "netboot"),
        ),
        Key(
            "builder",
            Choice(("native", "mkosi", "kiwi", "osbuild")),
            "What makes the disk.",
            "native",
            only=("disk",),
        ),
        Key(
            "formats",
            ListOf(
                Text(
                    "a disk format",
                    r"(?:raw|qcow2|vmdk|vdi|vhd|tar)(?:\.(?:gz|xz|zst))?",
                    "raw, qcow2, vmdk, vdi, vhd or tar; .gz, .xz or .zst after it compresses",
                ),
                "disk formats",
            ),
            "The formats it is made in; `raw` by default, a root's `tar`.",
            only=("disk", "root"),
        ),
        Key("size", Size(), "The disk's size.", only=("disk",)),
        Key("cloud-init", Flag(), "Set up by cloud-init at its first boot.", default=False, only=("disk",)),
        Key(
            "ref",
            Text("a ref such as demo/{version}/{arch}/edge", r"[A-Za-z0-9{][A-Za-z0-9._/{}-]*", longest=200),
            "The ref that the commit is put on; {placeholders} are filled in.",
            default="{short}/{version}/{arch}/{image}",
            only=("ostree",),
        ),
        Key("deltas", Flag(), "Static deltas from the commit before.", default=True, only=("ostree",)),
        Key(
            "from",
            name_of("an image"),
            "The image of this variant that it is made of.",
            only=("disk", "container", "ostree-installer"),
        ),
        Key("bootc", Flag(), "Labelled for bootc: the container boots.", default=False, only=("container",)),
        Key(
            "push",
            Text(
                "a registry's name for it",
                r"[A-Za-z0-9{][^\s@]*",
                "HOST/NAME:TAG, without a password",
                environment=True,
            ),
            "Where it is pushed to; {placeholders} are filled in.",
            only=("container",),
        ),
    ),
)

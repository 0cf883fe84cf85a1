"""apt-get and apt: the solver, and a configuration that takes nothing from the machine's own apt."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote


def format_configuration(state: Path, arch: str, foreign: Iterable[str] = (), *, recommends: bool = False) -> str:
    """Return an apt.conf(5) for APT_CONFIG that has all of apt's state below one folder.

    The sources belong in `state`/sources.sources, preferences in `state`/preferences.
    """
    settings: dict[str, str] = {
        "Dir": f"{state}/",
        "Dir::State": f"{state}/",
        "Dir::State::status": f"{state}/status",
        "Dir::State::lists": f"{state}/lists",
        "Dir::Cache": f"{state}/cache",
        "Dir::Etc": f"{state}/",
        "Dir::Etc::SourceList": f"{state}/sources.sources",
        "Dir::Etc::Preferences": f"{state}/preferences",
        "Dir::Log": f"{state}/",
        "APT::Architecture": arch,
        "APT::Install-Recommends": "true" if recommends else "false",
        "APT::Install-Suggests": "false",
        "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any",
        "APT::Cmd::Disable-Script-Warning": "true",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "true",
        "Acquire::Check-Date": "false",  # the compose's own Release file may be seconds old
        "Debug::NoLocking": "true",
    }
    settings |= dict.fromkeys(
        (
            "Dir::Etc::Main",
            "Dir::Etc::Parts",
            "Dir::Etc::SourceParts",
            "Dir::Etc::PreferencesParts",
            "Dir::Etc::Trusted",
            "Dir::Etc::TrustedParts",
            "Dir::Etc::netrc",
            "Dir::Etc::netrcparts",
            "Dir::Etc::machine-id",
        ),
        "/dev/null",
    )
    arches = "".join(f' "{name}";' for name in (arch, *foreign))
    lines = [f'{name} "{value}";\n' for name, value in settings.items()]
    return f"#clear APT::Architectures;\nAPT::Architectures {{{arches} }};\n{''.join(lines)}"


def format_source(
    method: str, folder: Path, suite: str, components: Iterable[str], arches: Iterable[str] = (), *, key: str = ""
) -> str:
    """Return a deb822 source (sources.list(5)) of a folder, read by `file` or `copy`, its Release signed by an armored key.

    Without a key it is trusted: for repositories that this program writes itself. A suite that ends in `/` is flat.
    """
    fields = {
        "Types": "deb",
        "URIs": f"{method}://{quote(str(folder))}",
        "Suites": suite,
        "Components": " ".join(components),
        "Architectures": " ".join(arches),
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    if not key:
        return f"{text}Trusted: yes\n"
    block = "\n".join(f" {line or '.'}" for line in key.strip().splitlines())
    return f"{text}Signed-By:\n{block}\n"


def format_pin(packages: str, pin: str, priority: int) -> str:
    """Return a record of preferences (apt_preferences(5)), with the empty line after it."""
    return f"Package: {packages}\nPin: {pin}\nPin-Priority: {priority}\n\n"


def update() -> list[str]:
    """Return the command that reads the sources' indices."""
    return ["apt-get", "--quiet", "update"]


def simulate(terms: Iterable[str]) -> list[str]:
    """Return the command that prints what an installation would install, one `Inst` line a package."""
    return ["apt-get", "--quiet", "--simulate", "install", "--", *terms]


def list_matching(pattern: str) -> list[str]:
    """Return the command that lists the packages that an apt-pattern matches, `NAME/SUITE VERSION ARCH` a line."""
    return ["apt", "--quiet", "list", "--", pattern]

"""The files by which a system in an image names itself, put over those of base-files by diversions.

A diversion (dpkg-divert(8)) lets an upgrade of base-files write its own file beside ours, as `FILE.distrib`: derivatives do
the same with config-package-dev.
"""

from __future__ import annotations

from shlex import quote
from time import gmtime, strftime

from composelib.image.root.shell import render_file
from composelib.model.identity import Identity, format_id

OS_RELEASE = "/usr/lib/os-release"
ISSUE = "/etc/issue"
ISSUE_NET = "/etc/issue.net"


def render_identity(identity: Identity, epoch: int) -> str:
    """Return the commands that make a root name itself in os-release(5) and issue(5).

    What its packages are of, Debian or a derivative, is read from their own os-release.
    """
    own_id = quote(identity.id)
    return "".join(
        [
            f". {OS_RELEASE}\n",
            f'if [ "$ID" = {own_id} ]; then like=${{ID_LIKE:-}}; else like="$ID${{ID_LIKE:+ $ID_LIKE}}"; fi\n',
            *(f"dpkg-divert --local --rename --quiet --add {path}\n" for path in (OS_RELEASE, ISSUE, ISSUE_NET)),
            render_file(OS_RELEASE, render_os_release(identity, epoch)),
            f'test -z "$like" || echo "ID_LIKE=\\"$like\\"" >>{OS_RELEASE}\n',
            f'test "$like" != debian || echo "DEBIAN_CODENAME=${{VERSION_CODENAME:-sid}}" >>{OS_RELEASE}\n',
            render_file(ISSUE, f"{escape_issue(identity.title)} \\n \\l\n\n"),
            render_file(ISSUE_NET, f"{identity.title}\n"),
        ]
    )


def render_os_release(identity: Identity, epoch: int) -> str:
    """Return the content of os-release but for what depends on the packages' own."""
    long_version = f"{identity.version} ({identity.codename})"
    fields = {
        "PRETTY_NAME": f"{identity.name} {long_version}",
        "NAME": identity.name,
        "ID": identity.id,
        "VERSION_ID": format_id(identity.version),
        "VERSION": long_version,
        "VERSION_CODENAME": identity.codename,
        "VARIANT": identity.variant,
        "IMAGE_ID": identity.image,
        "IMAGE_VERSION": f"{format_id(identity.version)}.{strftime('%Y%m%d', gmtime(epoch))}",
        "HOME_URL": identity.urls.home,
        "SUPPORT_URL": identity.urls.support,
        "BUG_REPORT_URL": identity.urls.bugs,
    }
    return "".join(f"{name}={quote_value(value)}\n" for name, value in fields.items() if value)


def quote_value(text: str) -> str:
    """Return a value of os-release(5), which shells read as well."""
    return '"' + "".join(f"\\{char}" if char in '\\"$`' else char for char in text) + '"'


def escape_issue(text: str) -> str:
    """Return a text as issue(5) shows it: a backslash begins what login programs replace."""
    return text.replace("\\", "\\\\")

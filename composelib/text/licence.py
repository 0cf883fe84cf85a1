"""Licences as Debian's copyright files name them, as SPDX licence expressions (spdx.dev/learn/handling-license-info)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

OWN = "LicenseRef-Debian-"
"""The beginning of the names of licences that SPDX has no name for."""
SAME = (
    "0BSD AFL-2.1 Apache-1.0 Apache-1.1 Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSD-4-Clause BSL-1.0 "
    "CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDDL-1.0 CPL-1.0 EPL-1.0 EPL-2.0 FSFAP FSFUL FSFULLR "
    "FTL HPND ICU IJG ISC Libpng LPPL-1.3c MIT MPL-1.0 MPL-1.1 MPL-2.0 NCSA NTP OFL-1.1 OLDAP-2.8 OpenSSL PHP-3.01 "
    "PostgreSQL Python-2.0 Ruby Sleepycat TCL Unicode-DFS-2016 Unlicense Vim W3C WTFPL X11 Zlib ZPL-2.1 curl bzip2-1.0.6"
)
"""Names that Debian's files and SPDX share, whatever their case."""
NAMES = {name.lower(): name for name in SAME.split()} | {
    "expat": "MIT",
    "apache-2": "Apache-2.0",
    "artistic": "Artistic-1.0-Perl",
    "artistic-1": "Artistic-1.0-Perl",
    "bsl-1": "BSL-1.0",
    "cc0": "CC0-1.0",
    "mpl-2": "MPL-2.0",
    "ofl-1": "OFL-1.1",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "psf-2": "PSF-2.0",
    "sil-1.1": "OFL-1.1",
}
GNU = re.compile(r"(a?l?gpl|gfdl(?:-niv)?)-(\d(?:\.\d)?)(?:\.0)?(\+|-or-later|-only)?", re.IGNORECASE)
VERSIONS = {"GPL": "1.0 2.0 3.0", "LGPL": "2.0 2.1 3.0", "AGPL": "1.0 3.0", "GFDL": "1.1 1.2 1.3"}
EXCEPTIONS = {"classpath": "Classpath-exception-2.0", "font": "Font-exception-2.0", "libtool": "Libtool-exception"}
EXCEPTION = re.compile(r"(\S+) with (\S+)[ -]exception", re.IGNORECASE)
FOREIGN = re.compile(r"[^A-Za-z0-9.-]+")
REFERENCE = re.compile(rf"{OWN}[A-Za-z0-9.-]+")
SUBCLAUSES = (r",\s*or\s+", r",\s*and\s+", r"\s+(?:and/)?or\s+", r"\s+and\s+")
"""What joins licences, the weakest first: a comma makes what follows it weaker."""


def make_expression(licences: Iterable[str]) -> str:
    """Return the expression of licences that all apply; empty for none."""
    terms = sorted({convert_licence(licence) for licence in licences})
    return join_terms(terms, "AND")


def convert_licence(licence: str, level: int = 0) -> str:
    """Return the expression of one licence field, such as `GPL-2+ or Artistic, and Expat`."""
    if level == len(SUBCLAUSES):
        return convert_name(licence.strip(" ,"))
    terms = list(
        dict.fromkeys(convert_licence(part, level + 1) for part in re.split(SUBCLAUSES[level], licence) if part.strip())
    )
    return join_terms(terms, "AND" if level % 2 else "OR")


def join_terms(terms: list[str], word: str) -> str:
    """Join expressions, each in brackets unless it is simple or alone."""
    simple = re.compile(rf"[^ ]+(?: WITH [^ ]+)?(?: {word} [^ ]+)*")
    return f" {word} ".join(term if len(terms) == 1 or simple.fullmatch(term) else f"({term})" for term in terms)


def convert_name(name: str) -> str:
    """Return the SPDX name of a licence, or one of our own for it."""
    exception = EXCEPTION.fullmatch(name)
    if exception and exception[2].lower() in EXCEPTIONS and (base := find_name(exception[1])):
        return f"{base} WITH {EXCEPTIONS[exception[2].lower()]}"
    own = FOREIGN.sub("-", name.replace("+", "-or-later")).strip("-")
    return find_name(name) or OWN + (own or "unnamed")


def find_name(name: str) -> str:
    """Return the SPDX name of a licence; empty if it has none that is known here."""
    gnu = GNU.fullmatch(name)
    if not gnu:
        return NAMES.get(name.lower(), "")
    family, version = gnu[1].upper().removesuffix("-NIV"), gnu[2] if "." in gnu[2] else f"{gnu[2]}.0"
    invariants = "-no-invariants" if gnu[1].upper().endswith("-NIV") else ""
    suffix = "or-later" if gnu[3] in {"+", "-or-later"} else "only"
    return f"{family}-{version}{invariants}-{suffix}" if version in VERSIONS[family].split() else ""


def list_references(expressions: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name of our own in expressions, sorted, and what Debian's files call the licence."""
    references = {reference for expression in expressions for reference in REFERENCE.findall(expression)}
    yield from ((reference, reference.removeprefix(OWN)) for reference in sorted(references))

"""Checks of pins: what they name must be there, and mean something."""

from __future__ import annotations

from composelib.archive.patterns.posix_regex import compile_regex
from composelib.archive.patterns.syntax import RegexError
from composelib.config.keys.settings import Settings
from composelib.config.yaml.problems import Problems, suggest_candidate
from composelib.model.pin import EVERY_PACKAGE


def check_pins(compose: Settings, variant: Settings, problems: Problems) -> None:
    """Add a problem for each pin of a variant that can match nothing, or that apt could not have."""
    for pin in variant["pin"]:
        check_kind(pin, problems)
        check_names(compose, pin, problems)
        check_words(pin, problems)


def check_kind(pin: Settings, problems: Problems) -> None:
    """Add a problem for keys of a pin that do not go together."""
    if pin.has("priority") and pin["priority"] == 0:
        hint = "below 0 a version is never taken; 1 takes it if there is no other"
        problems.add(pin.origin_of("priority"), pin.path_of("priority"), "apt gives 0 no meaning", hint)
    if not any(pin.has(name) for name in ("packages", "archive", "suite")):
        problems.add(pin.origin, pin.path, "pins everything", "add 'packages', 'archive' or 'suite'")
    if pin.has("version") and (pin.has("archive") or pin.has("suite")):
        message = "cannot be beside 'archive' or 'suite', for apt neither"
        problems.add(pin.origin_of("version"), pin.path_of("version"), message, "remove one of them")
    elif pin.has("version") and set(pin["packages"]) <= {EVERY_PACKAGE}:
        hint = "add 'packages' with names or globs"
        problems.add(pin.origin_of("version"), pin.path_of("version"), "has no effect on all packages", hint)


def check_names(compose: Settings, pin: Settings, problems: Problems) -> None:
    """Add a problem for an archive or suite that the compose does not have."""
    archives: dict[str, Settings] = compose["archives"]
    name, suite = pin["archive"], pin["suite"]
    if name and name not in archives:
        message = f"there is no archive {str(name)!r}"
        problems.add(name.origin, pin.path_of("archive"), message, suggest_candidate(name, archives))
        return
    suites = [item for key, archive in archives.items() if name in {key, None} for item in archive["suites"]]
    if suite and suite not in suites:
        owner = f"archive {str(name)!r} has no suite" if name else "no archive has a suite"
        message = f"{owner} {str(suite)!r}"
        problems.add(suite.origin, pin.path_of("suite"), message, suggest_candidate(suite, suites))


def check_words(pin: Settings, problems: Problems) -> None:
    """Add a problem for each regular expression that is none."""
    for word in pin["packages"]:
        start, end = word.find("/"), word.rfind("/")
        if 0 <= start < end:
            try:
                compile_regex(word[start + 1 : end])
            except RegexError as error:
                message = f"{str(word)!r} is not a regular expression: {error.message}"
                problems.add(word.origin, pin.path_of("packages"), message)

"""skopeo: container images copied between archives and registries (skopeo(1))."""

from __future__ import annotations

import os
import pwd
from ipaddress import ip_address
from pathlib import Path

PACKAGE = "skopeo"


def push(source: str, target: str) -> list[str]:
    """Copy an image to a registry, `REGISTRY/NAME:TAG` or `REGISTRY/NAME@DIGEST`, byte for byte.

    `source` is as skopeo has it (`oci-archive:FILE`). Only a registry on this machine may speak plain http.
    """
    return ["skopeo", "copy", "--quiet", "--preserve-digests", *plain("dest", target), source, f"docker://{target}"]


def name(pushed: str, target: str) -> list[str]:
    """Give an image that is in a registry another name in it."""
    plain_words = [*plain("src", pushed), *plain("dest", target)]
    return ["skopeo", "copy", "--quiet", "--preserve-digests", *plain_words, f"docker://{pushed}", f"docker://{target}"]


def plain(end: str, reference: str) -> list[str]:
    """Give the words that let a registry on this machine do without TLS; none for another."""
    return [f"--{end}-tls-verify=false"] if is_loopback(reference.partition("/")[0]) else []


def is_loopback(registry: str) -> bool:
    """Tell whether a registry, `HOST` or `HOST:PORT`, is on this machine."""
    host = registry.rpartition(":")[0] if not registry.endswith("]") and ":" in registry else registry
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def login() -> dict[str, str]:
    """Give the environment with which skopeo finds the user's logins to registries (containers-auth.json(5)).

    A task's own home is not the user's.
    """
    if "REGISTRY_AUTH_FILE" in os.environ:
        return {"REGISTRY_AUTH_FILE": os.environ["REGISTRY_AUTH_FILE"]}
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    places = (Path(f"/run/user/{os.getuid()}/containers/auth.json"), home / ".docker/config.json")
    return next(({"REGISTRY_AUTH_FILE": str(place)} for place in places if place.exists()), {})

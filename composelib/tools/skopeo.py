"""skopeo: commands that copy container images between archives and registries (skopeo(1))."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path

from composelib.tools.root_user import find_home


def push(source: str, target: str) -> list[str]:
    """Return the command that copies an image, byte for byte, to `REGISTRY/NAME:TAG` or `REGISTRY/NAME@DIGEST`.

    `source` has a transport before it (`oci-archive:FILE`). Only a registry on this machine may speak plain HTTP.
    """
    options = list_tls_options("dest", target)
    return ["skopeo", "copy", "--quiet", "--preserve-digests", *options, source, f"docker://{target}"]


def push_bare_index(source: str, target: str) -> list[str]:
    """Return the command that pushes an index alone, whose images are in the registry already."""
    return [*push(source, target), "--multi-arch=index-only"]


def tag(pushed: str, target: str) -> list[str]:
    """Return the command that gives an image, or an index with its images, a further name in a registry."""
    options = [*list_tls_options("src", pushed), *list_tls_options("dest", target)]
    every = ["skopeo", "copy", "--quiet", "--preserve-digests", "--all", *options]
    return [*every, f"docker://{pushed}", f"docker://{target}"]


def list_tls_options(end: str, reference: str) -> list[str]:
    """Return the option that lets a registry on this machine do without TLS; none for others. `end` is `src` or `dest`."""
    return [f"--{end}-tls-verify=false"] if is_loopback(reference.partition("/")[0]) else []


def is_loopback(registry: str) -> bool:
    """Return whether a registry, `HOST` or `HOST:PORT`, is on this machine."""
    host = registry.rpartition(":")[0] if not registry.endswith("]") and ":" in registry else registry
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def find_login() -> dict[str, str]:
    """Return the environment with which skopeo finds the user's logins to registries (containers-auth.json(5)).

    skopeo does not find them itself, as a task's HOME is not the user's.
    """
    if "REGISTRY_AUTH_FILE" in os.environ:
        return {"REGISTRY_AUTH_FILE": os.environ["REGISTRY_AUTH_FILE"]}
    home = Path(find_home())
    paths = (Path(f"/run/user/{os.getuid()}/containers/auth.json"), home / ".docker/config.json")
    return next(({"REGISTRY_AUTH_FILE": str(path)} for path in paths if path.exists()), {})

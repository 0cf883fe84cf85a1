"""Secrets within URLs: logins, tokens and signed queries are found, and hidden where a URL is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

SCHEME = r"([A-Za-z][A-Za-z0-9+.-]*):(?://|(?<=http:)/|(?<=https:)/|(?<=ssh:)/|(?<=git:)/)"
URL = re.compile(SCHEME + r"([^\s/?#\\]*)(\S*)")
"""Scheme, authority and the rest of a URL within a text."""
QUOTED_URL = re.compile(SCHEME + r"([^\s/?#\\'\"<>]*)([^\s'\"<>]*)")
"""The same, in a message."""
SSH = {"ssh", "git+ssh", "ssh+git", "sftp"}
"""Schemes whose URLs have a user name that is no secret: the key is with the user's agent."""
SCP_PASSWORD = re.compile(
    r"(?<![/\w.-])[^\s/@:'\"]+:(?!/)[^\s@'\"]*@(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?=[:/\s'\",}\]]|$)"
)
"""`user:password@host`, as in an scp-like address or a registry's name."""
SCP_USER = re.compile(r"([^\s/:@]+)@")
LONGEST_USER = 32  # characters of a user name; see useradd(8)
PARAMETER = re.compile(r"([?&;#])([^=&;#\s'\"<>]+)=([^&;#\s'\"<>]+)")
TELLING = re.compile(r"token|secret|passw|signature|credential|apikey|accesskey|privatekey|jwt|bearer|authorization")
"""Parts of the names of parameters whose values are secrets; the names are compared without - and _."""
TELLING_WORDS = {"pass", "pwd", "pw", "sas", "sig"}
AMBIGUOUS_WORDS = {"auth", "code", "key", "session", "sessionid"}
"""Words in names of parameters whose values are secrets if they look random."""
RANDOM = re.compile(r"(?=.*[0-9])[A-Za-z0-9_+/=%~-]{16,}")
TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|gl[a-z]{2,8}-[A-Za-z0-9_-]{20,}|"
    r"xox[abeprs]-[A-Za-z0-9-]{10,}|A(?:KI|SI)A[A-Z0-9]{16}|ya29\.[\w-]{20,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*|"
    r"(?:npm|hf|dop_v1|dckr_pat|sk|rk|pypi)[_-][A-Za-z0-9]{20,})"
)
"""Tokens of well-known services: GitHub, GitLab, Slack, AWS, Google, JWT, npm, Hugging Face, Docker, PyPI."""
CUT = re.compile(r"://[^\s/@\[:]+:(?![0-9]|\$\{)\S")
"""The beginning of a URL with a password, or something in the place of a port that is none."""
SHORTEST = 4  # characters of a secret that is replaced wherever it is: a shorter one is found in many words
HIDDEN = "***"


def find_secret(text: str, *, is_address: bool = False) -> str:
    """Return what secret a text has in a URL, in words; empty if it has none.

    `is_address`: the text as a whole is a URL or an scp-like address.
    """
    for match in URL.finditer(text):
        words = describe_authority(match[1].lower(), match[2], match[3]) or describe_rest(match[3])
        if words:
            return words
    if not is_address or "://" in text:
        return ""
    user = SCP_USER.match(text)
    if SCP_PASSWORD.match(text) or (user and is_token(user[1])):
        return "a login"
    return describe_rest(text)


def list_secrets(text: str) -> set[str]:
    """Return the texts of all logins, passwords and tokens in URLs and addresses within a text."""
    logins = [
        match[2] + match[3] for match in URL.finditer(text) if describe_authority(match[1].lower(), match[2], match[3])
    ]
    logins = [re.split("@|%40", login)[-2] for login in logins if re.search("@|%40", login)]
    logins += [match[0].rpartition("@")[0] for match in SCP_PASSWORD.finditer(text)]
    values = [match[3] for match in PARAMETER.finditer(text) if is_secret(match[2], match[3])]
    tokens = [match[0] for match in TOKEN.finditer(text)]
    passwords = [login.partition(":")[2] for login in logins]
    return {secret for secret in (*logins, *passwords, *values, *tokens) if len(secret) >= SHORTEST}


def describe_authority(scheme: str, authority: str, rest: str) -> str:
    """Return what secret a URL has before its host, in words; empty if none."""
    login, at, host = unquote(authority).rpartition("@")
    if not at:
        port = host.rpartition(":")[2] if ":" in host and not host.endswith("]") else ""
        is_cut = bool(port) and not port.isdecimal() and "@" in rest  # a password that has a slash
        return "a login" if is_cut else ""
    is_user = scheme in SSH and ":" not in login and not is_token(login)
    return "" if is_user else "a login"


def is_token(user: str) -> bool:
    """Return whether a text is too long for a user name, or a well-known service's token."""
    return len(user) > LONGEST_USER or bool(TOKEN.match(user))


def describe_rest(rest: str) -> str:
    """Return what secret there is in a URL's path, query or fragment, in words; empty if none."""
    name = next((match[2] for match in PARAMETER.finditer(rest) if is_secret(match[2], match[3])), "")
    if name:
        return f"a secret, {name!r},"
    return "a token" if TOKEN.search(rest) else ""


def is_secret(name: str, value: str) -> bool:
    """Return whether a parameter's value is a secret, as far as its name and looks tell."""
    words = set(re.split(r"[^a-z0-9]+", unquote(name).lower()))
    is_told = bool(TELLING_WORDS & words) or bool(TELLING.search(re.sub(r"[^a-z0-9]+", "", unquote(name).lower())))
    return is_told or bool(AMBIGUOUS_WORDS & words and RANDOM.fullmatch(value))


def conceal(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text with each of some secrets, and each secret in a URL or an address, replaced by `***`."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = QUOTED_URL.sub(conceal_authority, text)
    text = SCP_PASSWORD.sub(lambda match: f"{HIDDEN}@{match[0].rpartition('@')[2]}", text)
    return conceal_rest(text)


def conceal_authority(match: re.Match[str]) -> str:
    """Return a URL without its login, if that is a secret."""
    scheme, authority, rest = match.groups()
    if not describe_authority(scheme.lower(), authority, rest):
        return match[0]
    return f"{scheme}://{HIDDEN}@{re.split('@|%40', authority + rest)[-1]}"


def conceal_rest(text: str) -> str:
    """Return a URL with the secrets after its host replaced by `***`."""
    return TOKEN.sub(HIDDEN, PARAMETER.sub(conceal_value, text))


def conceal_value(match: re.Match[str]) -> str:
    """Return a parameter, without its value if that is a secret."""
    return f"{match[1]}{match[2]}={HIDDEN}" if is_secret(match[2], match[3]) else match[0]


def may_have_secret(line: str) -> bool:
    """Return whether a source line may have a secret, though it be cut or quoted: it is then not shown."""
    return conceal(line) != line or bool(find_secret(line) or CUT.search(line))

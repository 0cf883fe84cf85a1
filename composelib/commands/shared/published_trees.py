"""The composes in a folder of published ones."""

from __future__ import annotations

from pathlib import Path

from composelib.errors import ConfigError
from composelib.model.compose_id import ID


def list_trees(published: Path) -> list[Path]:
    """Return the published composes, oldest first."""
    return sorted((path for path in published.glob("*") if is_published_compose(path)), key=make_age_key)


def is_published_compose(path: Path) -> bool:
    """Return whether a folder is a published compose, by its COMPOSE_ID."""
    identity = path / "COMPOSE_ID"
    return (
        ID.fullmatch(path.name) is not None
        and not path.is_symlink()
        and identity.is_file()
        and identity.read_text(errors="replace").strip() == path.name
    )


def make_age_key(path: Path) -> tuple[str, int, str]:
    """Return the key that sorts composes by age: the day and number in their names."""
    match = ID.fullmatch(path.name)
    return (match["day"], int(match["respin"]), path.name) if match else ("", 0, path.name)


def find_tree(text: str, build: Path) -> Path:
    """Return the tree of the compose that a path or a compose ID stands for. Raise ConfigError."""
    trees = [path for path in (Path(text), *sorted(build.glob(f"*/published/{text}"))) if is_tree(path)]
    if not trees:
        published = sorted(path.name for path in build.glob("*/published/*") if path.is_dir() and not path.is_symlink())
        hint = (
            f"published: {', '.join(published)}"
            if published
            else "nothing is published yet; give the path of a tree such as build/demo/compose"
        )
        raise ConfigError(f"{text}: neither a compose's tree nor a compose ID", hint)
    return trees[0]


def is_tree(path: Path) -> bool:
    """Return whether a path is a compose's tree."""
    return (path / "metadata" / "debs.json").is_file()

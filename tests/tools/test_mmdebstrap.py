from __future__ import annotations

from pathlib import Path

from composelib.tools.mmdebstrap import bootstrap


def command(*, root: bool = True, **lists: list[str]) -> list[str]:
    return bootstrap(
        Path("/out/root.tar"),
        Path("/in/a.sources"),
        suite="bookworm",
        arches=["amd64", "i386"],
        include=["apt", "wine:i386"],
        root=root,
        **lists,
    )


def test_a_tar_is_made_of_the_essential_packages_and_those_included() -> None:
    assert command() == [
        *("mmdebstrap", "--verbose", "--mode=root", "--variant=essential", "--format=tar"),
        *("--architectures=amd64,i386", "--include=apt,wine:i386"),
        *("bookworm", "/out/root.tar", "/in/a.sources"),
    ]


def test_without_root_it_works_in_a_user_namespace() -> None:
    assert set(command(root=False)) - set(command()) == {"--mode=unshare"}


def test_options_and_hooks_stand_before_the_suite_in_their_order() -> None:
    words = command(options=["A 1", "B 2"], setup=["/first"], customize=["/second", "/third"])
    assert words[words.index("--include=apt,wine:i386") + 1 : words.index("bookworm")] == [
        *("--aptopt=A 1", "--aptopt=B 2"),
        *("--setup-hook=/first", "--customize-hook=/second", "--customize-hook=/third"),
    ]

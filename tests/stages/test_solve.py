"""The lists of images, and what is said where there is none.

Also covers: composelib.image.root.absent_entries, composelib.image.root.exclusive_seeds.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.customize import Customize, User
from composelib.model.image import ContainerImage, DiskImage, OstreeImage
from composelib.model.image_traits import ALWAYS, Image
from composelib.model.origin import Origin, Seed
from composelib.model.release import Release
from composelib.model.variant import Variant
from composelib.stages import solve
from tests.kit.tiny_archive import Key, TinyArchive, gpg

ORIGIN = Origin("composes/demo.yaml", 7, 3)


def seeds(*texts: str) -> tuple[Seed, ...]:
    return tuple(Seed(text, Origin("composes/demo.yaml", 10 + line, 9)) for line, text in enumerate(texts))


def compose_of(build: Path, image: Image, **variant: object) -> Compose:
    server = Variant("Server", ORIGIN, ("amd64",), images=(image,), **variant)  # type: ignore[arg-type]
    return Compose(
        name="demo",
        config=Path("composes/demo.yaml"),
        files=(),
        release=Release("Demo", "demo", "12", "stable"),
        type="development",
        arches=("amd64",),
        archives=(Archive("debian", ORIGIN),),
        variants=(server,),
        build=build,
    )


def image_of(*texts: str, **more: object) -> Image:
    return OstreeImage("edge", ORIGIN, ("amd64",), packages=seeds(*texts), **more)  # type: ignore[arg-type]


@pytest.fixture
def repository(tmp_path: Path, key: Key) -> TinyArchive:
    archive = TinyArchive(tmp_path / "build/demo/compose/Server/repo", key)
    archive.add("dpkg", Essential="yes", Section="admin")
    archive.add("web", "1.1", Depends="lib (>= 1) | nolib", Recommends="docs", Source="www (2.0)")
    archive.add("lib")
    archive.add("docs", arch="all", Section="doc")
    archive.add("rival", Conflicts="web")
    archive.add("broken", Depends="absent (>= 3)")
    archive.publish()
    (tmp_path / "build/demo/compose/archive-key.asc").write_bytes(gpg(key.home, "--armor", "--export", key.fingerprint))
    return archive


def solved(tmp_path: Path, image: Image, **variant: object) -> list[str]:
    (task,) = solve.tasks(compose_of(tmp_path / "build", image, **variant))
    task.run()
    return [row["package"] for row in json.loads(task.outputs[0].read_text())["packages"]]


@pytest.mark.usefixtures("repository")
def test_a_list_is_the_essential_packages_and_what_the_seeds_need(tmp_path: Path) -> None:
    assert solved(tmp_path, image_of("web")) == ["dpkg", "lib", "web"]


@pytest.mark.usefixtures("repository")
def test_recommends_are_followed_when_the_image_wants_them(tmp_path: Path) -> None:
    assert solved(tmp_path, image_of("web", recommends=True)) == ["docs", "dpkg", "lib", "web"]


@pytest.mark.usefixtures("repository")
def test_an_excluded_package_is_not_recommended_in(tmp_path: Path) -> None:
    image = image_of("web", recommends=True, exclude=seeds("docs"))
    assert solved(tmp_path, image) == ["dpkg", "lib", "web"]


@pytest.mark.usefixtures("repository")
def test_an_exclusion_may_be_a_pattern(tmp_path: Path) -> None:
    image = image_of("web", recommends=True, exclude=seeds("?section(doc)"))
    assert solved(tmp_path, image) == ["dpkg", "lib", "web"]


@pytest.mark.usefixtures("repository")
def test_an_exclusion_may_be_a_glob_and_meant_for_some_arches(tmp_path: Path) -> None:
    exclude = seeds("doc* [amd64]", "web [arm64]")
    assert solved(tmp_path, image_of("web", recommends=True, exclude=exclude)) == ["dpkg", "lib", "web"]


@pytest.mark.usefixtures("repository")
def test_seeds_may_be_globs_and_patterns_for_some_arches(tmp_path: Path) -> None:
    image = image_of("doc* [amd64]", '?source-package("^www$") [!arm64]', "?name(rival) [arm64]")
    assert solved(tmp_path, image) == ["docs", "dpkg", "lib", "web"]


@pytest.mark.usefixtures("repository")
def test_seeds_are_relations_with_alternatives_versions_and_arches(tmp_path: Path) -> None:
    image = image_of("nothing | lib (>= 1.0)", "absent [arm64]", "?section(doc)")
    assert solved(tmp_path, image) == ["docs", "dpkg", "lib"]


@pytest.mark.usefixtures("repository")
def test_an_image_without_packages_has_its_variants(tmp_path: Path) -> None:
    assert solved(tmp_path, image_of(), packages=seeds("lib")) == ["dpkg", "lib"]


def test_a_row_has_what_identifies_the_package(tmp_path: Path, repository: TinyArchive) -> None:
    (task,) = solve.tasks(compose_of(tmp_path / "build", image_of("web")))
    task.run()
    row = json.loads(task.outputs[0].read_text())["packages"][-1]
    assert row.pop("sha256") in repository.stanzas["main", "amd64"][1]
    assert row.pop("size") > 0
    assert row == {
        "package": "web",
        "version": "1.1",
        "architecture": "amd64",
        "source": "www",
        "source_version": "2.0",
    }


def test_the_list_does_not_change_with_packages_that_are_not_in_it(tmp_path: Path, repository: TinyArchive) -> None:
    (task,) = solve.tasks(compose_of(tmp_path / "build", image_of("web")))
    task.run()
    first = task.outputs[0].read_bytes()
    repository.add("other")
    repository.publish(date=1_700_000_100)
    task.run()
    assert task.outputs[0].read_bytes() == first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("web (>= 9)", "composes/demo.yaml:10:9: web (>= 9): web (>= 9) but it is not going to be installed"),
        ("absent", "composes/demo.yaml:10:9: absent: absent but the repository does not have it"),
        ("broken", "composes/demo.yaml:10:9: broken: absent (>= 3) but the repository does not have it"),
        ("desktop^", "composes/demo.yaml:10:9: desktop^: Couldn't find task 'desktop'"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_a_seed_that_cannot_be_had_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ComposeError) as error:
        solved(tmp_path, image_of(text))
    assert message in str(error.value)


@pytest.mark.usefixtures("repository")
def test_seeds_in_conflict_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(ComposeError) as error:
        solved(tmp_path, image_of("web", "rival"))
    (line,) = str(error.value).splitlines()[1:]
    both = "'web' and 'rival' (composes/demo.yaml:11:9) exclude each other: rival 1.0 excludes web"
    assert line.startswith(f"composes/demo.yaml:10:9: {both}; ")


def test_seeds_that_exclude_each_other_by_what_they_need_or_provide_are_named_with_the_way_there(
    tmp_path: Path, repository: TinyArchive
) -> None:
    repository.add("exim", Provides="mta", Conflicts="mta", Section="mail")
    repository.add("postfix", "3", Provides="mta", Conflicts="mta")
    repository.add("reports", Depends="sender")
    repository.add("sender", Depends="postfix | absent")
    repository.add("self", Depends="web, rival")
    repository.publish()
    with pytest.raises(ComposeError) as error:
        solved(tmp_path, image_of("?section(mail)", "lib", "reports", "self"))
    lines = [line.partition("; choose")[0] for line in str(error.value).splitlines()[1:]]
    mail = "composes/demo.yaml:10:9: 'exim' and 'reports' (composes/demo.yaml:12:9) exclude each other: "
    causes = ("exim 1.0 excludes mta, which postfix 3 provides", "postfix 3 excludes mta, which exim 1.0 provides")
    assert {f"{mail}{cause}; reports -> sender -> postfix" for cause in causes} & set(lines)
    own = "composes/demo.yaml:13:9: 'self' cannot be installed: rival 1.0 excludes web; self -> rival; self -> web"
    assert own in lines
    assert len(lines) == 2


def test_imported_entries_that_no_archive_has_are_left_out_of_an_image_of_a_lenient_variant(
    tmp_path: Path, repository: TinyArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.add("exim", Provides="mta")
    repository.publish()
    texts = ("lib", "absent", "absent | docs", "mta", "gone*", "do*")
    packages = tuple(Seed(text, Origin("seed", line, 4), imported=True) for line, text in enumerate(texts, 1))
    image = OstreeImage("edge", ORIGIN, ("amd64",), packages=packages)
    assert solved(tmp_path, image, strict="lenient") == ["docs", "dpkg", "exim", "lib"]
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning")] == [
        "warning: seed:2:4: 'absent' is not in the repositories that the image is made of",
        "warning: seed:5:4: 'gone*' is not in the repositories that the image is made of",
    ]
    with pytest.raises(ComposeError, match="absent"):
        solved(tmp_path, image)


@pytest.mark.usefixtures("repository")
def test_an_exclusion_from_an_image_that_names_nothing_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exclude = seeds("docs", "dcos", "d?c*", "x* [amd64]", "y [arm64]", "?name(z)", "lib:i386")
    assert solved(tmp_path, image_of("web", exclude=exclude)) == ["dpkg", "lib", "web"]
    warned = [line.partition(": exclude: ")[2] for line in capsys.readouterr().out.splitlines() if "warning" in line]
    assert warned == [
        f"{text!r} is not in the repositories that the image is made of" for text in ("dcos", "x* [amd64]")
    ]


@pytest.mark.usefixtures("repository")
def test_what_is_excluded_from_an_image_does_not_count_as_there(tmp_path: Path) -> None:
    with pytest.raises(ComposeError) as error:
        solved(tmp_path, image_of("rival", "lib", exclude=seeds("lib")))
    assert "exclude each other" not in str(error.value)


def test_a_repository_signed_by_another_key_is_refused(tmp_path: Path, repository: TinyArchive, other_key: Key) -> None:
    repository.publish(key=other_key)
    with pytest.raises(ComposeError, match="apt-get"):
        solved(tmp_path, image_of("web"))


def test_the_task_depends_on_the_indices_and_not_on_their_signature(tmp_path: Path) -> None:
    (task,) = solve.tasks(compose_of(tmp_path / "build", image_of("web")))
    suite = tmp_path / "build/demo/compose/Server/repo/dists/stable"
    assert task.inputs == (suite / "main/binary-amd64/Packages",)
    assert suite / "InRelease" in task.order_only
    assert task.uses["packages"] == ["web"]


def test_what_is_made_of_another_image_has_no_list(tmp_path: Path) -> None:
    image = ContainerImage("oci", ORIGIN, ("amd64",), source_image="edge")
    assert solve.tasks(compose_of(tmp_path / "build", image)) == ()


@pytest.mark.usefixtures("repository")
def test_a_setting_that_the_packages_do_not_allow_is_told_with_its_key(tmp_path: Path) -> None:
    settings = Customize(timezone="Europe/Oslo", users=(User("ada", sudo="password"),))
    with pytest.raises(ComposeError) as raised:
        solved(tmp_path, image_of("web", customize=settings))
    assert raised.value.message == (
        "composes/demo.yaml:7:3: customize.timezone: needs the package tzdata; add tzdata to the image's packages\n"
        "composes/demo.yaml:7:3: customize.users: needs the package sudo; add sudo to the image's packages"
    )


@pytest.mark.usefixtures("repository")
def test_what_must_start_with_secure_boot_on_needs_the_signed_loaders_in_what_it_is_made_of(tmp_path: Path) -> None:
    compose = compose_of(tmp_path / "build", image_of("web"))
    disk = DiskImage("disk", ORIGIN, ("amd64",), source_image="edge", secure_boot=ALWAYS)
    (variant,) = compose.variants
    (task,) = solve.tasks(replace(compose, variants=(replace(variant, images=(*variant.images, disk)),)))
    with pytest.raises(
        ComposeError, match="packages: Secure Boot needs shim-signed and grub-efi-amd64-signed; add shim"
    ):
        task.run()

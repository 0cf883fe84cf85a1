from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from composelib.model.archive import Archive
from composelib.model.compose import Compose, Sign, join_fingerprints
from composelib.model.extra_file import ExtraFile
from composelib.model.image import DiskImage, IsoImage, OstreeImage
from composelib.model.image_traits import Image, RootedImage
from composelib.model.origin import Origin
from composelib.model.release import Release
from composelib.model.variant import Multiarch, Variant

NOWHERE = Origin("demo.yaml", 1, 1)
ARCHES = ("amd64", "arm64")
BASE = Variant("Base", NOWHERE, ARCHES)
SERVER = Variant("Server", NOWHERE, ARCHES, lookaside=("Base",))
CLOUD = Variant("Cloud", NOWHERE, ("amd64",), lookaside=("Server",))


def make_compose(*variants: Variant, archives: tuple[Archive, ...] = ()) -> Compose:
    release = Release("Demo", "demo", "12", "bookworm")
    return Compose("demo", Path("composes/demo.yaml"), (), release, "test", ARCHES, archives, variants)


def test_a_fingerprint_is_in_upper_case_without_0x() -> None:
    assert join_fingerprints(Sign(key="0xabcd")) == "ABCD"


def test_deliverables_are_the_images_of_a_kind_on_each_of_their_arches() -> None:
    images = (IsoImage("dvd", NOWHERE, ARCHES), DiskImage("disk", NOWHERE, ("arm64",)))
    compose = make_compose(replace(BASE, images=images))
    assert [deliverable.name for deliverable in compose.deliverables(Image)] == [
        "Base:amd64:dvd",
        "Base:arm64:dvd",
        "Base:arm64:disk",
    ]
    assert [deliverable.name for deliverable in compose.deliverables(RootedImage)] == ["Base:arm64:disk"]


def test_extra_files_are_those_of_a_mediums_variant_and_of_what_an_image_is_made_of() -> None:
    files = (ExtraFile(NOWHERE, file=Path("note")),)
    images = (
        IsoImage("dvd", NOWHERE, ("amd64",), files=files),
        IsoImage("sources", NOWHERE, ("amd64",), source=True, files=files),
        OstreeImage("edge", NOWHERE, ("amd64",), files=files),
        DiskImage("disk", NOWHERE, ("amd64",), source_image="edge"),
    )
    compose = make_compose(replace(BASE, images=images, extra_files=files))
    folders = {
        deliverable.image.name: [path.parent.name for path in compose.extra_file_lists(deliverable)]
        for deliverable in compose.deliverables(Image)
    }
    assert folders == {"dvd": ["amd64", "amd64-dvd"], "sources": [], "edge": ["amd64-edge"], "disk": ["amd64-edge"]}


def test_lookasides_are_found_through_each_other_in_the_configs_order() -> None:
    assert make_compose(BASE, SERVER, CLOUD).lookasides(CLOUD) == (BASE, SERVER)


def test_lookasides_that_name_each_other_do_not_include_the_variant_itself() -> None:
    base = replace(BASE, lookaside=("Server",))
    assert make_compose(base, SERVER).lookasides(SERVER) == (base,)


def test_a_machine_has_the_indices_of_its_arch_and_of_foreign_ones() -> None:
    variant = replace(BASE, multiarch=Multiarch(("i386",)))
    compose = make_compose(variant)
    assert compose.package_indices(variant, "amd64") == tuple(
        compose.paths.packages_index("Base", arch) for arch in ("amd64", "i386")
    )


def test_a_variant_builds_on_lookasides_that_have_the_arch() -> None:
    base = replace(BASE, arches=("amd64",))
    compose = make_compose(base, SERVER)
    assert compose.background_indices(SERVER, "amd64") == (compose.paths.packages_index("Base", "amd64"),)
    assert compose.background_indices(SERVER, "arm64") == ()


def test_a_variant_builds_on_archives_that_are_never_copied() -> None:
    near = Archive("near", NOWHERE, lookaside=True, arches=("amd64",))
    compose = make_compose(BASE, archives=(near, Archive("copied", NOWHERE)))
    assert compose.background_indices(BASE, "amd64") == (compose.paths.pkgset(near, "amd64"),)
    assert compose.background_indices(BASE, "arm64") == ()


def test_images_are_made_of_the_nearest_lookasides_alone() -> None:
    assert make_compose(BASE, SERVER, CLOUD).image_repositories(CLOUD, "amd64") == (CLOUD, SERVER)


def test_a_release_waits_for_the_closure_of_each_variant_that_is_checked() -> None:
    compose = make_compose(replace(BASE, arches=("amd64",)), replace(SERVER, strict="off"))
    assert compose.required_results == (compose.paths.work("repoclosure", "Base", "amd64.json"),)


def test_a_release_waits_for_the_sums_of_images_that_have_files() -> None:
    edge = replace(BASE, strict="off", images=(OstreeImage("edge", NOWHERE, ("amd64",)),))
    assert make_compose(edge).required_results == ()
    dvd = replace(edge, images=(IsoImage("dvd", NOWHERE, ("amd64",)),))
    compose = make_compose(dvd)
    assert compose.required_results == (compose.paths.sum_file(compose.paths.iso("Base", BASE.arches[0], "dvd")),)

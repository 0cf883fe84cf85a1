from __future__ import annotations

from composelib.model.image import IsoImage, RootImage
from composelib.model.origin import Origin, Seed
from composelib.model.variant import INSTALLER, OPTIONAL, Addon, Multiarch, Variant

NOWHERE = Origin("demo.yaml", 1, 1)
ARCHES = ("amd64", "arm64")


def seed(text: str) -> Seed:
    return Seed(text, NOWHERE)


def test_the_entries_are_its_own_its_addons_and_its_images() -> None:
    variant = Variant(
        "Server",
        NOWHERE,
        ARCHES,
        packages=(seed("bash"),),
        pinned=(seed("dash"),),
        addons=(Addon("Extra", (seed("nginx"),)),),
        images=(IsoImage("dvd", NOWHERE, ARCHES), RootImage("root", NOWHERE, ARCHES, packages=(seed("apt"),))),
    )
    assert [entry.text for entry in variant.entries()] == ["bash", "dash", "nginx", "apt"]


def test_the_entries_of_foreign_arches_are_those_of_multiarch() -> None:
    variant = Variant("Server", NOWHERE, ARCHES, multiarch=Multiarch(("i386",), include=(seed("wine"),)))
    assert variant.entries(foreign=True) == (seed("wine"),)
    assert Variant("Server", NOWHERE, ARCHES).entries(foreign=True) == ()


def test_a_repository_has_indices_of_each_arch_once_and_of_sources() -> None:
    variant = Variant("Server", NOWHERE, ARCHES, multiarch=Multiarch(("i386", "arm64")), sources=True)
    assert variant.index_arches == ("amd64", "arm64", "i386", "source")


def test_debug_symbols_are_a_component_of_binary_packages_alone() -> None:
    variant = Variant("Server", NOWHERE, ARCHES, debug=True)
    assert variant.components("amd64") == ("main", "debug")
    assert variant.components("source") == ("main",)


def test_images_are_made_of_what_is_optional_on_request_alone() -> None:
    addons = (Addon("Extra", ()), Addon(OPTIONAL, ()))
    variant = Variant("Server", NOWHERE, ARCHES, addons=addons, debug=True)
    assert variant.image_components("amd64") == ("main", "Extra")
    assert variant.image_components("amd64", optional=True) == ("main", "Extra", OPTIONAL)


def test_the_installers_udebs_have_an_index_where_an_image_has_the_installer() -> None:
    image = IsoImage("dvd", NOWHERE, ("amd64",), installer=True)
    variant = Variant("Server", NOWHERE, ARCHES, images=(image, IsoImage("data", NOWHERE, ARCHES)))
    assert variant.installers("amd64") == (image,)
    assert variant.index_names("amd64") == ("main", INSTALLER)
    assert variant.index_names("arm64") == ("main",)

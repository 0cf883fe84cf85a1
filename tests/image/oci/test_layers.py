from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from composelib.image.oci.layers import GENERATED, INITRAMFS, REST, layer_of, owners

LISTS = {"bash": ["/.", "/bin", "/bin/bash", "/etc/bash.bashrc"], "libc6:amd64": ["/lib/x86_64-linux-gnu/libc.so.6"]}
SOURCES = {"bash": "bash", "libc6": "glibc"}


def test_a_path_goes_into_the_layer_of_its_packages_source() -> None:
    owned = owners(LISTS, SOURCES)
    assert owned.layer("etc/bash.bashrc") == layer_of("bash")
    assert owned.layer("usr/lib/x86_64-linux-gnu/libc.so.6") == layer_of("glibc")


def test_a_path_of_bin_is_found_where_usr_is_merged() -> None:
    assert owners(LISTS, SOURCES).layer("usr/bin/bash") == layer_of("bash")


def test_dpkgs_notes_go_with_their_package() -> None:
    owned = owners(LISTS, SOURCES)
    assert owned.layer("usr/lib/sysimage/dpkg/info/libc6:amd64.md5sums") == layer_of("glibc")
    assert owned.layer("var/lib/dpkg/info/bash.postinst") == layer_of("bash")
    assert owned.layer("var/lib/dpkg/status") == REST


def test_what_nobody_owns_goes_into_the_last_layer() -> None:
    assert owners(LISTS, SOURCES).layer("etc/passwd") == REST


def test_what_is_made_of_the_kernel_goes_with_it() -> None:
    owned = owners(LISTS, SOURCES)
    assert owned.layer("usr/lib/modules/6.1/modules.dep") == "kernel"
    assert owned.layer("usr/lib/modules/6.1/initramfs.img") == INITRAMFS
    assert owned.layer("usr/lib/udev/hwdb.bin") == GENERATED["usr/lib/udev/hwdb.bin"]


@given(st.dictionaries(st.text("abc", min_size=1), st.lists(st.text("xy", min_size=1))), st.sampled_from(["a", "b"]))
def test_other_packages_do_not_move_a_packages_paths(others: dict[str, list[str]], name: str) -> None:
    own = {name: ["/own/path"]}
    rest = {f"other-{other}": [f"/other/{path}" for path in paths] for other, paths in others.items()}
    assert owners({**rest, **own}, {}).layer("own/path") == owners(own, {}).layer("own/path")

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from composelib.image.oci.layers import GENERATED, INITRAMFS, REST, choose_layer, map_owners

LISTS = {"bash": ["/.", "/bin", "/bin/bash", "/etc/bash.bashrc"], "libc6:amd64": ["/lib/x86_64-linux-gnu/libc.so.6"]}
SOURCES = {"bash": "bash", "libc6": "glibc"}


def test_a_path_goes_into_the_layer_of_its_packages_source() -> None:
    owners = map_owners(LISTS, SOURCES)
    assert owners.layer("etc/bash.bashrc") == choose_layer("bash")
    assert owners.layer("usr/lib/x86_64-linux-gnu/libc.so.6") == choose_layer("glibc")


def test_a_path_of_bin_is_found_where_usr_is_merged() -> None:
    assert map_owners(LISTS, SOURCES).layer("usr/bin/bash") == choose_layer("bash")


def test_dpkgs_files_about_a_package_go_with_it() -> None:
    owners = map_owners(LISTS, SOURCES)
    assert owners.layer("usr/lib/sysimage/dpkg/info/libc6:amd64.md5sums") == choose_layer("glibc")
    assert owners.layer("var/lib/dpkg/info/bash.postinst") == choose_layer("bash")
    assert owners.layer("var/lib/dpkg/status") == REST


def test_a_path_that_no_package_owns_goes_into_the_last_layer() -> None:
    assert map_owners(LISTS, SOURCES).layer("etc/passwd") == REST


def test_files_made_of_the_kernel_go_with_it() -> None:
    owners = map_owners(LISTS, SOURCES)
    assert owners.layer("usr/lib/modules/6.1/modules.dep") == "kernel"
    assert owners.layer("usr/lib/modules/6.1/initramfs.img") == INITRAMFS
    assert owners.layer("usr/lib/udev/hwdb.bin") == GENERATED["usr/lib/udev/hwdb.bin"]


@given(st.dictionaries(st.text("abc", min_size=1), st.lists(st.text("xy", min_size=1))), st.sampled_from(["a", "b"]))
def test_other_packages_do_not_move_a_packages_paths(lists: dict[str, list[str]], name: str) -> None:
    alone = {name: ["/own/path"]}
    beside = {f"other-{stem}": [f"/other/{path}" for path in paths] for stem, paths in lists.items()}
    assert map_owners({**beside, **alone}, {}).layer("own/path") == map_owners(alone, {}).layer("own/path")

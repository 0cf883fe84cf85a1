from __future__ import annotations

import pytest

from composelib.image.oci.bootc import list_var
from composelib.image.ostree.layout import FACTORY, Layout, TreeEntry, list_fixed_entries


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("usr/bin/bash", "usr/bin/bash"),
        ("bin", "bin"),
        ("etc", "usr/etc"),
        ("etc/passwd", "usr/etc/passwd"),
        ("etcetera", "etcetera"),
        ("boot/vmlinuz-6.1-amd64", "usr/lib/modules/6.1-amd64/vmlinuz"),
        ("boot/config-6.1-amd64", "usr/lib/modules/6.1-amd64/config"),
        ("boot/initrd.img-6.1-amd64", ""),
        ("var/lib/dpkg/status", "usr/lib/sysimage/dpkg/status"),
        ("var/lib/dpkg/info/bash.list", "usr/lib/sysimage/dpkg/info/bash.list"),
        ("var/lib/pam/seen", f"{FACTORY}/var/lib/pam/seen"),
        ("var/cache/debconf/config.dat", ""),
        ("root/.profile", f"{FACTORY}/var/roothome/.profile"),
        ("home/demo/.bashrc", f"{FACTORY}/var/home/demo/.bashrc"),
        ("usr/local/bin/tool", f"{FACTORY}/var/usrlocal/bin/tool"),
        ("dev/null", ""),
        ("run/lock", ""),
        ("proc", ""),
        ("tmp/left", ""),
        ("vmlinuz", ""),
        ("initrd.img.old", ""),
        ("home", ""),
        ("var", ""),
    ],
)
def test_each_entry_of_a_plain_root_has_its_path(name: str, path: str) -> None:
    assert Layout().map_path(TreeEntry(name, "file")) == path


def test_a_folder_of_var_is_made_with_its_mode_and_owner() -> None:
    layout = Layout()
    assert layout.map_path(TreeEntry("var/mail", "dir", 0o2775, 0, 8)) == ""
    assert layout.lines == ["d /var/mail 2775 0 8 - -"]


def test_a_link_of_var_is_made_as_a_link() -> None:
    layout = Layout()
    layout.map_path(TreeEntry("var/run", "link", target="/run"))
    assert layout.lines == ["L /var/run - - - - /run"]


def test_a_file_of_var_is_copied_from_the_factory() -> None:
    layout = Layout()
    layout.map_path(TreeEntry("var/lib/pam/seen", "file"))
    assert layout.lines == [f"C /var/lib/pam/seen - - - - /{FACTORY}/var/lib/pam/seen"]


def test_names_are_written_as_tmpfiles_reads_them() -> None:
    layout = Layout()
    names = ["a b%c", "it's", 'say "so"', "back\\slash"]
    for name in names:
        layout.map_path(TreeEntry(f"var/{name}", "dir", 0o755))
    assert layout.lines[0] == 'd "/var/a b%%c" 0755 0 0 - -'
    assert [member.name for member in list_var("\n".join(layout.lines))] == [f"var/{name}" for name in names]
    assert layout.list_unwritable() == []


@pytest.mark.parametrize("name", ["a\nL /var/evil - - - - /etc", "\udce4"])
def test_a_name_of_var_that_no_line_can_hold_is_named(name: str) -> None:
    layout = Layout()
    layout.map_path(TreeEntry(f"var/{name}", "dir", 0o755))
    assert len(layout.list_unwritable()) == 1


def test_the_home_of_root_keeps_its_mode() -> None:
    layout = Layout()
    layout.map_path(TreeEntry("root", "dir", 0o700))
    assert [line for line in layout.render_tmpfiles().splitlines() if "roothome" in line] == [
        "d /var/roothome 0700 0 0 - -"
    ]


def test_the_homes_are_made_even_where_the_root_has_none() -> None:
    assert "d /var/usrlocal 0755 root root - -\n" in Layout().render_tmpfiles()


def test_the_package_database_is_linked_to_where_dpkg_looks() -> None:
    assert "L /var/lib/dpkg - - - - ../../usr/lib/sysimage/dpkg\n" in Layout().render_tmpfiles()


def test_the_lines_do_not_depend_on_the_order_of_the_entries() -> None:
    entries = [TreeEntry("var/b", "dir"), TreeEntry("var/a", "dir"), TreeEntry("home/x", "dir")]
    texts = set()
    for order in (entries, entries[::-1]):
        layout = Layout()
        for entry in order:
            layout.map_path(entry)
        texts.add(layout.render_tmpfiles())
    assert len(texts) == 1


def test_a_hard_link_follows_its_first_name() -> None:
    assert Layout().map_target("etc/a") == "usr/etc/a"
    assert Layout().map_target("home/x/a") == f"{FACTORY}/var/home/x/a"


def test_a_tree_without_a_kernel_cannot_be_booted() -> None:
    assert list(Layout().find_faults()) == ["it has no kernel"]


def test_a_tree_with_two_kernels_cannot_be_committed() -> None:
    layout = Layout()
    for version in ("1", "2"):
        layout.map_path(TreeEntry(f"boot/vmlinuz-{version}", "file"))
        layout.map_path(TreeEntry(f"usr/lib/modules/{version}/initramfs.img", "file"))
    assert list(layout.find_faults()) == ["it has 2 kernels, 1, 2, where a commit has one"]


def test_a_kernel_needs_an_initramfs() -> None:
    layout = Layout()
    layout.map_path(TreeEntry("boot/vmlinuz-1", "file"))
    assert list(layout.find_faults()) == ["its kernel 1 has no initramfs"]


def test_every_commit_has_the_mount_points_and_links() -> None:
    entries = {entry.name: entry for entry in list_fixed_entries()}
    assert entries["sysroot"].kind == "dir"
    assert entries["tmp"].mode == 0o1777
    assert entries["ostree"].target == "sysroot/ostree"
    assert entries["usr/local"].target == "../var/usrlocal"

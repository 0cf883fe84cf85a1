"""What a compose was made of is recorded, and the store has it.

Also covers: composelib.actions.materials, composelib.engine.dates.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from composelib.engine.dates import find_dates
from composelib.engine.freshness import Seen, TaskRecord
from composelib.fetch.lockfile import Lock, parse
from composelib.files import sha256_of
from tests.kit.demo_compose import Demo
from tests.kit.tiny_archive import DATE

DAY = 86400


def read_lock(demo: Demo) -> Lock:
    return parse((demo.tree / "metadata/lock.json").read_bytes())


def make_record(output: str, inputs: tuple[str, ...], epoch: str) -> TaskRecord:
    return TaskRecord(Seen({}, "", dict.fromkeys(inputs), "", {}), {output: ""}, {}, 0, epoch)


def test_the_store_has_each_file_that_the_lock_of_a_tree_names(demo: Demo) -> None:
    lock, store = read_lock(demo), demo.folder / "build/store/sha256"
    state = lock.require_suite("tiny", "stable")
    assert state.sha256 == sha256_of(demo.archive.root / "dists/stable/InRelease")
    plain = [form.digest for name, form in state.indices.items() if not Path(name).suffix]
    stored = {path.name for path in store.glob("*/*")}
    assert {state.sha256, *plain, *lock.files} <= stored
    assert all(sha256_of(path) == path.name for path in store.glob("*/*"))
    assert set(lock.dates.values()) == {DATE}


def test_a_newer_date_alone_changes_no_lock_and_artifacts_keep_their_dates(demo: Demo) -> None:
    before = {name: (demo.tree / name).read_bytes() for name in ("metadata/lock.json", "SHA256SUMS", "COMPOSE_ID")}
    demo.archive.publish(date=DATE + DAY)
    assert demo.doit().status == 0
    assert before == {name: (demo.tree / name).read_bytes() for name in before}
    demo.archive.add("shell", "2.0", Depends="libbase", Source="shell-src (1.0)")
    demo.archive.publish(date=DATE + 2 * DAY)
    assert demo.doit().status == 0
    lock = read_lock(demo)
    assert lock.require_suite("tiny", "stable").date == DATE + 2 * DAY
    assert lock.dates["release:Base"] == lock.dates["metadata:composeinfo"] == DATE + 2 * DAY
    assert lock.dates["release:Server"] == lock.dates["createiso:Server:amd64:dvd"] == DATE


def test_dates_are_those_of_the_tasks_that_files_come_from() -> None:
    records = {
        "rootfs:A": make_record("root.tar", ("solved.json",), "5\n"),
        "solve:A": make_record("solved.json", (), ""),
        "image:A": make_record("disk", ("root.tar", "absent"), "7\n"),
        "image:B": make_record("other", (), "9\n"),
    }
    assert find_dates(records, ["disk", "nowhere"]) == {"rootfs:A": 5, "image:A": 7}


def test_a_published_compose_is_made_again_from_the_store_alone(demo: Demo, tmp_path: Path) -> None:
    assert demo.doit("publish").status == 0
    published = demo.root / "published/latest"
    elsewhere = replace(demo, folder=tmp_path)
    elsewhere.config.write_bytes(demo.config.read_bytes())
    shutil.copytree(demo.folder / "keys", tmp_path / "keys")
    shutil.copytree(demo.folder / "build/store/sha256", tmp_path / "build/store/sha256")
    demo.archive.add("shell", "2.0", Depends="libbase", Source="shell-src (1.0)")
    shutil.rmtree(demo.archive.root / "dists")
    shutil.rmtree(demo.archive.root / "pool/main/s")
    demo.archive.publish(date=DATE + DAY)
    assert elsewhere.doit("lock", f"--from={published}").status == 0
    ran = elsewhere.doit("locked=1")
    assert ran.status == 0, ran.out + ran.err
    assert (elsewhere.tree / "SHA256SUMS").read_bytes() == (published / "SHA256SUMS").read_bytes()

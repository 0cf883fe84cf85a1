from __future__ import annotations

from tests.kit.task_world import World


def test_all_that_was_made_goes(chain: World) -> None:
    assert chain.run("clean").status == 0
    assert chain.tree() == {}
    assert not chain.path("work/b").exists()
    assert not chain.path("compose/STATUS").exists()
    assert sorted(chain.run().ran) == ["a", "b", "c", "d"]


def test_one_task_is_cleaned_alone_or_with_what_it_needs(chain: World) -> None:
    chain.run("clean", "copy:b")
    assert not chain.path("work/b").exists()
    assert sorted(chain.tree()) == ["a", "c", "d"]
    chain.run("clean", "-c", "copy:c")
    assert sorted(chain.tree()) == ["d"]


def test_a_dry_run_shows_and_removes_nothing(chain: World) -> None:
    tree = chain.tree()
    assert "copy:d - removing 'build/demo/compose/d'" in chain.run("clean", "-n").out
    assert chain.tree() == tree


def test_members_of_a_tree_go_but_for_those_that_another_task_claims(world: World) -> None:
    world.task("a", ["in"], "work/a", "tree", trees=["work/a"], members=["compose/all", "compose/x/a"])
    world.task("b", ["in"], "work/b", "tree", trees=["work/b"], members=["compose/all", "compose/b"])
    assert world.run("-n", "1").status == 0  # at a time they would both write `all`, which stages link
    assert world.run("clean", "copy:a").err == ""
    assert sorted(world.tree()) == ["all", "b"]
    assert not world.path("compose/x").exists()
    world.run()
    assert sorted(world.tree()) == ["all", "b", "x/a"]
    world.run("clean")
    assert world.tree() == {}


def test_a_list_that_leads_outside_removes_nothing_there(world: World) -> None:
    world.task("a", ["in"], "work/a", "tree", trees=["work/a"], members=["compose/x"])
    world.run()
    other = world.write("other", "mine")
    world.write("work/a", f"../../in\n{other}\n./../../in\ncompose/../../../in\ncompose/x\n")
    world.run("clean")
    assert world.read("in") + world.read("other") == "onemine"
    assert not world.path("compose/x").exists()


def test_forget_goes_with_it(chain: World) -> None:
    assert chain.run("clean", "--forget", "copy:d").status == 0
    assert "never made" in chain.run("plan").out

from __future__ import annotations

from composelib.image.filesystems.btrfs.trees import CHILDREN, LEAF_ROOM, Shape, build_tree


def test_items_are_in_the_order_of_their_keys_and_those_of_one_key_joined() -> None:
    tree = build_tree(5, [((2, 1, 0), b"c"), ((1, 9, 0), b"a"), ((2, 1, 0), b"d"), ((1, 10, 5), b"b")])
    assert tree.leaves == ((((1, 9, 0), b"a"), ((1, 10, 5), b"b"), ((2, 1, 0), b"cd")),)
    assert tree.levels == (1,)


def test_nodes_are_put_above_leaves_until_one_is_the_root() -> None:
    items = [((number, 1, 0), bytes(LEAF_ROOM - 25)) for number in range(CHILDREN + 1)]
    tree = build_tree(5, items)
    assert tree.levels == (CHILDREN + 1, 2, 1)
    shape = Shape(tree.levels, 1 << 20)
    assert [level for _, level in shape.list_blocks()][-3:] == [1, 1, 2]
    assert shape.root == (1 << 20) + (CHILDREN + 3) * (16 << 10)


def test_a_tree_without_items_is_an_empty_leaf() -> None:
    assert build_tree(7, []).levels == (1,)

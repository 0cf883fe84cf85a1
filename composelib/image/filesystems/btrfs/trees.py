"""B-trees of btrfs: items packed into leaves, and the nodes above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from composelib.dataclass import dataclass
from composelib.image.filesystems.btrfs.format import NODE, FileSystemIds, Item, Key, pack_leaf, pack_node

LEAF_ROOM = NODE - 101
ITEM_HEAD = 25
CHILDREN = LEAF_ROOM // 33


@dataclass(frozen=True)
class Shape:
    """How many blocks each level of a tree has, the leaves first, and the address of the first; they follow each other."""

    levels: tuple[int, ...]
    start: int

    @property
    def end(self) -> int:
        """The address after the last block."""
        return self.start + sum(self.levels) * NODE

    @property
    def root(self) -> int:
        """The address of the root, which is the last block."""
        return self.end - NODE

    def list_blocks(self) -> list[tuple[int, int]]:
        """Return the address and level of each block."""
        levels = [level for level, count in enumerate(self.levels) for _ in range(count)]
        return [(self.start + number * NODE, level) for number, level in enumerate(levels)]


@dataclass(frozen=True)
class Tree:
    """A tree, by the items of its leaves."""

    number: int
    leaves: tuple[tuple[Item, ...], ...]

    @property
    def levels(self) -> tuple[int, ...]:
        """How many blocks each level has, the leaves first."""
        counts = [len(self.leaves)]
        while counts[-1] > 1:
            counts.append(-(-counts[-1] // CHILDREN))
        return tuple(counts)

    def write_blocks(self, start: int, identity: FileSystemIds) -> Iterator[bytes]:
        """Yield its blocks, which begin at an address."""
        children: list[tuple[Key, int]] = []
        for items in self.leaves:
            yield pack_leaf(identity, start, self.number, list(items))
            children.append((items[0][0] if items else (0, 0, 0), start))
            start += NODE
        for level, count in enumerate(self.levels[1:], 1):
            groups = [children[number * CHILDREN : (number + 1) * CHILDREN] for number in range(count)]
            children = []
            for group in groups:
                yield pack_node(identity, start, self.number, level, group)
                children.append((group[0][0], start))
                start += NODE


def build_tree(number: int, items: Sequence[Item]) -> Tree:
    """Return a tree of items in any order; the data of those with the same key are joined."""
    leaves: list[tuple[Item, ...]] = []
    leaf: list[Item] = []
    room = LEAF_ROOM
    for key, content in join_items(items):
        room -= ITEM_HEAD + len(content)
        if room < 0:
            leaves.append(tuple(leaf))
            leaf, room = [], LEAF_ROOM - ITEM_HEAD - len(content)
        leaf.append((key, content))
    return Tree(number, (*leaves, tuple(leaf)))


def join_items(items: Sequence[Item]) -> list[Item]:
    """Return items in the order of their keys; the data of those with the same key are joined."""
    joined: list[Item] = []
    for key, content in sorted(items, key=lambda item: item[0]):
        if joined and joined[-1][0] == key:
            joined[-1] = (key, joined[-1][1] + content)
        else:
            joined.append((key, content))
    return joined

"""Where the nodes of a directed acyclic graph stand: in rows from above to below, with few crossings of their edges.

The steps are those of Kozo Sugiyama, Shôjirô Tagawa and Mitsuhiko Toda, "Methods for visual understanding of
hierarchical system structures", 1981: rows by the longest path, a place kept in every row that an edge passes, the
order within the rows by the means of the neighbours' places, and last how far to the right each node stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise

_GAP_X = 28.0  # pixels between two nodes of a row
_GAP_Y = 40.0  # pixels between two rows
_LANE = 8.0  # half the width that an edge takes in a row that it passes
_SWEEPS = 8
_PORT = 18.0  # pixels between two edges at the same side of a node, at the most

Point = tuple[float, float]
Edge = tuple[int, int]


@dataclass(frozen=True)
class Layout:
    """A graph in a plane, pixels from its upper left corner.

    Args:
        places: the centre of each node.
        routes: for each edge the points that it passes, from the lower side of a node to the upper side of another.
        width: of the whole.
        height: of the whole.
    """

    places: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    width: float
    height: float


def arrange(nodes: int, edges: Sequence[Edge], width: float, height: float) -> Layout:
    """Places the nodes of a directed acyclic graph.

    Args:
        nodes: how many there are, numbered from 0.
        edges: from node to node; the same may occur several times.
        width: of every node, pixels.
        height: of every node, pixels.

    Raises:
        ValueError: the edges form a cycle.
    """
    ranks = _ranks(nodes, edges)
    chains, rank_of = _with_lanes(nodes, edges, ranks)
    count = len(rank_of)
    links = [link for chain in chains for link in pairwise(chain)]
    above, below = _neighbours(links, count)
    rows = _ordered(rank_of, above, below)
    halves = [width / 2 if node < nodes else _LANE for node in range(count)]
    xs = _spread(rows, above, below, halves)
    left = min(xs[node] - halves[node] for node in range(count))
    right = max(xs[node] + halves[node] for node in range(count))
    tops = [row * (height + _GAP_Y) for row in range(len(rows))]
    places = tuple((xs[node] - left, tops[rank_of[node]] + height / 2) for node in range(nodes))
    leaving, entering = _ports(chains, xs, width)
    routes = []
    for number, chain in enumerate(chains):
        start = (xs[chain[0]] + leaving[number] - left, tops[rank_of[chain[0]]] + height)
        end = (xs[chain[-1]] + entering[number] - left, tops[rank_of[chain[-1]]])
        lanes = [(xs[n] - left, tops[rank_of[n]]) for n in chain[1:-1]]
        through = [point for x, top in lanes for point in ((x, top), (x, top + height))]
        routes.append((start, *through, end))
    return Layout(places, tuple(routes), right - left, tops[-1] + height)


def _ranks(nodes: int, edges: Sequence[Edge]) -> list[int]:
    """The row of each node: below all that it takes; those that take nothing right above the first that takes them."""
    taken, takers = _neighbours(edges, nodes)
    ranks = [0] * nodes
    for node in TopologicalSorter(dict(enumerate(taken))).static_order():
        ranks[node] = max((ranks[other] + 1 for other in taken[node]), default=0)
    for node in range(nodes):
        if not taken[node] and takers[node]:
            ranks[node] = min(ranks[other] for other in takers[node]) - 1
    return ranks


def _with_lanes(nodes: int, edges: Sequence[Edge], ranks: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """Each edge as a chain of nodes of neighbouring rows, with new nodes in the rows that it passes."""
    rank_of = list(ranks)
    chains = []
    for start, end in edges:
        lanes = range(len(rank_of), len(rank_of) + ranks[end] - ranks[start] - 1)
        rank_of += range(ranks[start] + 1, ranks[end])
        chains.append([start, *lanes, end])
    return chains, rank_of


def _neighbours(links: Sequence[Edge], count: int) -> tuple[list[list[int]], list[list[int]]]:
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for upper, lower in links:
        above[lower].append(upper)
        below[upper].append(lower)
    return above, below


def _ordered(rank_of: Sequence[int], above: list[list[int]], below: list[list[int]]) -> list[list[int]]:
    """The rows, each from left to right: the best of some sweeps downwards and upwards."""
    rows: list[list[int]] = [[] for _ in range(max(rank_of) + 1)]
    for node, rank in enumerate(rank_of):
        rows[rank].append(node)
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(_SWEEPS):
        neighbours = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            place = {node: i for other in rows for i, node in enumerate(other)}
            means = {n: _mean([place[m] for m in neighbours[n]], place[n]) for n in row}
            row.sort(key=lambda node, means=means: means[node])  # type: ignore[misc]
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
        rows = [list(row) for row in rows]
    return best


def _crossings(rows: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> int:
    """How many pairs of edges between neighbouring rows cross."""
    place = {node: i for row in rows for i, node in enumerate(row)}
    total = 0
    for row in rows:
        ends = [place[lower] for upper in row for lower in sorted(below[upper], key=place.__getitem__)]
        total += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return total


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _spread(
    rows: Sequence[Sequence[int]],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
    halves: Sequence[float],
) -> list[float]:
    """How far to the right each node stands: near the mean of its neighbours, with room between any two of a row."""
    xs = [0.0] * len(halves)
    for row in rows:
        _place(row, dict.fromkeys(row, 0.0), halves, xs)
    for sweep in range(2 * _SWEEPS):  # the last one goes upwards, which leaves chains straight
        neighbours = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            _place(row, {n: _mean([xs[other] for other in neighbours[n]], xs[n]) for n in row}, halves, xs)
    return xs


def _place(row: Sequence[int], wanted: Mapping[int, float], halves: Sequence[float], xs: list[float]) -> None:
    """Places a row's nodes in their order, the sum of the squared distances from their wished places the least.

    With each node's least distance from the first taken away this is the fit of a rising sequence, which merging those
    neighbours that fall into blocks solves.
    """
    offsets, offset = [], 0.0
    for i, node in enumerate(row):
        offset += halves[row[i - 1]] + _GAP_X + halves[node] if i else 0.0
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []
    for node, offset in zip(row, offsets, strict=True):
        block = (wanted[node] - offset, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, size = blocks.pop()
            block = ((mean * size + block[0] * block[1]) / (size + block[1]), size + block[1])
        blocks.append(block)
    fitted = [mean for mean, size in blocks for _ in range(size)]
    for node, offset, mean in zip(row, offsets, fitted, strict=True):
        xs[node] = mean + offset


def _ports(chains: Sequence[Sequence[int]], xs: Sequence[float], width: float) -> tuple[list[float], list[float]]:
    """For each edge how far right of the middle of its nodes it leaves and enters, in the order of where it goes."""
    leaving, entering = [0.0] * len(chains), [0.0] * len(chains)
    for offsets, end, beside in ((leaving, 0, 1), (entering, -1, -2)):
        groups: dict[int, list[int]] = {}
        for number, chain in enumerate(chains):
            groups.setdefault(chain[end], []).append(number)
        for numbers in groups.values():
            numbers.sort(key=lambda number: xs[chains[number][beside]])
            step = min(_PORT, 0.7 * width / len(numbers))
            for i, number in enumerate(numbers):
                offsets[number] = (i - (len(numbers) - 1) / 2) * step
    return leaving, entering

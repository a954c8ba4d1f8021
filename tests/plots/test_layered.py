"""Graphs in a plane: laws that hold for every directed acyclic graph."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.plots.layered import Layout, arrange

WIDTH, HEIGHT = 100.0, 40.0

Graph = tuple[int, list[tuple[int, int]]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A directed acyclic graph: edges lead from lower to higher numbers."""
    nodes = draw(st.integers(1, 12))
    pairs = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    edges = draw(st.lists(pairs.filter(lambda pair: pair[0] < pair[1]), max_size=20)) if nodes > 1 else []
    return nodes, edges


def laid_out(graph: Graph) -> Layout:
    return arrange(*graph, WIDTH, HEIGHT)


@given(graphs())
def test_no_two_boxes_overlap(graph: Graph) -> None:
    for (x, y), (other_x, other_y) in combinations(laid_out(graph).places, 2):
        assert abs(x - other_x) >= WIDTH or abs(y - other_y) >= HEIGHT


@given(graphs())
def test_everything_lies_within_the_drawing(graph: Graph) -> None:
    layout = laid_out(graph)
    for x, y in layout.places:
        assert WIDTH / 2 - 1e-6 <= x <= layout.width - WIDTH / 2 + 1e-6
        assert HEIGHT / 2 - 1e-6 <= y <= layout.height - HEIGHT / 2 + 1e-6
    for x, y in (point for route in layout.routes for point in route):
        assert -1e-6 <= x <= layout.width + 1e-6
        assert -1e-6 <= y <= layout.height + 1e-6


@given(graphs())
def test_every_edge_leads_from_below_its_start_down_to_above_its_end(graph: Graph) -> None:
    layout = laid_out(graph)
    for (start, end), route in zip(graph[1], layout.routes, strict=True):
        (x, y), (end_x, end_y) = layout.places[start], layout.places[end]
        assert route[0][1] == y + HEIGHT / 2
        assert abs(route[0][0] - x) < WIDTH / 2
        assert route[-1][1] == end_y - HEIGHT / 2
        assert abs(route[-1][0] - end_x) < WIDTH / 2
        assert [y for _, y in route] == sorted(y for _, y in route)


@given(graphs())
def test_no_edge_crosses_a_box(graph: Graph) -> None:
    """Edges bend between the rows only; beside the boxes of a row they go straight down."""
    layout = laid_out(graph)
    for route in layout.routes:
        for (x, y), (next_x, next_y) in pairwise(route):
            for box_x, box_y in layout.places:
                beside = next_y <= box_y - HEIGHT / 2 or y >= box_y + HEIGHT / 2
                assert beside or min(abs(x - box_x), abs(next_x - box_x)) > WIDTH / 2


@given(graphs())
def test_the_same_graph_is_laid_out_the_same(graph: Graph) -> None:
    assert laid_out(graph) == laid_out(graph)


def test_a_chain_is_straight() -> None:
    assert len({x for x, _ in arrange(4, [(0, 1), (1, 2), (2, 3)], WIDTH, HEIGHT).places}) == 1


def test_crossings_that_need_not_be_are_not() -> None:
    places = arrange(4, [(0, 3), (1, 2)], WIDTH, HEIGHT).places
    assert (places[0][0] < places[1][0]) == (places[3][0] < places[2][0])


def test_a_skip_goes_around_what_it_skips() -> None:
    layout = arrange(3, [(0, 1), (1, 2), (0, 2)], WIDTH, HEIGHT)
    assert abs(layout.routes[2][1][0] - layout.places[1][0]) > WIDTH / 2


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        arrange(2, [(0, 1), (1, 0)], WIDTH, HEIGHT)

"""Tables of plain text stand straight, also where their lines are made one by one."""

from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor.columns import aligned

rows = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.text("añя -", max_size=9), min_size=n, max_size=n), min_size=1)
)


@given(rows, st.integers(0, 4))
def test_all_lines_of_a_table_are_equally_long(rows, left):
    lines = aligned([*rows, None], left=left)
    assert len({len(line) for line in lines}) == 1


@given(rows)
def test_a_line_that_is_made_alone_fits_below_the_others(rows):
    least = [max(map(len, column)) for column in zip(*rows, strict=True)]
    assert [aligned([row], left=1, least=least)[0] for row in rows] == aligned(rows, left=1)


def test_the_first_columns_are_flush_left_the_others_flush_right():
    assert aligned([("name", "n"), ("a", "1")], left=1, least=(5,)) == ["name   n", "a      1"]


def test_a_rule_is_as_wide_as_each_column():
    assert aligned([("ab", "c"), None]) == ["ab  c", "--  -"]

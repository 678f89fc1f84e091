"""The chain rule, walked backward: sums over uses, broadcasting undone, and what is refused."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_xor import Value, detect_anomaly, no_grad
from tinygrad_xor.engine import TABLE, cotangents, newest_first, primitive, written

small_floats = st.integers(-8, 8).map(float)  # sums of these are exact
two_shapes = hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=4)
any_shape = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)


def summed_to(shape, array):
    """`array` added up over the axes along which `shape` would be stretched, element by element."""
    total = np.zeros(shape)
    for index in np.ndindex(array.shape):
        own = index[len(index) - len(shape) :]
        total[tuple(0 if n == 1 else i for n, i in zip(shape, own, strict=True))] += array[index]
    return total


# -- sums over uses ----------------------------------------------------------------------------


def test_the_example_of_the_readme():
    w = Value(np.ones((2, 3)), label="w")
    (np.array([[1.0, 2.0]]) @ w).sum().backward()
    assert w.grad.tolist() == [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]


def test_a_value_used_twice_gets_the_sum_of_its_gradients():
    x = Value(3.0)
    (x * x + x * 10.0).backward()
    assert x.grad == 2 * 3.0 + 10.0


def test_both_arguments_may_be_the_same_value():
    for data in (3.0, [3.0, 3.0]):
        x = Value(data)
        (x - x).sum().backward()
        assert np.all(x.grad == 0.0)


@given(st.integers(1, 50))
def test_a_value_used_n_times_gets_n_times_the_gradient(n):
    x = Value(2.0)
    sum((x * 3.0 for _ in range(n)), Value(0.0)).backward()
    assert x.grad == 3.0 * n


@given(st.integers(0, 60))
def test_shared_nodes_are_walked_once_so_doubling_takes_one_step_each(n):
    x = Value(1.0)
    y = x
    for _ in range(n):
        y = y + y
    assert len(newest_first(y)) == n + 1
    y.backward()
    assert y.data == x.grad == 2.0**n


def test_a_diamond_adds_up_both_ways():
    x = Value(2.0)
    left, right = x * 3.0, x**2
    y = left * right  # 3 x^3
    y.backward()
    assert (y.grad, left.grad, right.grad, x.grad) == (1.0, 4.0, 6.0, 36.0)


@given(
    hnp.arrays(float, 4, elements=small_floats),
    st.lists(
        st.tuples(st.sampled_from("+-*"), st.integers(0, 40), st.integers(0, 40)), max_size=40
    ),
)
def test_any_graph_gives_the_gradient_that_dual_numbers_give(start, steps):
    """The same program run forward on (value, derivatives) pairs is an independent answer."""
    leaves = [Value(float(x)) for x in start]
    nodes = [*leaves]
    duals = [(float(x), row) for x, row in zip(start, np.eye(4), strict=True)]
    for sign, i, j in steps:
        (x, dx), (y, dy) = duals[i % len(duals)], duals[j % len(duals)]
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        if sign == "*":
            a, x, dx = a * 0.125, x * 0.125, dx * 0.125
            nodes.append(a * b)
            duals.append((x * y, dx * y + x * dy))
        elif sign == "+":
            nodes.append(a + b)
            duals.append((x + y, dx + dy))
        else:
            nodes.append(a - b)
            duals.append((x - y, dx - dy))
    nodes[-1].backward()
    value, derivatives = duals[-1]
    assert nodes[-1].data == value
    tolerance = 1e-12 * (1 + np.abs(derivatives).max())
    assert np.allclose([leaf.grad for leaf in leaves], derivatives, rtol=1e-9, atol=tolerance)


def test_a_value_the_result_does_not_depend_on_is_left_alone():
    x, other = Value(2.0), Value(5.0)
    unused = x * other
    (x * 3.0).backward()
    assert (x.grad, other.grad, unused.grad) == (3.0, 0.0, 0.0)


def test_what_is_computed_later_from_the_result_plays_no_part():
    x = Value(2.0)
    y = x * 3.0
    z = y * 100.0
    y.backward()
    assert (x.grad, z.grad) == (3.0, 0.0)


# -- calling backward again --------------------------------------------------------------------


@pytest.mark.parametrize("data", [3.0, [3.0, 4.0], np.ones((2, 2), np.float32)])
def test_a_second_backward_adds_in_leaves_and_is_right_in_inner_values(data):
    x = Value(data)
    inner = x * 2.0
    loss = (inner * inner).sum()
    loss.backward()
    once, once_inner = x.grad, inner.grad
    loss.backward()
    assert np.array_equal(x.grad, once + once)
    assert np.array_equal(inner.grad, once_inner)
    assert loss.grad == 1.0


def test_two_losses_add_up_in_the_leaves_they_share():
    x = Value(3.0)
    inner = x * 2.0
    (inner * 5.0).backward()
    (inner * 7.0).backward()
    assert x.grad == 10.0 + 14.0
    assert inner.grad == 7.0


def test_backward_of_a_leaf_adds_one_to_its_own_gradient():
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_setting_grad_to_zero_starts_over():
    x = Value([1.0, 2.0])
    for _ in range(3):
        x.grad = 0
        (x * x).sum().backward()
        assert x.grad.tolist() == [2.0, 4.0]


# -- broadcasting undone -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "maximum", "where"])
@given(shapes=two_shapes, data=st.data())
def test_an_input_that_was_stretched_gets_the_sum_over_what_it_was_stretched_to(name, shapes, data):
    x, y = (data.draw(hnp.arrays(float, shape, elements=small_floats)) for shape in shapes[0])
    g = data.draw(hnp.arrays(float, shapes.result_shape, elements=small_floats))
    by_x, by_y, inputs = {
        "add": (g, g, (x, y)),
        "subtract": (g, -g, (x, y)),
        "multiply": (g * y, g * x, (x, y)),
        "maximum": (g * ((x > y) + (x == y) / 2), g * ((y > x) + (x == y) / 2), (x, y)),
        "where": (g, 0 * g, (True, x, y)),
    }[name]
    a, b = Value(x), Value(y)
    TABLE[name](*inputs[:-2], a, b).backward(g)
    assert np.array_equal(a.grad, summed_to(x.shape, np.broadcast_to(by_x, g.shape)))
    assert np.array_equal(b.grad, summed_to(y.shape, np.broadcast_to(by_y, g.shape)))


@given(shapes=two_shapes)
def test_the_gradient_always_has_the_shape_of_the_data(shapes):
    a, b = (Value(np.ones(shape)) for shape in shapes.input_shapes)
    inner = a * b + a
    total = inner.sum()
    total.backward()
    for v in (a, b, inner, total):
        assert np.shape(v.grad) == v.shape


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 0), (0, 3)),
        ((0, 3), (3, 2)),
        ((4, 2, 3), (3, 2)),
        ((2, 3), (4, 3, 2)),
        ((1, 2, 3), (4, 3, 2)),
        ((3,), (4, 3, 2)),
        ((4, 2, 3), (3,)),
        ((5, 1, 2, 3), (4, 3, 2)),
    ],
    ids=str,
)
def test_both_gradients_of_a_matrix_product_have_the_shapes_of_the_factors_and_are_adjoint(
    left, right
):
    numbers = np.random.default_rng(0)
    a, b = Value(numbers.normal(size=left)), Value(numbers.normal(size=right))
    product = a @ b
    g = numbers.normal(size=product.shape)
    product.backward(g)
    assert (np.shape(a.grad), np.shape(b.grad)) == (left, right)
    da, db = numbers.normal(size=left), numbers.normal(size=right)
    assert np.sum(a.grad * da) == pytest.approx(np.sum(g * (da @ b.data)), rel=1e-12, abs=0)
    assert np.sum(b.grad * db) == pytest.approx(np.sum(g * (a.data @ db)), rel=1e-12, abs=0)


@given(any_shape, st.booleans(), st.data())
def test_a_sum_hands_its_gradient_to_every_element(shape, keepdims, data):
    axes = data.draw(st.none() | hnp.valid_tuple_axes(len(shape)))
    x = Value(np.ones(shape))
    total = x.sum(axis=axes, keepdims=keepdims)
    g = np.arange(1.0, 1.0 + total.size).reshape(total.shape)
    total.backward(g)
    assert x.grad.shape == shape if shape else type(x.grad) is float
    kept = np.ones(shape).sum(axis=axes, keepdims=True).shape
    assert np.array_equal(x.grad, np.broadcast_to(g.reshape(kept), shape))


# -- dtypes ------------------------------------------------------------------------------------


@given(two_shapes, *[st.sampled_from(["float16", "float32", "float64"])] * 3)
def test_a_gradient_has_the_dtype_of_its_input_whatever_it_meets(shapes, one, other, start):
    a, b = (
        Value(np.ones(shape, dtype))
        for shape, dtype in zip(shapes.input_shapes, (one, other), strict=True)
    )
    y = a * b
    y.backward(np.ones(y.shape, start))
    for v in (a, b, y):
        assert np.asarray(v.grad).dtype == v.dtype


@pytest.mark.parametrize("data", [2.0, np.float32(2), np.ones(2, np.float32)], ids=repr)
def test_a_starting_gradient_takes_the_dtype_of_the_value_it_starts_at(data):
    x = Value(data)
    for start in (np.ones, np.float32):
        y = x * 2.0
        y.backward(start(x.shape) if start is np.ones else np.ones(x.shape, np.float32))
        assert type(y.grad) is type(y.data)
        assert np.asarray(y.grad).dtype == y.dtype
        x.backward(np.ones(x.shape))
        assert type(x.grad) is type(x.data)
        assert np.asarray(x.grad).dtype == x.dtype


# -- a gradient is the leaf's own --------------------------------------------------------------


def test_gradients_of_two_leaves_do_not_share_memory():
    a, b = Value([1.0, 2.0]), Value([3.0, 4.0])
    (a + b).backward([1.0, 1.0])
    assert not np.shares_memory(a.grad, b.grad)
    a.grad[0] = 100.0
    assert b.grad.tolist() == [1.0, 1.0]


def test_gradients_do_not_share_memory_with_the_callers_arrays():
    mine = np.array([1.0, 1.0])
    constant = np.array([3.0, 4.0])
    for start in (Value, lambda data: Value(data) + 0.0, lambda data: Value(data) * constant):
        y = start([1.0, 2.0])
        y.backward(mine)
        assert not np.shares_memory(y.grad, mine)
        assert not any(np.shares_memory(v.grad, constant) for v in newest_first(y))
    assert mine.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "where", "matmul", "maximum"])
def test_a_leafs_gradient_is_writable_and_apart_from_all_other_arrays(name):
    a, b = Value(np.ones((2, 2))), Value(np.ones((2, 2)))
    z = TABLE[name](*([True] if name == "where" else []), a, b)
    z.backward(np.ones((2, 2)))
    arrays = [a.data, b.data, z.data, z.grad]
    for mine, other in ((a.grad, b.grad), (b.grad, a.grad)):
        assert mine.flags.writeable
        assert not any(np.shares_memory(mine, array) for array in [*arrays, other])


def address(array):
    return array.__array_interface__["data"][0]


def test_a_gradient_that_a_rule_made_for_one_leaf_alone_is_not_copied(monkeypatch):
    made = []

    def rule(g, y, x):
        gradient = np.cos(x) * g
        made.append(address(gradient))
        return gradient

    monkeypatch.setattr(TABLE["sin"], "rules", (rule,))
    x = Value(np.linspace(0.0, 1.0, 50))
    np.sin(x).backward(np.ones(50))
    assert made == [address(x.grad)]


@pytest.mark.parametrize("part", [slice(None), slice(1, None)])
def test_a_gradient_that_a_rule_keeps_for_itself_is_copied(monkeypatch, part):
    kept = np.arange(51.0)
    held = kept[part]
    monkeypatch.setattr(TABLE["sin"], "rules", (lambda g, y, x: held,))
    x = Value(np.ones(held.shape))
    np.sin(x).backward(np.ones(held.shape))
    x.grad[0] = 100.0
    assert kept.tolist() == [*range(51)]


def test_a_gradient_that_a_rule_makes_read_only_is_copied(monkeypatch):
    def rule(g, y, x):
        gradient = g * 2
        gradient.flags.writeable = False
        return gradient

    monkeypatch.setattr(TABLE["sin"], "rules", (rule,))
    x = Value(np.ones(3))
    np.sin(x).backward(np.ones(3))
    x.grad[0] = 100.0
    assert x.grad.tolist() == [100.0, 2.0, 2.0]


def test_the_gradient_of_a_bias_is_not_copied_where_rows_were_summed_for_it():
    bias = Value(np.zeros(4))
    (np.ones((3, 4)) + bias).backward(np.ones((3, 4)))
    assert bias.grad.base is None
    assert bias.grad.tolist() == [3.0] * 4


def test_a_gradient_kept_from_one_pass_is_not_written_by_the_next():
    x = Value([1.0, 2.0])
    loss = (x * x).sum()
    loss.backward()
    kept = x.grad
    loss.backward()
    assert kept.tolist() == [2.0, 4.0]


def test_views_of_a_gradient_are_no_leafs_own():
    a, b = Value(np.ones((2, 3))), Value(np.ones(6))
    (a.reshape(6) + b).backward(np.ones(6))
    assert not np.shares_memory(a.grad, b.grad)


# -- data changed between forward and backward -------------------------------------------------


@pytest.mark.parametrize("data", [2.0, [1.0, 2.0]], ids=["scalar", "array"])
def test_a_leaf_changed_between_forward_and_backward_is_refused_by_its_label(data):
    p = Value(data, label="weights of layer 1")
    loss = (p * p).sum()
    p.data = p.data * 2.0
    with pytest.raises(
        ValueError, match=r"leaf 'weights of layer 1' .*changed after multiply.*call backward"
    ):
        loss.backward()
    assert not np.any(p.grad)


def test_a_change_in_place_by_an_operator_is_refused_too():
    p = Value([1.0, 2.0], label="p")
    loss = (p * p).sum()
    p.data -= 0.5
    with pytest.raises(ValueError, match="leaf 'p'"):
        loss.backward()


def test_a_changed_leaf_without_a_label_is_refused_with_its_shape():
    p = Value([1.0, 2.0])
    loss = p.sum()
    p.data = [3.0, 4.0]
    with pytest.raises(ValueError, match=r"data of leaf \(shape \(2,\)\) was changed after sum"):
        loss.backward()


def test_a_changed_leaf_is_found_wherever_it_is_in_the_graph():
    p, q = Value(1.0, label="p"), Value(2.0, label="q")
    loss = p
    for _ in range(50):
        loss = (loss + q * 0.5) * 0.5
    q.data = 3.0
    with pytest.raises(ValueError, match="leaf 'q'"):
        loss.backward()
    assert (p.grad, q.grad) == (0.0, 0.0)


def test_changing_a_leaf_between_steps_is_fine():
    p = Value(10.0)
    losses = []
    for _ in range(50):
        loss = p * p
        losses.append(loss.data)
        p.grad = 0
        loss.backward()
        p.data -= 0.1 * p.grad
    assert losses == sorted(losses, reverse=True)
    assert abs(p.data) < 1e-3


def test_a_change_is_no_obstacle_to_what_was_computed_after_it():
    p = Value([1.0, 2.0])
    stale = (p * p).sum()
    p.data = [3.0, 4.0]
    (p * p).sum().backward()
    assert p.grad.tolist() == [6.0, 8.0]
    with pytest.raises(ValueError, match="changed"):
        stale.backward()


def test_changing_the_gradient_is_not_changing_the_data():
    p = Value(2.0)
    loss = p * p
    p.grad = 5.0
    loss.backward()
    assert p.grad == 9.0


# -- where to start ----------------------------------------------------------------------------


def test_backward_of_several_numbers_needs_a_gradient_and_says_so_with_the_shape():
    with pytest.raises(ValueError, match=r"shape \(2, 3\) needs .* v\.sum\(\)\.backward\(\)"):
        Value(np.ones((2, 3))).backward()
    with pytest.raises(ValueError, match=r"shape \(0,\)"):
        Value([]).backward()


@pytest.mark.parametrize(
    ("data", "gradient"), [([1.0, 2.0], [1.0] * 3), ([1.0], 1.0), (1.0, [1.0])]
)
def test_a_gradient_of_another_shape_is_refused_with_both_shapes(data, gradient):
    v = Value(data)
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (both shapes are looked for below)
        v.backward(gradient)
    assert f"got shape {np.shape(gradient)} for a Value of shape {v.shape}" in str(refused.value)


@pytest.mark.parametrize("gradient", ["1", [1j], [None], [Value(1.0)]], ids=repr)
def test_a_gradient_that_is_not_real_numbers_is_refused(gradient):
    with pytest.raises(TypeError):
        Value([1.0]).backward(gradient)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_number_in_any_shape_needs_no_gradient(shape):
    v = Value(np.full(shape, 2.0))
    (v * 3.0).backward()
    assert v.grad == np.full(shape, 3.0)


@given(any_shape, st.data())
def test_backward_with_a_gradient_is_backward_of_the_weighted_sum(shape, data):
    x, g = (data.draw(hnp.arrays(float, shape, elements=small_floats)) for _ in range(2))
    direct, summed = Value(x), Value(x)
    (direct * direct).backward(g)
    (summed * summed * g).sum().backward()
    assert np.array_equal(direct.grad, summed.grad)


# -- cotangents, without touching grad ---------------------------------------------------------


def test_cotangents_are_the_gradients_of_every_node_and_write_nothing():
    x, y = Value(2.0), Value(3.0)
    z = x * y
    loss = z * z
    assert cotangents({loss: 1.0}) == {loss: 1.0, z: 12.0, x: 36.0, y: 24.0}
    assert (x.grad, y.grad, z.grad, loss.grad) == (0.0, 0.0, 0.0, 0.0)


def test_the_walk_goes_from_users_to_inputs_each_once():
    x = Value(2.0)
    y = x * x
    z = y + x
    assert [id(v) for v in newest_first(z)] == [id(z), id(y), id(x)]


# -- only what is new enough -------------------------------------------------------------------


def test_values_made_before_an_order_are_left_out_with_all_they_came_from():
    old = Value(2.0)
    made = old * 3.0
    x = Value(5.0)
    y = x * made
    assert newest_first(y, since=x.order) == [y, x]
    assert cotangents({y: 1.0}, since=x.order) == {y: 1.0, x: 6.0}
    assert newest_first(y, since=made.order) == [y, x, made]
    assert set(cotangents({y: 1.0}, since=made.order)) == {y, x, made}


def test_a_leaf_changed_before_all_that_is_asked_for_is_no_obstacle():
    old = Value(2.0)
    made = old * 3.0
    old.data = 7.0
    x = Value(5.0)
    y = x * made
    assert cotangents({y: 1.0}, since=x.order) == {y: 1.0, x: 6.0}
    with pytest.raises(ValueError, match="changed"):
        cotangents({y: 1.0})


def test_a_block_without_a_graph_does_not_look_for_anomalies():
    x = Value(0.0)
    y = np.sqrt(x)
    with no_grad(), np.errstate(all="ignore"):
        y.backward()
    assert x.grad == np.inf


# -- each step of the walk ---------------------------------------------------------------------


def test_a_leaf_that_is_younger_than_an_inner_value_does_not_end_the_walk():
    x = Value(2.0)
    inner = x * 3.0
    weight = Value(5.0)
    (inner * weight).backward()
    assert (x.grad, weight.grad) == (15.0, 6.0)


def test_rules_get_the_parameters_of_the_call_also_while_anomalies_are_looked_for():
    x = Value([[1.0, 2.0], [3.0, 4.0]])
    with detect_anomaly():
        x.sum(axis=1).backward([10.0, 20.0])
    assert x.grad.tolist() == [[10.0, 10.0], [20.0, 20.0]]


def test_where_pythons_floats_raise_the_rule_gets_numpys_with_the_parameters(scaled):
    x = Value(0.0)
    with np.errstate(all="ignore"):
        scaled(x, scale=-2.0).backward()
        assert x.grad == -np.inf
        x.grad = 0
        scaled(x).backward()
    assert x.grad == np.inf


def test_a_rule_may_return_a_python_float_for_numpys_scalar(scaled):
    x = Value(np.float32(4.0))
    y = scaled(x, scale=2.0)
    assert type(cotangents({y: 1.0})[x]) is np.float32
    assert cotangents({y: 1.0})[x] == 0.5


@pytest.fixture
def scaled():
    """scale · x, with scale / x for its derivative, in Python's floats where it can be."""

    def rule(g, y, x, scale=1.0):
        return g * scale / (float(x) if type(x) is np.float32 else x)

    yield primitive(
        lambda x, scale=1.0: x * scale,
        "·",
        rule,
        name="scaled",
        elementwise=True,
    )
    del TABLE["scaled"]


def test_a_complex_value_may_start_from_a_complex_gradient():
    z = Value(1j)
    (z * 2.0).backward(1j)
    assert z.grad == 2j


def test_a_gradient_for_complex_numbers_keeps_its_imaginary_part_in_another_dtype():
    z = Value(np.array([1j], np.complex64))
    (z * np.array([2j])).backward([1.0])
    assert z.grad.dtype == np.complex64
    assert z.grad.tolist() == [2j]


@pytest.mark.parametrize("symbolic", [False, True])
def test_a_real_input_gets_the_real_part_of_a_complex_gradient_in_its_own_dtype(symbolic):
    x, row = Value(2.0), Value(np.array([1.0, 2.0], np.float32))
    for v, factor, expected in [(x, 1j, -1.0), (row, np.array([1j, 2.0]), [-1.0, 2.0])]:
        y = v * factor
        seed = Value(np.full(y.shape, 1 + 1j))
        g = cotangents({y: seed if symbolic else seed.data}, symbolic=symbolic)[v]
        g = g.data if symbolic else g
        assert np.array_equal(g, expected)
        assert type(g) is type(v.data)
        assert np.asarray(g).dtype == v.dtype


def test_a_float_that_meets_float32_gets_a_gradient_of_float64_that_can_be_differentiated():
    x, row = Value(2.0), Value(np.array([3.0, 4.0], np.float32))
    y = (x * row).sum()
    g = cotangents({y: Value(np.float32(1.0))}, symbolic=True)[x]
    assert (g.dtype, g.data) == (np.float64, 7.0)


def test_gradients_are_summed_in_the_array_that_arrived_first_if_nobody_else_holds_it(monkeypatch):
    made = []

    def rule(g, y, x):
        gradient = np.cos(x) * g
        made.append(address(gradient))
        return gradient

    monkeypatch.setattr(TABLE["sin"], "rules", (rule,))
    x = Value(np.zeros(50))
    y = np.sin(x) + 2.0 * np.sin(x) + 3.0 * np.sin(x)
    found = cotangents({y: np.ones(50)})
    assert address(found[x]) == made[0]
    assert np.all(found[x] == 6.0)


def test_holders_of_an_array_are_counted_alike_under_a_debugger_and_a_profiler():
    counts = [written._counted(written._one)]
    for watch in (sys.settrace, sys.setprofile):
        before = sys.gettrace() if watch is sys.settrace else sys.getprofile()
        watch(lambda *_: None)
        try:
            counts.append(written._counted(written._one))
        finally:
            watch(before)
    assert counts == [written.LOOKED_UP] * 3


def test_what_arrives_second_is_not_added_into_an_array_that_others_hold():
    x = Value(np.ones(3))
    y = x + x  # both get the very gradient that came in
    seed = np.ones(3)
    z = y.sum() + (y * 2.0).sum()
    found = cotangents({y: seed})
    assert found[x].tolist() == [2.0, 2.0, 2.0]
    assert seed.tolist() == found[y].tolist() == [1.0, 1.0, 1.0]
    z.backward()
    assert y.grad.tolist() == [3.0, 3.0, 3.0]
    assert x.grad.tolist() == [6.0, 6.0, 6.0]

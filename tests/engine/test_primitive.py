"""One entry of the table: how it is called, which of its rules run, and what they may return."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value
from tinygrad_xor.engine import TABLE, Primitive, Variadic, alias, constant, primitive
from tinygrad_xor.engine.sampling import positive, real
from tinygrad_xor.engine.table import BY_FUNCTION
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.testing.checks import check_entry

pytestmark = pytest.mark.usefixtures("own_entries")


class Counting:
    """x * y, with rules that count how often they are called."""

    def __init__(self):
        TABLE.pop("counted product", None)
        self.calls = [0, 0]

        def by_x(g, z, x, y):
            self.calls[0] += 1
            return g * y

        def by_y(g, z, x, y):
            self.calls[1] += 1
            return g * x

        self.entry = primitive(
            lambda x, y: x * y, "×", by_x, by_y, name="counted product", elementwise=True
        )

    def __call__(self, x, y):
        return self.entry(x, y)


# -- only the rules that are needed ------------------------------------------------------------


@pytest.mark.parametrize("plain", [3.0, 3, np.float32(3), np.array([3.0, 3.0]), [3.0, 3.0]])
def test_the_rule_of_a_constant_is_never_called(plain):
    product = Counting()
    x = Value(2.0)
    product(x, plain).sum().backward()
    assert product.calls == [1, 0]
    product(plain, x).sum().backward()
    assert product.calls == [1, 1]


def test_each_rule_is_called_once_for_each_node_however_often_it_is_used():
    product = Counting()
    z = product(Value(2.0), Value(3.0))
    (z + z * z + z).backward()
    assert product.calls == [1, 1]


@given(st.integers(1, 30))
def test_shared_nodes_do_not_multiply_the_work(n):
    product = Counting()
    z = Value(1.0)
    for _ in range(n):
        z = product(z, z)
    z.backward()
    assert product.calls == [n, n]


def test_building_a_graph_calls_no_rule():
    product = Counting()
    product(Value(2.0), product(Value(3.0), 4.0))
    assert product.calls == [0, 0]


def test_what_the_result_does_not_depend_on_costs_no_rule():
    product = Counting()
    x = Value(2.0)
    product(x, 3.0)
    (x * 3.0).backward()
    assert product.calls == [0, 0]


def test_behind_an_argument_without_a_rule_nothing_runs():
    product = Counting()
    x = Value(2.0)
    np.where(product(x, 3.0), Value(1.0), 0.0).backward()
    assert product.calls == [0, 0]
    assert x.grad == 0.0


# -- calling an entry --------------------------------------------------------------------------


def test_an_entry_given_plain_numbers_gives_the_plain_result():
    assert type(TABLE["multiply"](2.0, 3.0)) is np.float64
    assert type(TABLE["multiply"](np.ones(2), 3.0)) is np.ndarray


def test_a_value_remembers_the_entry_its_inputs_and_its_parameters():
    x, constant = Value([[1.0, 2.0]]), np.array([3.0, 4.0])
    y = x * constant
    total = y.sum(axis=0)
    assert y.primitive is TABLE["multiply"]
    assert y.inputs[0] is x
    assert y.inputs[1].tolist() == [3.0, 4.0]
    assert total.primitive is TABLE["sum"]
    assert total.params == {"axis": 0}
    assert (x.primitive, x.inputs, x.params) == (None, (), None)


def test_a_list_is_remembered_as_the_array_it_stands_for():
    x = Value([1.0, 2.0])
    y = TABLE["multiply"](x, [3.0, 4.0])
    assert y.inputs[0] is x
    assert type(y.inputs[1]) is np.ndarray


def test_an_entry_shows_its_name():
    assert repr(TABLE["multiply"]) == "<primitive multiply>"


# -- adding one --------------------------------------------------------------------------------


@given(st.floats(-10, 10))
def test_one_entry_is_all_a_new_operation_needs(x):
    TABLE.pop("cube", None)
    cube = primitive(
        lambda x: x * x * x, "x³", lambda g, y, x: g * 3 * x * x, name="cube", elementwise=True
    )
    v = Value(x)
    cube(v).backward()
    assert v.grad == 3 * x * x


def test_an_entry_for_a_numpy_function_is_found_by_that_function():
    del TABLE["arctan"], BY_FUNCTION[np.arctan]
    with pytest.raises(TypeError, match=r"np\.arctan has no entry"):
        np.arctan(Value(2.0))
    arctan = primitive(np.arctan, "arctan", lambda g, y, x: g / (1 + x * x))
    v = Value([0.0, 2.0])
    y = np.arctan(v)
    y.sum().backward()
    assert y.primitive is arctan is TABLE["arctan"]
    assert v.grad.tolist() == [1.0, 0.2]


def test_an_entry_may_stand_for_a_numpy_function_with_a_faster_twin():
    del TABLE["flip"], BY_FUNCTION[np.flip]
    entry = primitive(
        lambda x: x[::-1],
        "flip",
        lambda g, y, x: g[::-1],
        implements=np.flip,
        calls=lambda random: (((3,),), {}),
    )
    v = Value([1.0, 2.0])
    y = np.flip(v)
    y.backward([10.0, 20.0])
    assert entry.name == "flip"
    assert y.data.tolist() == [2.0, 1.0]
    assert v.grad.tolist() == [20.0, 10.0]


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ValueError, match="already has an operation called 'multiply'"):
        primitive(np.multiply, "×", lambda g, z, x, y: g * y, lambda g, z, x, y: g * x)


def test_an_operation_on_whole_arrays_must_say_how_to_call_it():
    del TABLE["cumsum"]
    with pytest.raises(ValueError, match=r"cumsum is not elementwise: pass calls="):
        primitive(np.cumsum, "Σ", lambda g, y, x: g)
    assert "cumsum" not in TABLE


def test_numpys_elementwise_functions_are_known_to_be_elementwise_and_to_broadcast():
    del TABLE["arctan2"]
    entry = primitive(np.arctan2, "arctan2", lambda g, z, y, x: g, lambda g, z, y, x: g)
    assert entry.elementwise
    assert entry.broadcasts
    assert not TABLE["matmul"].elementwise
    assert TABLE["matmul"].broadcasts


def test_the_parameters_of_an_entry_are_those_of_its_rules():
    assert {"axis", "keepdims"} <= TABLE["sum"].parameters
    assert "dtype" not in TABLE["sum"].parameters


def test_a_function_declared_constant_gives_plain_results():
    with pytest.raises(TypeError, match=r"np\.frexp has no entry"):
        np.frexp(Value(2.5))
    constant(np.frexp)
    assert np.frexp(Value(2.5)) == (0.625, 2)


def test_a_declaration_is_kept_as_it_was_made():
    def calls(random):
        return ((2,), (2,)), {}

    def rule(g, z, x, y):
        return g

    def kink(x, y):
        return x

    entry = primitive(
        np.add,
        "s",
        rule,
        None,
        name="n",
        implements=np.nextafter,
        domain=(positive, real),
        elementwise=False,
        broadcasts=True,
        real_only=True,
        calls=calls,
        distance_to_kink=kink,
    )
    assert TABLE["n"] is BY_FUNCTION[np.nextafter] is entry
    assert (entry.function, entry.implements, entry.symbol) == (np.add, np.nextafter, "s")
    assert (entry.name, entry.rules, entry.domains) == ("n", (rule, None), (positive, real))
    assert (entry.elementwise, entry.broadcasts, entry.real_only) == (False, True, True)
    assert (entry.calls, entry.distance_to_kink) == (calls, kink)


def test_what_is_not_declared_has_its_default():
    del TABLE["nextafter"]
    entry = primitive(np.nextafter, "s", lambda g, z, x, y: g, None)
    assert TABLE["nextafter"] is BY_FUNCTION[np.nextafter] is entry
    assert (entry.function, entry.implements) == (np.nextafter, np.nextafter)
    assert entry.domains == (real, real)
    assert (entry.elementwise, entry.broadcasts, entry.real_only) == (True, True, False)
    assert (entry.calls, entry.distance_to_kink) == (None, None)


def test_one_rule_for_each_of_any_number_of_inputs_is_told_which():
    each = Variadic(lambda g, y, *x: lambda i: g * 10**i)
    entry = primitive(
        lambda *x: sum(x), "s", each, implements=np.gcd, calls=lambda random: (((2,), (2,)), {})
    )
    assert entry.rules is each
    assert entry.page == __name__.rpartition(".")[2]
    values = [Value([1.0, 2.0]) for _ in range(3)]
    entry(*values).backward([1.0, 2.0])
    assert [v.grad.tolist() for v in values] == [[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]
    assert np.gcd(*values[:2]).data.tolist() == [2.0, 4.0]


def test_an_alias_is_another_name_for_an_entry():
    alias("exp", np.frexp)
    assert BY_FUNCTION[np.frexp] is TABLE["exp"]


# -- what a rule may return --------------------------------------------------------------------


def test_a_rule_that_returns_another_shape_is_refused_with_both_shapes_and_its_name():
    wrong = primitive(
        lambda x: x * 2.0,
        "?",
        lambda g, y, x: np.ones((2, 5)),
        name="wrong",
        calls=lambda random: (((3,),), {}),
    )
    with pytest.raises(ValueError, match=r"rule of wrong .*\(2, 5\) for an input of shape \(3,\)"):
        wrong(Value(np.ones(3))).sum().backward()


def test_a_rule_that_returns_too_few_axes_is_refused_with_both_shapes_and_its_name():
    wrong = primitive(
        lambda x: x * 2.0, "?", lambda g, y, x: np.sum(g, axis=0), name="wrong", elementwise=True
    )
    with pytest.raises(ValueError, match=r"rule of wrong .*\(3,\) for an input of shape \(2, 3\)"):
        wrong(Value(np.ones((2, 3)))).sum().backward()


def test_a_rule_that_returns_a_transposed_gradient_is_refused_though_the_size_is_right():
    wrong = primitive(
        lambda x: x * 2.0, "?", lambda g, y, x: 2.0 * g.T, name="wrong", elementwise=True
    )
    with pytest.raises(
        ValueError, match=r"rule of wrong .*\(3, 2\) for an input of shape \(2, 3\)"
    ):
        wrong(Value(np.ones((2, 3)))).sum().backward()


def test_a_rule_may_return_any_real_dtype_and_the_leaf_keeps_its_own():
    step = primitive(
        lambda x: x * 1.0, "?", lambda g, y, x: (g > 0) & (x > 0), name="step", elementwise=True
    )
    for dtype in (np.float32, np.float64):
        v = Value(np.array([1.0, -1.0], dtype))
        step(v).sum().backward()
        assert v.grad.dtype == dtype
        assert v.grad.tolist() == [1.0, 0.0]


BY_X, BY_Y = (lambda g, z, x, y: g * y), (lambda g, z, x, y: g * x)


@pytest.mark.parametrize(
    ("rules", "message"),
    {
        "one for two": ((BY_X,), "product takes 2 inputs, and comes with 1 rules"),
        "three for two": ((BY_X,) * 3, "product takes 2 inputs, and comes with 3 rules"),
        "none at all": ((), "product takes 2 inputs, and comes with 0 rules"),
        "too few arguments": (
            (BY_X, lambda g, z, x: g * x),
            r"rule of product for y takes \(g, z, x\), but it is called with \(g, output, x, y\)",
        ),
        "too many": (
            (lambda g, z, x, y, w: g, BY_Y),
            r"rule of product for x takes \(g, z, x, y, w\), but",
        ),
        "no function": ((BY_X, "x"), "rule of product for y is 'x', no function"),
    }.values(),
)
def test_rules_that_do_not_fit_are_refused_with_the_operation_and_the_argument(rules, message):
    with pytest.raises(TypeError, match=message):
        primitive(lambda x, y: x * y, "×", *rules, name="product", elementwise=True)
    assert "product" not in TABLE


def test_a_ufunc_comes_with_a_rule_for_each_of_its_inputs():
    with pytest.raises(TypeError, match="atan2 takes 2 inputs, and comes with 1 rules"):
        primitive(np.arctan2, "?", BY_X, name="atan2")


# -- without any inputs ------------------------------------------------------------------------


def test_an_operation_of_any_number_of_inputs_gives_the_plain_result_of_none():
    total = primitive(
        lambda *xs: sum(xs, 0.5),
        "Σ",
        Variadic(lambda g, y, *xs: lambda i: g),
        name="total",
        elementwise=True,
    )
    assert total() == total.apply((), {}) == 0.5
    assert total(Value(1.0)).item() == 1.5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (TABLE["exp"], TypeError, "^exp\\(\\) takes"),
        (lambda: TABLE["multiply"].apply((), {}), TypeError, "^multiply\\(\\) takes"),
        (lambda: TABLE["concatenate"](axis=0), ValueError, "^need at least one array"),
    ],
)
def test_where_a_function_needs_inputs_its_own_message_says_so(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("nothing", [None, "x", (1.0,)])
def test_a_rule_that_returns_no_gradient_is_named_with_its_argument(nothing):
    product = primitive(
        lambda x, y: x * y, "×", BY_X, lambda g, z, x, y: nothing, name="product", elementwise=True
    )
    with pytest.raises(TypeError, match=r"rule of product for y returned .*for an input of shape"):
        product(Value(2.0), Value(3.0)).backward()
    product(Value(2.0), 3.0).backward()
    assert "the rule of product for y returned" in check_entry(product, 2, 0).failure


def test_a_value_where_a_parameter_is_expected_does_not_lose_its_gradient_in_silence():
    scaled = primitive(
        lambda x, by: x * by,
        "×",
        lambda g, z, x, by: g * by,
        name="scaled",
        calls=lambda random: (((2,),), {"by": 2.0}),
    )
    x = Value([1.0, 2.0])
    for y in (scaled(x, 3.0), scaled(x, by=3.0)):
        x.grad = None
        y.sum().backward()
        assert x.grad.tolist() == [3.0, 3.0]
    with pytest.raises(TypeError, match="scaled has 1 rules, and none for by: pass its plain data"):
        scaled(x, Value(3.0))
    two = primitive(
        lambda x, y: x * y, "×", BY_X, name="two", calls=lambda random: (((2,), (2,)), {})
    )
    assert (
        "the calls= of two draw 2 inputs, for which it has 1 rules"
        in check_entry(two, 2, 0).failure
    )


def test_an_entry_can_be_put_in_the_place_of_another():
    old = TABLE["tanh"]
    alias("tanh", np.frexp)
    before = np.tanh(Value(0.5))
    new = primitive(np.tanh, "th", lambda g, y, x: 10 * g, replace=True)
    assert TABLE["tanh"] is BY_FUNCTION[np.tanh] is BY_FUNCTION[np.frexp] is new is not old
    x = Value(0.5)
    np.tanh(x).backward()
    assert x.grad == 10.0
    before.backward()
    assert before.inputs[0].grad == 1 - np.tanh(0.5) ** 2


def test_a_cell_that_declares_an_operation_can_run_again():
    for factor in (1.0, 2.0):
        own = primitive(
            lambda x: x, "?", lambda g, y, x, f=factor: g * f, name="own", elementwise=True,
            replace=True,
        )  # fmt: skip
        x = Value(1.0)
        own(x).backward()
        assert x.grad == factor


# -- the table as a whole ----------------------------------------------------------------------


@pytest.mark.parametrize("entry", list(TABLE.values()), ids=list(TABLE))
def test_every_entry_is_complete(entry):
    assert isinstance(entry, Primitive)
    assert TABLE[entry.name] is entry
    assert entry.symbol
    assert any(rule is not None for _, rule in zip(range(3), entry.rules, strict=False))
    assert isinstance(entry.rules, Variadic) or len(entry.domains) == len(entry.rules)
    assert entry.elementwise or entry.calls is not None


@pytest.mark.parametrize("name", [n for n, e in TABLE.items() if e.calls is not None])
@given(data=st.data())
def test_every_sampler_of_calls_draws_calls_that_work(name, data):
    call = data.draw(gst.calls(TABLE[name]))
    assert isinstance(TABLE[name].rules, Variadic) or len(call.inputs) == len(TABLE[name].rules)
    assert type(call()) is Value


NEEDED = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "negative",
    "exp",
    "log",
    "sqrt",
    "absolute",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "relu",
    "leaky_relu",
    "softplus",
    "maximum",
    "minimum",
    "where",
    "sum",
    "mean",
    "matmul",
    "transpose",
    "swapaxes",
    "reshape",
    "getitem",
    "broadcast_to",
    "logsumexp",
]


@pytest.mark.parametrize("name", NEEDED)
def test_the_first_page_of_derivatives_has(name):
    assert name in TABLE

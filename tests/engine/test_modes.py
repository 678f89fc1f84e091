"""no_grad and detect_anomaly: what they do, where they end, and what their errors say."""

import asyncio
import contextvars
import re
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_xor import Value, detect_anomaly, grad, no_grad
from tinygrad_xor.engine import cotangents, modes, origins, recording
from tinygrad_xor.engine.core import GRADIENT_WATCHERS, RESULT_WATCHERS

# -- no_grad -----------------------------------------------------------------------------------


def test_without_a_graph_results_are_leaves():
    x = Value([1.0, 2.0])
    with no_grad():
        results = [x * 2.0, np.exp(x), x.sum(), x[0], np.stack([x, x]), x.relu()]
    for y in results:
        assert (y.primitive, y.inputs, y.params) == (None, (), None)
    assert (x * 2.0).inputs


@pytest.mark.parametrize("part", [np.real, np.transpose, lambda x: x[0], lambda x: x.reshape(-1)])
def test_without_a_graph_results_have_arrays_of_their_own(part):
    x = Value([[1.0, 2.0], [3.0, 4.0]])
    with no_grad():
        y = part(x)
    before = y.data.tolist()
    x.data -= 1.0
    assert y.data.tolist() == before
    y.data += 10.0
    assert x.data.tolist() == [[0.0, 1.0], [2.0, 3.0]]


def test_the_block_ends_where_it_ends_even_after_an_error():
    x = Value(1.0)
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x * 2.0).inputs


def test_blocks_may_be_nested():
    x = Value(1.0)
    with no_grad():
        with no_grad():
            pass
        assert not (x * 2.0).inputs
    assert (x * 2.0).inputs


def test_another_thread_goes_on_recording():
    x, inputs = Value(1.0), []
    with no_grad():
        thread = threading.Thread(target=lambda: inputs.append((x * 2.0).inputs))
        thread.start()
        thread.join()
        assert not (x * 2.0).inputs
    assert inputs == [(x, 2.0)]


def test_what_is_computed_without_a_graph_is_a_constant_for_the_gradient_around_it():
    def f(x):
        with no_grad():
            c = x * x
        return c * x

    assert grad(f)(3.0) == 9.0


def test_grad_works_inside_a_block_without_a_graph():
    with no_grad():
        assert grad(lambda x: x**3)(2.0) == 12.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0


def test_backward_works_inside_a_block_on_a_graph_from_outside():
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward()
    assert x.grad == 6.0


# -- detect_anomaly ----------------------------------------------------------------------------


def line_of(code):
    """How an error names a line of this file."""
    return rf'.*test_modes\.py, line \d+: "{code}"'


def test_the_first_infinity_going_forward_is_named_with_its_source_line():
    x = Value([1e300, 1.0], label="x")
    with pytest.raises(FloatingPointError) as error, detect_anomaly(), np.errstate(all="ignore"):
        np.log(x * 1e300 + 1.0)
    message = str(error.value)
    assert "multiply gave inf at [0]" in message
    assert "'x' (shape (2,))" in message
    assert "test_modes.py, line " in message
    assert '"np.log(x * 1e300 + 1.0)"' in message


@pytest.mark.parametrize("data", [-1.0, [2.0, -1.0]], ids=["scalar", "array"])
def test_the_first_nan_going_forward_is_named(data):
    with (
        pytest.raises(FloatingPointError, match="log gave nan"),
        detect_anomaly(),
        np.errstate(all="ignore"),
    ):
        np.log(Value(data)) + 1.0


@pytest.mark.parametrize("differentiate", [lambda y: y.backward(), lambda y: y.sum().backward()])
def test_the_first_nan_going_backward_is_named_with_the_line_of_the_operation(differentiate):
    x = Value(0.0, label="x")
    with detect_anomaly(), np.errstate(all="ignore"):
        root = np.sqrt(x)
        with pytest.raises(FloatingPointError) as error:
            differentiate(root * 1.0)
    assert "the gradient of sqrt for 'x' (shape ()) is inf" in str(error.value)
    assert '"root = np.sqrt(x)"' in str(error.value)


def test_grad_is_watched_too():
    with (
        pytest.raises(FloatingPointError, match=r"the gradient of sqrt .* is inf"),
        detect_anomaly(),
        np.errstate(all="ignore"),
    ):
        grad(np.sqrt)(0.0)


def test_a_graph_from_outside_of_the_block_is_watched_but_its_line_is_not_known():
    x = Value(0.0)
    y = np.sqrt(x)
    with (
        pytest.raises(FloatingPointError, match="enter it before the forward pass to see which"),
        detect_anomaly(),
        np.errstate(all="ignore"),
    ):
        y.backward()


def test_outside_of_the_block_nothing_is_raised():
    with detect_anomaly():
        (Value(1.0) * 2.0).backward()
    assert (Value(1e300) * 1e300).data == np.inf


# -- the errors, in full -----------------------------------------------------------------------


def test_the_error_going_forward_in_full():
    x, w = Value([1.0, 1e300], label="x"), Value([[1.0], [2.0]])
    with pytest.raises(FloatingPointError) as scalar, detect_anomaly(), np.errstate(all="ignore"):
        Value(1e200) * 1e200
    with pytest.raises(FloatingPointError) as array, detect_anomaly(), np.errstate(all="ignore"):
        x * 1e10
    assert re.fullmatch(
        r"multiply gave inf, from inputs \(\) = 1e\+200, \(\) = 1e\+200, at "
        + line_of(r"Value\(1e200\) \* 1e200"),
        str(scalar.value),
    )
    assert re.fullmatch(
        r"multiply gave inf at \[1\], from inputs 'x' \(shape \(2,\)\), \(\) = 1e\+10, at "
        + line_of(r"x \* 1e10"),
        str(array.value),
    )
    with pytest.raises(FloatingPointError) as matrix, detect_anomaly(), np.errstate(all="ignore"):
        np.ones((1, 2)) / (w - 1.0)
    assert re.match(
        r"divide gave inf at \[0, 0\], from inputs \(1, 2\), \(2, 1\), at ", str(matrix.value)
    )


def test_the_error_going_backward_in_full():
    x = Value(0.0, label="x")
    with detect_anomaly(), np.errstate(all="ignore"):
        y = np.sqrt(x)
        with pytest.raises(FloatingPointError) as error:
            y.backward()
    assert re.fullmatch(
        r"the gradient of sqrt for 'x' \(shape \(\)\) is inf, from inputs 'x' \(shape \(\)\); "
        "the operation is at " + line_of(r"y = np\.sqrt\(x\)"),
        str(error.value),
    )


def test_the_error_of_a_graph_from_outside_of_the_block_in_full():
    x = Value(0.0)
    y = np.sqrt(x)
    with (
        pytest.raises(
            FloatingPointError,
            match=r"; the operation is at a line outside of detect_anomaly\(\): enter it before "
            r"the forward pass to see which$",
        ),
        detect_anomaly(),
        np.errstate(all="ignore"),
    ):
        y.backward()


def test_a_gradient_that_is_a_value_is_named_by_its_number():
    y = Value(1.0) + 1.0
    with pytest.raises(FloatingPointError, match=r"add for \(\) = 1 is inf, "), detect_anomaly():
        cotangents({y: Value(np.inf)}, symbolic=True)


def test_an_error_in_a_derivative_of_second_order_names_the_operation_it_is_of():
    with (
        pytest.raises(FloatingPointError, match=r", in the derivative of sqrt, at "),
        detect_anomaly(),
        np.errstate(all="ignore"),
    ):
        grad(grad(np.sqrt))(0.0)


def test_where_no_line_is_the_users_the_line_is_unknown(monkeypatch):
    monkeypatch.setattr(modes, "LIBRARIES", ("",))
    assert modes.users_line() == ("<unknown>", 0)


def test_whether_a_graph_is_built_can_be_asked():
    assert modes.is_recording() is True
    with no_grad():
        assert modes.is_recording() is False
        with recording():
            assert modes.is_recording() is True


# -- blocks that end in any order, or elsewhere --------------------------------------------------


def nothing_is_watched():
    return not RESULT_WATCHERS and not GRADIENT_WATCHERS and bool((Value(1.0) * 2.0).inputs)


@given(st.permutations(range(4)), st.lists(st.sampled_from(range(3)), min_size=4, max_size=4))
def test_blocks_closed_in_any_order_leave_nothing_behind(suspended_in, order, kinds):
    blocks = [(no_grad, detect_anomaly, origins)[kind]() for kind in kinds]
    generators = [suspended_in(block) for block in blocks]
    for i in order:
        assert not nothing_is_watched()
        generators[i].close()
    assert nothing_is_watched()
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0


def test_a_block_that_is_still_open_holds_after_another_was_closed_before_it(suspended_in):
    first, second = suspended_in(no_grad()), suspended_in(no_grad())
    first.close()
    assert not modes.is_recording()
    second.close()
    assert modes.is_recording()


def test_a_break_out_of_an_async_generator_leaves_nothing_behind():
    async def numbers():
        with no_grad():
            for i in range(3):
                yield i

    async def first():
        async for _ in numbers():
            break  # the generator is closed later, in another context
        await asyncio.sleep(0)

    async def main():
        await asyncio.gather(*[first() for _ in range(3)])

    asyncio.run(main())
    assert nothing_is_watched()


def test_a_block_left_in_another_context_has_ended():
    block = no_grad()
    contextvars.copy_context().run(block.__enter__)
    block.__exit__(None, None, None)
    assert nothing_is_watched()


def test_one_object_can_be_entered_again_and_inside_itself():
    block = no_grad()
    for _ in range(2):
        with block:
            with block:
                assert not modes.is_recording()
            assert not modes.is_recording()
        assert modes.is_recording()


def test_a_function_can_be_decorated():
    @no_grad()
    def double(x):
        return x * 2.0

    assert double(Value(2.0)).inputs == double(Value(2.0)).inputs == ()


def test_a_generator_can_be_decorated():
    @no_grad()
    def doubled(x):
        """Doubles."""
        while True:
            try:
                x = (yield x * 2.0) or x
            except KeyError:
                return x * 3.0

    def last(x):
        return (yield from doubled(x))

    steps = last(Value(2.0))
    for step in (next, next, lambda s: s.send(Value(5.0))):
        assert not step(steps).inputs
        assert modes.is_recording()
    with pytest.raises(StopIteration) as end:
        steps.throw(KeyError())
    assert (end.value.value.data, end.value.value.inputs) == (15.0, ())
    assert doubled.__doc__ == "Doubles."
    assert nothing_is_watched()


def test_a_decorated_generator_is_closed_in_its_block():
    seen = []

    @no_grad()
    def waiting():
        try:
            yield
        finally:
            seen.append(modes.is_recording())

    for _ in waiting():
        break
    assert seen == [False]
    assert nothing_is_watched()


def test_a_coroutine_can_be_decorated():
    @no_grad()
    async def double(x):
        await asyncio.sleep(0.0)
        return x * 2.0

    async def both():
        waiting = asyncio.create_task(double(Value(2.0)))
        await asyncio.sleep(0.0)
        assert modes.is_recording()
        return await waiting

    assert asyncio.run(both()).inputs == ()
    assert nothing_is_watched()


def test_an_asynchronous_generator_cannot_be_decorated():
    async def numbers():
        yield 1.0

    with pytest.raises(TypeError, match=r"numbers is an asynchronous generator.*with block inside"):
        no_grad()(numbers)


def test_one_object_in_many_threads_ends_in_each_for_itself():
    block, wrong = no_grad(), []

    def work():
        for _ in range(200):
            with block:
                if modes.is_recording():
                    wrong.append("recorded inside")
            if not modes.is_recording():
                wrong.append("not recorded outside")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert nothing_is_watched()

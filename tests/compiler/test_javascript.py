"""JavaScript gives the bits of Python and of machine code, in node and in a browser."""

import base64
import functools
import os
import shutil
import subprocess
from random import Random

import numpy as np
import pytest
from test_lowerings import points
from test_random_programs import random_function

from tinygrad_xor.compiler import Scan, python, scan
from tinygrad_xor.compiler.javascript import function_source
from tinygrad_xor.compiler.loops import stepping
from tinygrad_xor.compiler.lowered import DIGITS, Lowered
from tinygrad_xor.compiler.lowerings import FLOATS, lowering
from tinygrad_xor.compiler.portable import PORTABLE
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import SGD, Adam, AdamW, RMSprop
from tinygrad_xor.program import TraceError, trace
from tinygrad_xor.program.functions import name_of
from tinygrad_xor.program.trace import same_bits
from tinygrad_xor.program.trees import flatten
from tinygrad_xor.training.step import Step

#: Calls of a function ``run(numbers)`` of one Float64Array, whose bits go as base64 both ways.
_BYTES = """
const given = Uint8Array.from(atob("{given}"), c => c.charCodeAt(0));
const answer = new Uint8Array(run(new Float64Array(given.buffer)).buffer);
let text = "";
for (const byte of answer) text += String.fromCharCode(byte);
return btoa(text);
"""


def called(source, numbers):
    """A body of a function that calls ``run`` of a source."""
    given = base64.b64encode(np.asarray(numbers, "<f8").tobytes()).decode()
    return source + _BYTES.replace("{given}", given)


def answered(text):
    return np.frombuffer(base64.b64decode(text), "<f8")


@pytest.fixture(scope="session")
def in_node():
    """A function that runs JavaScript's ``run`` on numbers, and gives the numbers it gives."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here")

    def run(source, numbers):
        script = f"console.log((() => {{{called(source, numbers)}}})())"
        done = subprocess.run(
            [node, "-"], input=script, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return answered(done.stdout)

    return run


@pytest.fixture(scope="session")
def in_chromium(chromium):
    """The same in a browser."""
    driver = chromium()
    driver.set_script_timeout(600)
    return lambda source, numbers: answered(driver.execute_script(called(source, numbers)))


@pytest.fixture(params=["node", "chromium"])
def javascript(request):
    """Each of them."""
    return request.getfixturevalue(f"in_{request.param}")


#: ``run(numbers)``: each function on its part of the numbers, so many times.
RUN = """
function run(given) {
  const results = [];
  let start = 0;
  for (const [f, takes, gives, times] of calls) for (let i = 0; i < times; i++) {
    const out = new Float64Array(gives);
    f(given.subarray(start, start += takes), out);
    results.push(...out);
  }
  return Float64Array.from(results);
}
"""


def calls_of(programs, times):
    """A source of ``run`` for programs on numbers."""
    calls = []
    for i, program in enumerate(programs):
        source = function_source(program, f"f{i}")
        sizes = f"{len(program.inputs)}, {len(program.outputs)}, {times}"
        calls.append(f"[(() => {{\n{source}\nreturn f{i};\n}})(), {sizes}]")
    return f"const calls = [{', '.join(calls)}];\n{RUN}"


def has_library_calls(program):
    entries = [lowering(step.function, kind) for step in program.steps for kind in "fib"]
    return any(entry is not None and entry.is_call for entry in entries)


@pytest.mark.parametrize("numpys", PORTABLE, ids=name_of)
def test_functions_with_the_same_digits_everywhere_have_them_everywhere(numpys, javascript):
    x = points(20_000)[:, 0]
    step = lambda s, row: (s, numpys(row))
    with np.errstate(all="ignore"):
        wanted = PORTABLE[numpys](x)
    for backend in ("python", "native"):
        assert same_bits(scan(step, 0.0, x, backend=backend)[1], wanted)
    program = Lowered(trace(numpys, 0.3)).numbers
    assert same_bits(javascript(calls_of([program], len(x)), x), wanted)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_all_functions_of_the_table_are_those_of_python_and_exact_ones_bit_for_bit(
    dtype, javascript
):
    functions = [f for f in {**DIGITS["library"], **FLOATS} if isinstance(f, np.ufunc)]
    x = points(1_500, 3, dtype)
    programs, numbers, wanted = [], [], []
    for f in functions:
        example = [dtype(0.3)] * f.nin
        program = Lowered(trace(f, *example)).numbers
        of_python = python.function(program)
        rows = [[*map(dtype if dtype == np.float32 else float, row[: f.nin])] for row in x]
        programs.append(program)
        numbers.append(np.ravel(rows))
        wanted.append([of_python(*row)[0] for row in rows])
    got = javascript(calls_of(programs, len(x)), np.concatenate(numbers)).reshape(-1, len(x))
    for f, program, a, b in zip(functions, programs, got, np.array(wanted, float), strict=True):
        if has_library_calls(program):
            near = 1e-14 if dtype == np.float64 else 1e-6
            np.testing.assert_allclose(a, b, rtol=near, err_msg=name_of(f))
        else:
            assert same_bits(a, b), name_of(f)


@functools.cache
def random_programs():
    """Programs on numbers without calls of a library, what they are given, and what they give."""
    found, numbers, wanted = [], [], []
    for seed in range(150):
        function, arguments = random_function(Random(seed))
        try:
            program = Lowered(trace(function, *arguments, constant_outputs=True)).numbers
        except TraceError:
            continue
        if program is None or has_library_calls(program) or len(program.steps) > 500:
            continue
        given = [e for x in arguments for e in np.ravel(x)]
        given = [e if e.dtype == np.float32 else e.item() for e in given]
        found.append(program)
        numbers += map(float, given)
        wanted += map(float, python.function(program)(*given))
    return found, numbers, np.array(wanted)


@pytest.mark.filterwarnings("ignore")
def test_random_programs_of_exact_operations_give_the_same_bits(javascript):
    found, numbers, wanted = random_programs()
    assert len(found) > 30
    assert same_bits(javascript(calls_of(found, 1), numbers), wanted)


#: Training of networks with one state after the other: the last states, and losses of each.
TRAIN = """
function run(given) {
  const order = given.subarray(0, STEPS), rows = given.subarray(STEPS, STEPS + 4 * ROW);
  const states = given.subarray(STEPS + 4 * ROW), networks = states.length / SIZE;
  const inputs = new Float64Array(SIZE + ROW), out = new Float64Array(GIVES);
  const results = new Float64Array(networks * (SIZE + STEPS / EVERY));
  for (let n = 0; n < networks; n++) {
    const at = n * (SIZE + STEPS / EVERY);
    inputs.set(states.subarray(n * SIZE, (n + 1) * SIZE));
    for (let i = 0; i < STEPS; i++) {
      inputs.set(rows.subarray(ROW * order[i], ROW * (order[i] + 1)), SIZE);
      f(inputs, out);
      inputs.set(out.subarray(0, SIZE));
      if (i % EVERY === 0) results[at + SIZE + i / EVERY] = out[SIZE];
    }
    results.set(inputs.subarray(0, SIZE), at);
  }
  return results;
}
"""
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
#: With 1000 and 8000 they take a quarter of an hour.
NETWORKS, STEPS = (int(os.environ.get(name, n)) for name, n in (("NETWORKS", 10), ("STEPS", 400)))
#: Of the losses one in so many comes back.
EVERY = max(1, STEPS // 400)
RECIPES = {
    "relu-adam": ("relu", lambda p: Adam(p, lr=0.01)),
    "tanh-adamw": ("tanh", lambda p: AdamW(p, lr=0.01)),
    "sigmoid-momentum": ("sigmoid", lambda p: SGD(p, lr=0.5, momentum=0.9)),
    "softplus-rmsprop": ("softplus", lambda p: RMSprop(p, lr=0.01)),
}


def flat(tree):
    return np.array([float(e) for x in flatten(tree)[0] for e in np.ravel(x)])


@functools.cache
def trainings(recipe):
    """A source of ``run``, what it is given, and what machine code and Python give."""
    activation, optimizer = RECIPES[recipe]
    order = np.concatenate([np.random.default_rng(i).permutation(4) for i in range(STEPS // 4)])
    starts, results, body = [], [], None
    runs = {}
    for seed in range(NETWORKS):
        net = Sequential([Dense(5, activation, input_dim=2), Dense(1, "sigmoid")], seed=seed)
        step = Step(net, BinaryCrossentropy(), optimizer(net.parameters()))
        start = step.state | {"gradients": [np.zeros(p.shape) for p in net.parameters()]}
        if body is None:
            program = trace(step.pure, start, ((X[:1], Y[:1]), []))
            body = stepping(program, len(flatten(start)[0]), 1, "everywhere")
            runs = {b: Scan(step.pure, b) for b in ("native", "python")}
        starts.append([*flat(start), *[1.0 for _ in body.products]])
        ends = {b: run(start, ((X, Y), []), order, 1) for b, run in runs.items()}
        (state, outs), (other, others) = ends["native"], ends["python"]
        assert same_bits(flat(state), flat(other))
        assert same_bits(outs[0], others[0])
        results.append((flat(state), outs[0][::EVERY]))
    sizes = {"SIZE": len(starts[0]), "ROW": 3, "STEPS": STEPS, "EVERY": EVERY}
    sizes["GIVES"] = len(body.lowered.numbers.outputs)
    constants = "".join(f"const {name} = {n};\n" for name, n in sizes.items())
    source = constants + function_source(body.lowered.numbers) + TRAIN
    given = np.concatenate([order, np.hstack([X, Y]).ravel(), np.ravel(starts)])
    return source, given, results


@pytest.mark.parametrize("recipe", RECIPES)
def test_networks_are_trained_to_the_last_digit_as_by_python_and_machine_code(recipe, javascript):
    source, given, results = trainings(recipe)
    for (state, losses), got in zip(
        results, javascript(source, given).reshape(NETWORKS, -1), strict=True
    ):
        assert same_bits(got[: len(state)], state)
        assert same_bits(got[-len(losses) :], losses)
    assert np.mean([losses[-4:].mean() < losses[:4].mean() for _, losses in results]) > 0.5

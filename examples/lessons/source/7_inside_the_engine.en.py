# %% [markdown]
# # Lesson 7. Inside the engine
#
# In lesson 3 `backward()` multiplied local slopes. Where does it know them from? From a table. In this
# lesson you add an operation of your own to that table, look at its second derivative, have it tested,
# break it on purpose, and in the end use it for something that lesson 1 called impossible.
#
# About 30 minutes. It helps to have read lessons 1 and 3.

# %%
import matplotlib.pyplot as plt
import numpy as np
from hypothesis import given, settings

from tinygrad_xor import Value, grad
from tinygrad_xor.course import check
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.engine import TABLE, primitive
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.testing import GradientError, check_gradients
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.viz import draw, paint_decision

print("operations in the table:", len(TABLE))
print("some of them:", *list(TABLE)[:12])

# %% [markdown]
# ## 1. An operation is a function and a rule
#
# This is all that the engine knows of the sine:
#
#     sin = primitive(np.sin, "sin", lambda g, y, x: g * np.cos(x))
#
# First the function, then the symbol for pictures, then the **rule**: how the slope goes back through the
# operation. The rule is given three things: `g`, the slope that arrives from behind, from the loss; `y`, what
# the operation gave; `x`, what it was given. It returns `g` times the local slope. For the sine this is
# $\cos x$.
#
# Our own operation shall be a **bump**: $y = e^{-x^2}$. It is 1 at zero and falls to both sides. Its
# slope is $-2x \cdot e^{-x^2}$, which is $-2 x y$.


# %%
def add_bump(rule):
    """Add the operation to the table with this rule; an earlier one of the name is removed."""
    TABLE.pop("bump", None)
    return primitive(lambda x: np.exp(-x * x), "bump", rule, name="bump", elementwise=True)


bump = add_bump(lambda g, y, x: -2 * g * x * y)

x = Value(0.5, "x")
y = bump(x)
y.backward()
draw(y, lang="en")

# %% [markdown]
# That was all. The engine can compute with `bump` now, go back through it, draw it, and more:
#
# ## 2. The slope of the slope
#
# `grad` makes a new function from a function: its derivative. A derivative can be differentiated again.
# The rule is written in ordinary operations (`*`), and each of them is in the table, too. So nothing new is
# needed for the second derivative, or the tenth.

# %%
first = grad(bump)
second = grad(first)

line = np.linspace(-3, 3, 121)
figure, panel = plt.subplots(figsize=(6.5, 3.4))
panel.plot(line, bump(line), label="bump")
panel.plot(line, [first(x) for x in line], "--", label="first derivative: its slope")
panel.plot(line, [second(x) for x in line], ":", label="second derivative: how it bends")
panel.set_ylim(-2.2, 2.2)
panel.grid(alpha=0.3)
panel.legend(loc="lower right", fontsize=8)
figure.tight_layout()

# %% [markdown]
# This is the graph that computes the second derivative at 0.5. Nobody has written it down: it is what
# comes out when the engine differentiates its own rule. At the top you find $x$, at the bottom the result,
# and between them bump, −2 and products: the rule, used on itself.

# %%
draw(second, 0.5, legend=False, direction="TB", lang="en")

# %% [markdown]
# By hand: the derivative of $-2 x y$ is $-2y - 2x \cdot (-2xy) = (4x^2 - 2)\, e^{-x^2}$. At 0.5 this is

# %%
print("by hand:", (4 * 0.5**2 - 2) * np.exp(-(0.5**2)))
print("engine: ", second(0.5))

# %% [markdown]
# ## 3. Is the rule right? Do not believe it, test it
#
# Lesson 3 has shown how to test a slope: turn the knob a little and look (*finite differences*).
# `check_gradients` does this for first and second derivatives. But at which $x$? If *you* choose, you choose
# numbers that you have thought of. **Hypothesis** is a library that draws the inputs for you, many of them,
# and likes nasty ones. `gst.arrays((3,))` says what to draw: arrays of three numbers.


# %%
@settings(max_examples=30, derandomize=True, deadline=None)
@given(gst.arrays((3,)))
def test_bump(x):
    report = check_gradients(bump, x)
    compared.extend(report.comparisons)


compared = []
test_bump()
print(f"{len(compared)} derivatives compared, all agree")
print(f"the worst is {max(c.units for c in compared):.2f} error bounds away; 10 would fail")

# %% [markdown]
# ## 4. Plant a bug
#
# A test that never fails proves little. So let us make a mistake on purpose, a sly one: $|x|$ in place of
# $x$. For every positive $x$ the rule is still right. Whoever tries it by hand at 0.5 sees nothing:

# %%
bump = add_bump(lambda g, y, x: -2 * g * np.abs(x) * y)
print("at 0.5:", grad(bump)(0.5), "and that is right:", -2 * 0.5 * np.exp(-(0.5**2)))

try:
    test_bump()
except GradientError as error:
    print(f"\nCaught!\n\n{error}")

# %% [markdown]
# Look at the point that is shown. Hypothesis found many arrays at which the rule is wrong; then it looked for
# the **simplest** one: zeros, and a single small negative number. Now you know where to look: the sign is
# wrong, and only for negative numbers.
#
# More mistakes that people make, and what the check says of them:

# %%
mistakes = {
    "the sign": lambda g, y, x: 2 * g * x * y,
    "the 2 forgotten": lambda g, y, x: -g * x * y,
    "y forgotten": lambda g, y, x: -2 * g * x,
    "g forgotten": lambda g, y, x: -2 * x * y,
    "y as a plain number": lambda g, y, x: -2 * g * x * (y.data if type(y) is Value else y),
}
for mistake, rule in mistakes.items():
    bump = add_bump(rule)
    try:
        check_gradients(bump, np.array([0.5, -1.0, 2.0]))
        print(mistake, "was not noticed")
    except GradientError as error:
        which, what = str(error).splitlines()[:2]
        print(f"{mistake}:\n  {which.partition(',')[0]}: {what.strip()}")

# %% [markdown]
# The last mistake is the most interesting: its first derivative is right. But `y.data` is a plain
# number that remembers nothing, so the *second* derivative goes wrong.
#
# In this package 18 such mistakes are planted into every rule of the table, to see whether the tests catch
# them: `tinygrad-xor check --mutants`.

# %% [markdown]
# ## 5. One neuron learns XOR
#
# In lesson 1 we proved that a single neuron cannot learn XOR. The proof used that the output only
# rises as the sum $z$ grows. Our bump rises *and falls*. Put it into a neuron:

# %%
bump = add_bump(lambda g, y, x: -2 * g * x * y)  # the right rule again

X, y = truth_table("xor")
neuron = Sequential([Dense(1, bump, input_dim=2)], seed=1)
neuron.compile(loss="mse", optimizer=Adam(learning_rate=0.05))
history = neuron.fit(X, y, batch_size=4, epochs=300, verbose=0)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9))
left.plot(history.history["loss"])
left.set_title("the loss")
left.set_xlabel("epoch")
left.grid(alpha=0.3)
paint_decision(right, neuron.predict, X, y)
right.set_title("one neuron, XOR")
figure.tight_layout()
kernel, bias = neuron.get_weights()
print("answers:", neuron.predict(X).ravel().round(3))
print("weights:", kernel.ravel().round(2), "bias:", bias.round(2))

# %% [markdown]
# With one more entry in the table, three numbers do what takes 21 in lesson 2. The neuron divides the plane by
# *two* parallel lines, and says "yes" between them. (Real neurons can do this, too: in 2020 it was found
# that a branch of a single nerve cell of the human cortex answers like a bump.)
#
# Why is bump not used everywhere, then? It does not always work: from some starts the neuron slides down to
# "0.5 to everything", as in lesson 1, and stays there. And far from the middle its slope is almost 0, so
# a neuron that starts out there gets no hint which way to go. Lesson 4 is about such things.
#
# ## Exercises
#
# Write your answer into the cell and run it: it says whether that is right, and what to look at.
#
# **7.1.** Write the rule of the operation "cube", $y = x^3$.


# %%
def cube_rule(g, y, x):
    return g


check("7.1", cube_rule, lang="en")

# %% [markdown]
# <details><summary><b>Solution</b></summary>
#
#     def cube_rule(g, y, x):
#         return 3 * g * x * x
#
# </details>
#
# **7.2.** Write the rule of the operation $y = 1 / x$. Can you do without a division?


# %%
def inverse_rule(g, y, x):
    return g


check("7.2", inverse_rule, lang="en")

# %% [markdown]
# <details><summary><b>Solution</b></summary>
#
#     def inverse_rule(g, y, x):
#         return -g * y * y
#
# </details>
#
# ## A question
#
# In the list of mistakes, `g` is forgotten: `lambda g, y, x: -2 * x * y`. With this rule, `y = bump(x)` and
# `y.backward()` give the right slope for every x. When is it wrong?
#
# <details><summary><b>Answer</b></summary>
#
# Whenever something comes after `bump`. In `bump(x)` alone, `g` is 1, and leaving out a factor 1 changes
# nothing. In `3 * bump(x)`, `g` is 3. The chain rule multiplies along the whole path, and this rule cuts the
# path. The check notices, because it lets a random `g` arrive.
#
# </details>
#
# ## Try a change
#
# - Add the operation cube, $x^3$, with its rule (exercise 7.1), and test it in the same way. Then break it. To
#   expect: silence without a mistake; forget the 3, and the message names the ratio, 0.333333.
# - In section 5 replace `bump` by `"sigmoid"`. To expect: the loss stops at 0.25, and all answers are 0.5, as
#   in lesson 1.
# - Try `seed=0` to `seed=9` in section 5. To expect: six of ten learn; with 0, 6, 8 and 9 the neuron slides
#   down to "0.5 for everything".
# - Find the sine in the table: `import inspect, tinygrad_xor.derivatives.trigonometry as t`, then
#   `print(inspect.getsource(t)[:2000])`. To expect: the very line of section 1.
#
# ## Sources
#
# - A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd edition, SIAM 2008.
# - *Autograd*, D. Maclaurin, D. Duvenaud, M. Johnson, <https://github.com/HIPS/autograd>: rules as short
#   functions beside NumPy's, and derivatives of derivatives.
# - D. MacIver, Z. Hatfield-Dodds and others, *Hypothesis: a new approach to property-based testing*, 2019,
#   <https://doi.org/10.21105/joss.01891>
# - A. Gidon and others, *Dendritic action potentials and computation in human layer 2/3 cortical neurons*,
#   Science 367, 2020: a branch of a nerve cell that computes XOR.

# %% [markdown]
# # Lesson 1. What is a neuron?
#
# A neural network is made of neurons. So let us look at one: compute it by hand, draw it, let it
# learn, and find something that it can never learn.
#
# About 30 minutes. To run a cell, click on it and press Shift + Enter. Run the cells in order, from
# top to bottom. The first cell of code only names what we shall need: `numpy` computes, `matplotlib`
# draws, the rest is this package. You need not read it. Lines with `plt`, `figure` or `panel` only draw;
# you may skip these, too, in all lessons.

# %%
import matplotlib.pyplot as plt
import numpy as np

from tinygrad_xor import Value
from tinygrad_xor.course import check
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.derivatives.activations import sigmoid
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.optim import SGD
from tinygrad_xor.viz import draw, paint_decision

# %% [markdown]
# ## 1. A neuron is a short calculation
#
# It has nothing mysterious in it:
#
# 1. Numbers come in: the **inputs** $x_1, x_2$.
# 2. Each is multiplied by a number of its own, its **weight**: $w_1, w_2$. A large weight means "this
#    input matters", a negative one "this input speaks against".
# 3. The products are added, and one more number, the **bias** $b$: $z = w_1 x_1 + w_2 x_2 + b$.
# 4. The sum goes through an **activation function**, and the result is the neuron's output.
#
# An example. *Shall I go to the cinema tonight?* Let $x_1$ be 1 if my friends are going, and 0 if
# not; let $x_2$ be 1 if my homework is done. Friends count 2, homework counts 3, and by nature I
# prefer to stay at home: the bias is −4. Tonight my friends are going, but my homework is not done.

# %%
x1, x2 = Value(1.0, "x1"), Value(0.0, "x2")
w1, w2, b = Value(2.0, "w1"), Value(3.0, "w2"), Value(-4.0, "b")

z = w1 * x1 + w2 * x2 + b
z.label = "z"  # the name of the number in the picture
output = z.sigmoid()
output.label = "output"

draw(output, lang="en")

# %% [markdown]
# Read the picture from left to right: 2 · 1 + 3 · 0 − 4 = −2, and from −2 the activation function
# σ, the *sigmoid*, makes 0.119. The neuron says: "12 % yes", so rather not. (What the numbers on the
# arrows are is the subject of lesson 3.)
#
# `Value` is a number that remembers how it was computed. That is why the program can draw it.

# %% [markdown]
# ## 2. Three activation functions, and their slopes
#
# Chapter 1 of the course compares the activation function with a *switch*, or with a clever *traffic
# light*: if enough cars have come, it turns green and lets them pass, else it stays red. Here is that
# switch, beside the three functions that networks really use. The dashed line is the **slope** of the
# function: how fast its output rises when $z$ grows a little.

# %%
functions = {
    "switch: 0 or 1": lambda z: np.heaviside(z, 0.5),
    "sigmoid": lambda z: z.sigmoid(),
    "ReLU": lambda z: z.relu(),
    "tanh": np.tanh,
}
figure, panels = plt.subplots(1, 4, figsize=(12, 3), sharex=True)
for panel, (name, function) in zip(panels, functions.items()):
    z = Value(np.linspace(-4, 4, 401))
    y = function(z)
    y.sum().backward()  # finds the slope at every z; how it does that is lesson 3
    panel.plot(z.data, y.data, label="output")
    panel.plot(z.data, z.grad, "--", label="slope")
    panel.set_title(name)
    panel.set_xlabel("z")
    panel.set_ylim(-1.2, 2.2)
    panel.grid(alpha=0.3)
panels[0].legend(loc="upper left")
figure.tight_layout()

# %% [markdown]
# - **Sigmoid**, $\sigma(z) = \dfrac{1}{1 + e^{-z}}$: always between 0 and 1.
# - **ReLU**, $\max(0, z)$: what is negative becomes 0, what is positive passes unchanged.
# - **tanh**: the same S as the sigmoid, but from −1 to 1.
#
# **Where the picture of the switch is right.** There is a threshold, and the neuron answers differently
# on its two sides: below it a sigmoid is nearer to 0 than to 1, ReLU is 0, tanh is negative. The bias
# moves the threshold, as if you told the traffic light how many cars are enough.
#
# **Where it is wrong.**
#
# - A light is red or green. A neuron's output is a *number*: it can be 0.119, or 0.73, or (ReLU) 2.5.
# - Cars drive through a light unchanged. The activation function *changes* the number.
# - A real switch could not learn. Look at its slope: 0 on both sides. Turn a weight a little, and
#   the output stays what it was, so nothing tells you which way was better. The three others have a
#   slope, and learning goes by the slope (lesson 3).
#
# **Which one where?** You may read that the sigmoid is for yes-or-no questions and ReLU for predicting
# numbers. That mixes up two places in a network:
#
# | place | what it should do | activation function |
# | --- | --- | --- |
# | the last neuron, question with yes or no | give a probability, between 0 and 1 | sigmoid |
# | the last neuron, any number (a price, a temperature) | give any number, also a negative one | none |
# | neurons inside (*hidden* layers) | bend the line, and keep a good slope | ReLU, sometimes tanh |
#
# Why not the sigmoid inside? Its slope is at most 0.25, and slopes of layers that stand in a row are
# multiplied, with the weights between them. Five sigmoids put a factor of at most
# $0.25^5 \approx 0.001$ into the product, and where the weights are not large, hardly any slope is left.
# The slope of ReLU, where it is not 0, is exactly 1: it takes nothing away.

# %% [markdown]
# ## 3. A neuron learns AND and OR
#
# Until now we have chosen the weights ourselves. To **learn** means to find them. We show the neuron
# all four rows of a truth table, over and over; one pass through all rows is an **epoch**. After each,
# every weight is moved a little so that the error (the **loss**) gets smaller. How the program knows
# the direction is lesson 3; here we watch.


# %%
def learn(task):
    """Train one neuron; give it back, and its loss in every epoch."""
    X, y = truth_table(task)
    neuron = Sequential([Dense(1, "sigmoid", input_dim=2)], seed=0)
    neuron.compile(loss="binary_crossentropy", optimizer=SGD(learning_rate=1.0))
    history = neuron.fit(X, y, batch_size=4, epochs=500, verbose=0)
    return neuron, history.history["loss"]


def show(task, neuron):
    """Print what the neuron answers, and its weights."""
    # zip takes one row of each table at a time; [0] is the first number in a row
    X, y = truth_table(task)
    print(task.upper())
    for inputs, target, answer in zip(X, y, neuron.predict(X)):
        print(
            f"  {inputs[0]:.0f} {inputs[1]:.0f}   target {target[0]:.0f}   answer {answer[0]:.3f}"
        )
    # a neuron has two tables, weights and bias; ravel turns a table into a row
    (w1, w2), (b,) = (array.ravel() for array in neuron.get_weights())
    print(f"  w1 = {w1:.1f}, w2 = {w2:.1f}, b = {b:.1f}")


neurons, losses = {}, {}
for task in ("and", "or"):
    neurons[task], losses[task] = learn(task)
    show(task, neurons[task])

# %% [markdown]
# Nobody told the neuron what "and" means. Still, read its weights. For AND each input adds 6,
# and the bias takes away 9: one input is not enough, two are. For OR the bias takes away less
# than one input adds: one is enough.
#
# The same as a picture. Every point of the plane is a pair of inputs. Blue: the neuron says "yes" (more
# than 0.5), orange: "no". Between them is the line where $w_1 x_1 + w_2 x_2 + b = 0$. **A neuron
# divides the plane by a straight line**: that is all it can do.

# %%
neurons["xor"], losses["xor"] = learn("xor")

figure, panels = plt.subplots(1, 3, figsize=(12, 3.9))
for panel, task in zip(panels, neurons):
    paint_decision(panel, neurons[task].predict, *truth_table(task))
    panel.set_title(f"{task.upper()}: loss {losses[task][-1]:.3f}")
figure.tight_layout()
show("xor", neurons["xor"])

# %% [markdown]
# ## 4. Why one neuron cannot learn XOR
#
# XOR is 1 when exactly one of the inputs is 1. On the right the picture is pale: after 500 epochs the
# neuron answers 0.5 to everything, "I don't know". All its weights have gone to zero, and the line in
# the picture comes from what is left in the last digits. More epochs would not help, and here is why.
# The ones of XOR stand in two opposite corners, the zeros in the other two. Whichever line you draw,
# at least one corner is on the wrong side (ringed in red):


# %%
def neuron_with(w1, w2, b):
    """A neuron with these weights, times 20 to have a sharp line."""
    return lambda inputs: sigmoid(20 * (inputs @ [w1, w2] + b))


lines = [(1, 1, -0.5), (-1, -1, 1.5), (1, -1, -0.5), (-1, 1, -0.5)]
X, y = truth_table("xor")

figure, panels = plt.subplots(1, 4, figsize=(12, 3.2), sharey=True)
for panel, (w1, w2, b) in zip(panels, lines):
    neuron = neuron_with(w1, w2, b)
    paint_decision(panel, neuron, X, y)
    wrong = X[(neuron(X) > 0.5) != (y.ravel() == 1)]
    panel.plot(*wrong.T, "o", markersize=32, fillstyle="none", color="red", markeredgewidth=2.5)
    panel.set_title(f"w1 = {w1}, w2 = {w2}, b = {b}", fontsize=10)
figure.tight_layout()

# %% [markdown]
# Four lines are not all lines, but a short proof covers all. Let "yes" mean that the sum is above
# zero. XOR asks for
#
# - (0, 0) → no: $\;b \le 0$
# - (1, 0) → yes: $\;w_1 + b > 0$
# - (0, 1) → yes: $\;w_2 + b > 0$
# - (1, 1) → no: $\;w_1 + w_2 + b \le 0$
#
# Add the two in the middle: $w_1 + w_2 + 2b > 0$. Take the last one away from it: $b > 0$. But the
# first says $b \le 0$. So there are no such weights. Let us ask chance, too:

# %%
random = np.random.default_rng(0)
weights, biases = random.normal(size=(2, 100_000)), random.normal(size=100_000)
for task in ("and", "or", "xor"):
    X, y = truth_table(task)
    # @ multiplies the rows of X by the weights and adds: z of all neurons, a column for each
    right = ((X @ weights + biases > 0) == (y == 1)).sum(axis=0) == 4
    print(f"{task.upper()}: of 100,000 random neurons {right.sum()} have all four rows right")

# %% [markdown]
# What helps? More neurons. Two lines cut out the strip that XOR needs, and a third neuron joins the
# two answers. That is a **network**, and it is lesson 2.
#
# ## Exercises
#
# Write your answer into the cell and run it: it says whether that is right, and what to look at.
#
# **1.1.** Find weights and a bias for a neuron that knows NAND ("not AND": 1, 1, 1, 0).

# %%
w1, w2, b = 0.0, 0.0, 0.0
check("1.1", (w1, w2, b), lang="en")

# %% [markdown]
# <details><summary><b>Solution</b></summary>
#
#     w1, w2, b = -6.0, -6.0, 9.0
#
# </details>
#
# **1.2.** What is the slope of tanh at $z = 0$? Look at the picture in section 2.

# %%
slope = 0.0
check("1.2", slope, lang="en")

# %% [markdown]
# <details><summary><b>Solution</b></summary>
#
#     slope = 1.0
#
# </details>
#
# ## A question
#
# NAND is "not AND": 1, 1, 1, 0. XNOR is "not XOR": 1, 0, 0, 1. Which of the two can one neuron learn?
# Decide before you open the answer.
#
# <details><summary><b>Answer</b></summary>
#
# NAND, yes: take the weights and the bias of AND with the opposite signs. The line stays, and blue and
# orange change places. XNOR, no: if a line could separate XNOR, the same line with opposite signs
# would separate XOR, and there is none.
#
# </details>
#
# ## Try a change
#
# - Write `show("nand", learn("nand")[0])` into a new cell. Then `"nor"`, then `"xnor"`. To expect: it
#   learns the first two; on XNOR, as on XOR, it says 0.5 to everything.
# - Change the bias in the first section to −1. To expect: $z$ becomes 1 and the output 0.731. The
#   stay-at-home has changed their mind.
# - In `learn`, replace `epochs=500` by 20, and by 5000. To expect: after 20 epochs AND is unsure (0.53 for
#   its "yes"), after 5000 it says 0.994. And XOR is at 0.5 even after 5000.
# - In the first section write `z.tanh()` for `z.sigmoid()`. To expect: $z = -2$ stays, and the output
#   becomes −0.964. The number on the last arrow changes, too: the slope of tanh is another.
#
# ## Sources
#
# - W. McCulloch, W. Pitts, *A logical calculus of the ideas immanent in nervous activity*, 1943: the
#   first artificial neuron, a switch.
# - F. Rosenblatt, *The perceptron*, 1958: a neuron that learns.
# - M. Minsky, S. Papert, *Perceptrons*, 1969: what a single layer of such neurons cannot do.
# - X. Glorot, A. Bordes, Y. Bengio, *Deep sparse rectifier neural networks*, 2011: ReLU in hidden layers.
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, MIT Press 2016, sections 6.1 (XOR), 6.2.2
#   and 6.3 (which activation function where): <https://www.deeplearningbook.org>
#
# Next: lesson 2, the first network.

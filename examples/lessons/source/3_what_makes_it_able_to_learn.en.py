# %% [markdown]
# # Lesson 3. What makes a network able to learn?
#
# A student asked after the introduction to the course: *is a neural network just lines of code? Then
# what gives this code the ability to learn? More lines of code?* Both times the answer is yes, and in
# this lesson you will see all these lines. There are fewer than ten.
#
# About 30 minutes. All you need to know beforehand is what the slope of a straight line is.

# %%
import matplotlib.pyplot as plt
import numpy as np

from tinygrad_xor import Value
from tinygrad_xor.course import check
from tinygrad_xor.nn import Dense, MeanSquaredError
from tinygrad_xor.optim import SGD
from tinygrad_xor.viz import draw, explain

# %% [markdown]
# ## 1. A wrong guess
#
# A taxi ride costs so much for each kilometre, and a fixed amount on top. We do not know the tariff, we
# only know that a ride of $x = 2$ km cost $y = 7$ coins. Let us guess: $w = 1$ coin per kilometre, and
# $b = 1$ on top. This is a neuron without an activation function: weight $w$, bias $b$.
#
# The **loss** $L$ says how wrong the guess is: the difference between our price and the real one,
# squared, so that too much and too little are both bad.

# %%
x, y = Value(2.0, "x"), Value(7.0, "y")  # what we know
w, b = Value(1.0, "w"), Value(1.0, "b")  # what we guess

price = w * x + b
price.label = "price"
difference = price - y
difference.label = "difference"
L = difference**2
L.label = "L"

draw(L, lang="en")

# %% [markdown]
# Our price is 3, the difference −4, the loss 16. To make the loss smaller we may turn two knobs, $w$ and
# $b$. Which way? The experiment is simple: turn one knob a little, and see what happens to $L$.


# %%
def loss_at(w, b):
    """The same loss in plain numbers."""
    return (w * 2.0 + b - 7.0) ** 2


nudge = 0.001
print("w a little larger: L changes by", round(loss_at(1 + nudge, 1) - loss_at(1, 1), 6))
print("b a little larger: L changes by", round(loss_at(1, 1 + nudge) - loss_at(1, 1), 6))

# %% [markdown]
# When $w$ grows by 0.001, $L$ falls by 0.016, sixteen times as much. So at this point the **slope** of $L$
# by $w$ is about −16: a negative slope means "more $w$, less loss". The slope by $b$ is about −8. Such
# a slope is called a *derivative*, written $\dfrac{\partial L}{\partial w}$; all slopes together are the
# **gradient**. Here is $L$ for other values of $w$, and the line with that slope:

# %%
values = np.linspace(-1, 6, 100)
figure, panel = plt.subplots(figsize=(6, 3.2))
panel.plot(values, loss_at(values, 1.0), label="L")
panel.plot(values, 16 - 16 * (values - 1), "--", label="the line with slope −16")
panel.plot(1, 16, "o", color="black", label="our guess")
panel.set_xlabel("w")
panel.set_ylim(0, 40)
panel.grid(alpha=0.3)
panel.legend()
figure.tight_layout()

# %% [markdown]
# ## 2. The chain rule, by hand
#
# Trying every knob is slow: a network with a million weights would have to be computed a million times,
# for one step. There is a better way. Look at the graph above, from $w$ to $L$. On each arrow stands how
# fast its end moves when its start moves: these are *local* slopes, and each is easy.
#
# - $w \cdot x$ grows **2** times as fast as $w$, because $x = 2$.
# - The price grows as fast as $w \cdot x$: **1**. The difference grows as fast as the price: **1**.
# - $L$ is a square. The slope of $d^2$ is $2d$, and our $d$ is −4, so: **−8**.
#
# Gears in a row work the same way: if the second turns twice as fast as the first, and the third 8 times
# as fast as the second, the third turns 16 times as fast as the first. **Slopes along a path are
# multiplied.** This is the chain rule.

# %%
slope_of_the_square = 2 * -4.0
by_hand = {
    "w": slope_of_the_square * 1 * 1 * 2,  # L ← difference ← price ← w·x ← w
    "b": slope_of_the_square * 1 * 1,  #     L ← difference ← price ← b
}
print(by_hand)

# %% [markdown]
# ## 3. `backward()` does the same
#
# First the plainest thing that can do it: a whole engine in twenty lines. A number remembers what it was
# computed from, and the local slopes; `backward` goes back along these notes and multiplies.
# (`__add__` is what Python calls for `a + b`, `__mul__` for `a * b`, `__init__` when a number is made.)


# %%
class Number:
    """A number that remembers what it was computed from."""

    def __init__(self, data, inputs=()):
        self.data = data
        self.inputs = inputs  # pairs: a number it was computed from, and the local slope
        self.grad = 0.0

    def __add__(self, other):  # a + b grows as fast as a, and as fast as b
        return Number(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):  # a * b grows b times as fast as a, and a times as fast as b
        return Number(self.data * other.data, [(self, other.data), (other, self.data)])

    def backward(self, gradient=1.0):
        self.grad += gradient
        for x, slope in self.inputs:
            x.backward(slope * gradient)  # the chain rule: slopes along a path are multiplied


w_, b_ = Number(1.0), Number(1.0)
d = w_ * Number(2.0) + b_ + Number(-7.0)
(d * d).backward()
print(w_.grad, b_.grad)

# %% [markdown]
# The same −16 and −8. (The file `examples/micro.py` of the package's repository is such an engine, with ReLU, the
# sigmoid and the logarithm, and a whole XOR network learns with it.) `Value`, in our package, does the same,
# and knows arrays, all operations of the table of derivatives, and pictures.
#
# Every `Value` remembers what it was computed from. `L.backward()` starts at $L$, goes back along the
# arrows, and multiplies the local slopes. One pass finds the slopes for *all* knobs, whether there are
# two or a billion. This is called **backpropagation**.

# %%
L.backward()
draw(L, lang="en")

# %% [markdown]
# Each box now has its slope in the lower half: blue if it is positive, orange if negative. `explain` writes
# the same down as arithmetic:

# %%
explain(L, lang="en")

# %% [markdown]
# Three ways, one answer: by hand, by `backward()`, and by turning the knobs. For the last one we turn
# a little to both sides, which is more exact (such *finite differences* test every derivative in this
# package).

# %%
nudge = 1e-5
turned = {
    "w": (loss_at(1 + nudge, 1) - loss_at(1 - nudge, 1)) / (2 * nudge),
    "b": (loss_at(1, 1 + nudge) - loss_at(1, 1 - nudge)) / (2 * nudge),
}
print("     by hand  backward()  by turning the knob")
for knob in (w, b):
    name = knob.label
    print(f"{name}  {by_hand[name]:10}  {knob.grad:10}  {turned[name]:.9f}")

# %% [markdown]
# ## 4. Ten steps downhill
#
# Now everything is there to learn. With the slopes known, move each knob a small step *against* its
# slope, and do it again. This is **gradient descent**. How large the step is, decides the *learning
# rate*. One ride is not enough to find two numbers, so we take three rides. When $w$ is used three times,
# three paths lead from it to the loss, and their slopes are added.

# %%
rides = [(1.0, 4.0), (2.0, 7.0), (4.0, 13.0)]  # kilometres, coins
rate = 0.02

w, b = Value(0.0, "w"), Value(0.0, "b")
steps = []
print("step    loss       w       b   slope by w   slope by b")
for step in range(10):
    loss = sum((w * x + b - y) ** 2 for x, y in rides) / len(rides)
    loss.backward()
    steps.append((w.data, b.data, loss.data))
    print(f"{step:4} {loss.data:7.3f} {w.data:7.3f} {b.data:7.3f} {w.grad:12.3f} {b.grad:12.3f}")
    w.data -= rate * w.grad
    b.data -= rate * b.grad
    w.grad = b.grad = 0

print(f"\nlearned: {w.data:.3f} coins per kilometre, and {b.data:.3f} on top")

# %% [markdown]
# The tariff was 3 per kilometre and 1 on top. Nobody wrote that into the program: in ten steps, with
# nothing but the three rides, it has come near it, and more steps bring it nearer.

# %%
kilometres = np.linspace(0, 5, 2)
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6))
for step, (w_then, b_then, _) in enumerate(steps):
    left.plot(kilometres, w_then * kilometres + b_then, color=plt.cm.viridis(step / 10))
    if step < 6:
        left.text(5.05, w_then * 5 + b_then, f"{step}", va="center")
left.plot(*zip(*rides), "o", color="black", markersize=8)
left.set_title("our line, step by step, and the three rides")
left.set_xlabel("kilometres")
left.set_ylabel("coins")
right.plot([loss for _, _, loss in steps], "o-")
right.set_title("the loss")
right.set_xlabel("step")
for panel in (left, right):
    panel.grid(alpha=0.3)
figure.tight_layout()

# %% [markdown]
# ## 5. The same with a layer
#
# `Dense` is a layer of neurons. Here it has one neuron with one input, so it is our $w x + b$ again, but
# with arrays in place of single numbers: all rides go through at once. The optimizer `SGD` does
# what we have written by hand: move against the slope. The same ten steps:

# %%
inputs, targets = np.array([[1.0], [2.0], [4.0]]), np.array([[4.0], [7.0], [13.0]])

layer = Dense(1, input_dim=1, kernel_initializer="zeros")
optimizer = SGD(layer.parameters(), lr=rate)
mean_squared_error = MeanSquaredError()
for _ in range(10):
    error = mean_squared_error(targets, layer(inputs))
    optimizer.zero_grad()
    error.backward()
    optimizer.step()

print("by hand:", w.data, b.data)
print("Dense:  ", layer.kernel.data.item(), layer.bias.data.item())

# %%
draw(layer, inputs, targets, loss="mse", collapse="loss", lang="en")

# %% [markdown]
# The graph looks much like the first one. The numbers are arrays now, and on some arrows there is a formula
# instead of a number, but it is the same chain rule. A large network is a longer graph of this kind, and
# the loop that trains it is the one above.
#
# ## So, is it just lines of code?
#
# Yes: a formula that computes an answer, a loss that says how wrong it is, the chain rule, and the line
# `w.data -= rate * w.grad`, over and over.
#
# But look for the tariff in this code: it is not there. It is in the *numbers* $w$ and $b$, and the code
# changed these by itself, according to the examples. **A program of the usual kind is written. Here only the
# learning is written, and what is learned is in the weights.** The same loop with other examples
# would have learned something else.
#
# The student had a second question: *what exactly shall we do, write code?* Yes, but not much of it: lesson 2
# needs ten lines. Other things take more time: to understand the task, collect examples, choose a network,
# train it, look at where it is wrong (lessons 4 and 6), and change something. And often one need not begin
# from nothing: one takes a network that is trained already, and trains it on with examples of one's own
# (lesson 5).
#
# ChatGPT is trained in the same way at first, only on a much larger scale: GPT-3, its forerunner, has not two
# weights but 175 billion, its examples are texts, and its loss says how badly it guessed the next
# piece of a word. There is no separate part that "analyses": when it answers you, numbers go through
# multiplications, additions and activation functions, as in the first picture. And like our line, it
# learns what makes the loss on its examples smaller, and nothing else.
#
# ## Exercises
#
# Write your answer into the cell and run it: it says whether that is right, and what to look at.
#
# **3.1.** Let $L = (3 w + 1 - 10)^2$. Find by hand the slope of $L$ by $w$ at $w = 2$.

# %%
slope_of_w = 0.0
check("3.1", slope_of_w, lang="en")

# %% [markdown]
# <details><summary><b>Solution</b></summary>
#
#     slope_of_w = 2 * (3 * 2 + 1 - 10) * 3
#
# </details>
#
# **3.2.** Write one step of learning: the function gets a weight, the slope and the learning rate,
# and gives the new weight.


# %%
def one_step(weight, slope, rate):
    return weight


check("3.2", one_step, lang="en")

# %% [markdown]
# <details><summary><b>Solution</b></summary>
#
#     def one_step(weight, slope, rate):
#         return weight - rate * slope
#
# </details>
#
# ## A question
#
# In section 3 the slope by $w$ is exactly twice the slope by $b$. Why? And what would the slope by $w$ be for
# a ride of 0 km?
#
# <details><summary><b>Answer</b></summary>
#
# Both paths run together from $L$ back to the price. Only the last arrows differ: the price grows $x = 2$
# times as fast as $w$, and as fast as $b$. For a ride of 0 km the slope by $w$ is 0: such a ride
# says nothing about the price of a kilometre, so $w$ does not learn from it.
#
# </details>
#
# ## Try a change
#
# - In section 4 set `rate = 0.002`, then `rate = 0.15`. To expect: with the small step $w$ gets to 0.81 only
#   in ten steps; with the large one the loss nearly doubles at each step. Look at the curve of section 1: the
#   step is so large that it jumps over the bottom and lands higher than before.
# - Take out the line `w.grad = b.grad = 0`. To expect: gradients add up from step to step, and $w$ swings: 6.1
#   at the fifth step, 0.06 after the tenth. A famous mistake.
# - Add a ride that does not fit: `(3.0, 20.0)`. To expect: the loss cannot become 0 any more. However long it
#   learns, 17.5 remains, at 4 coins for a kilometre and 1 for getting in: the line runs in the middle, and
#   nobody is content.
#
# ## Sources
#
# - A. Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*, 1847:
#   gradient descent.
# - S. Linnainmaa, master's thesis, Helsinki 1970: the chain rule backward through a program.
# - D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, 1986.
# - A. Baydin, B. Pearlmutter, A. Radul, J. Siskind, *Automatic differentiation in machine learning: a
#   survey*, 2018: <https://www.jmlr.org/papers/v18/17-468.html>
# - A. Karpathy, *micrograd*: <https://github.com/karpathy/micrograd>. The idea and the name of `Value`.
# - T. Brown and others, *Language models are few-shot learners*, 2020: GPT-3 and its 175 billion
#   parameters, <https://arxiv.org/abs/2005.14165>
#
# Next: lesson 4, when it does not learn.

"""Backpropagation in one short file: a number that remembers where it came from, and XOR learned.

    python examples/micro.py

Read it from top to bottom; there is nothing else to know first but what a slope is. Then put
`from tinygrad_xor import Value` in place of the class: the same is printed, and now arrays work
too, and every operation of its table of derivatives.
"""

import math
import random


class Value:
    """A number that remembers which numbers it was computed from."""

    made = 0  # how many Values there are by now

    def __init__(self, data, inputs=()):
        Value.made += 1
        self.order = Value.made  # when it was made: after all of its inputs
        self.data = data  # the number itself
        self.inputs = inputs  # pairs: a Value it was computed from, and the slope along that one
        self.grad = 0.0  # how fast the Value whose backward() is called grows with this one

    # Five operations. Each gives its result, and next to each input the slope of the result: how
    # fast it grows when that input grows and the others stay. `a + b` calls a.__add__(b).

    def __add__(self, other):  # a + b grows as fast as a, and as fast as b
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):  # a * b grows b times as fast as a, and a times as fast as b
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])

    def relu(self):  # a positive number stays, any other becomes 0
        return Value(max(0.0, self.data), [(self, 1.0 if self.data > 0 else 0.0)])

    def sigmoid(self):  # any number becomes one between 0 and 1, which can be a probability
        p = 1 / (1 + math.exp(-self.data))
        return Value(p, [(self, p * (1 - p))])  # e⁻ᵃ / (1 + e⁻ᵃ)², which is p (1 - p)

    def log(self):  # the natural logarithm, with the slope 1/a
        return Value(math.log(self.data), [(self, 1 / self.data)])

    def newest_first(self):
        """This number and everything that it was computed from, the newest first."""
        found = {self}
        waiting = [self]  # found, but nobody has looked at their inputs yet
        while waiting:
            for x, _ in waiting.pop().inputs:
                if x not in found:  # else x is used twice, and was found already
                    found.add(x)
                    waiting.append(x)
        return sorted(found, key=lambda value: value.order, reverse=True)

    def backward(self):
        """Backpropagation from this final result: find `grad` of all it was computed from."""
        self.grad = 1.0  # it grows exactly as fast as itself
        # Whatever used a value is newer and has had its turn, so value.grad is complete by then.
        for value in self.newest_first():
            for x, slope in value.inputs:
                # The chain rule: when x grows, `value` grows `slope` times as fast, and the final
                # result value.grad times as fast as that. `+=`: x may act through others as well.
                x.grad += slope * value.grad


# Try it: x·x + x has the slope 2x + 1.

x = Value(3.0)
y = x * x + x
y.backward()
print("x·x + x at x = 3 has the slope", x.grad)  # 3 for each x of x·x, 1 for the last x

# A network: five neurons with ReLU look at the two inputs, a last one with sigmoid at the five.
# A neuron adds up its inputs, each times a weight, and a bias. All weights and biases are Values.

random.seed(0)  # from some other seeds it gets stuck: five ReLU neurons do not always learn XOR
# For each of the five: two weights, a bias, and the weight that the last neuron gives to it.
hidden = [[Value(random.uniform(-1, 1)) for _ in range(4)] for _ in range(5)]
last_bias = Value(0.0)
parameters = [last_bias] + [parameter for neuron in hidden for parameter in neuron]


def predict(a, b):
    """How probable it is, in the opinion of the network, that a XOR b is 1."""
    total = last_bias
    for weight_of_a, weight_of_b, bias, weight_of_output in hidden:
        output = (weight_of_a * a + weight_of_b * b + bias).relu()
        total = total + weight_of_output * output
    return total.sigmoid()


zero, one, minus_one = Value(0.0), Value(1.0), Value(-1.0)  # our operations take Values only
xor = [(zero, zero, 0), (zero, one, 1), (one, zero, 1), (one, one, 0)]

for step in range(501):
    # The loss says how wrong the network is. Each of the four examples adds -log of the probability
    # that the right answer got: 0 if that is 1, log 2 = 0.69 if it is 1/2, and large near 0.
    loss = zero
    for a, b, answer in xor:
        p = predict(a, b)
        right = p if answer == 1 else one + minus_one * p  # p, or 1 - p
        loss = loss + minus_one * right.log()
    if step % 100 == 0:
        print(f"step {step}: loss {loss.data:.3f}")

    # Learning is this: move each parameter a little to the side on which the loss is smaller.
    for parameter in parameters:
        parameter.grad = 0.0  # backward() adds to it; all else that it reads is new in each step
    loss.backward()
    for parameter in parameters:
        parameter.data -= 0.1 * parameter.grad  # a positive slope: less of it; a negative one: more

for a, b, answer in xor:
    print(f"{a.data:.0f} XOR {b.data:.0f} = {answer}, the network says {predict(a, b).data:.3f}")

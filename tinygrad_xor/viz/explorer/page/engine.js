// A training in the page. What a neuron computes, its derivatives and the steps of the optimizers are
// the engine's own programs, which stand above; here they are put together, neuron by neuron.

// Uniform numbers in [0, 1), the same for the same seed in every browser.
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// 2 inputs, `width` hidden neurons, 1 sigmoid; cross-entropy. The weights are in one row, as
// model.get_weights() has them: w1 of every hidden neuron, w2 of every one, biases, then the output's.
class Training {
  constructor(settings) {
    Object.assign(this, settings);
    const { width } = this;
    this.random = randomFrom(this.seed);
    this.weights = new Float64Array(4 * width + 1);
    const draw = (from, to, limit) => {
      for (let i = from; i < to; i += 1) this.weights[i] = limit * (2 * this.random() - 1);
    };
    draw(0, 2 * width, Math.sqrt(6 / (2 + width))); // Glorot's uniform weights
    draw(3 * width, 4 * width, Math.sqrt(6 / (width + 1)));
    if (this.bias === "uniform") { // as in PyTorch, within 1/√inputs; else they start at 0
      draw(2 * width, 3 * width, Math.sqrt(1 / 2));
      draw(4 * width, 4 * width + 1, Math.sqrt(1 / width));
    }
    this.neuron = PROGRAMS[`neuron_${this.activation}`];
    this.back = PROGRAMS[`back_${this.activation}`];
    this.update = PROGRAMS[`update_${this.optimizer}`];
    this.averages = [new Float64Array(this.weights.length), new Float64Array(this.weights.length)];
    this.hidden = new Float64Array(width);
    this.given = [0, 0, 0, 0, 0, 0];
    this.out = [0, 0, 0];
    this.count = 0;
    this.epoch = 0;
    this.order = [];
    this.losses = [];
    this.last = null;
  }

  // What neuron k is given: the inputs stand there already.
  give(k) {
    const { given, width, weights } = this;
    given[2] = weights[k];
    given[3] = weights[width + k];
    given[4] = weights[2 * width + k];
  }

  // Forward: loss and prediction are in `out` then, what the hidden neurons say in `hidden`.
  forward(x1, x2, target) {
    const { width, weights, given, out, hidden } = this;
    given[0] = x1;
    given[1] = x2;
    let z = 0;
    for (let k = 0; k < width; k += 1) {
      this.give(k);
      this.neuron(given, out);
      hidden[k] = out[0];
      z += out[0] * weights[3 * width + k];
    }
    z += weights[4 * width];
    PROGRAMS.output([z, target], out);
    return z;
  }

  // One example, forward and back: `share` is the part that it has in the loss of a batch. The
  // gradient is of that loss with respect to each weight.
  example([x1, x2], target, share = 1) {
    const { width, weights, given, out } = this;
    const z = this.forward(x1, x2, target);
    const hidden = [...this.hidden];
    const [loss, p, change] = out;
    const slope = share * change;
    const gradient = new Float64Array(weights.length);
    const sums = [];
    for (let k = 0; k < width; k += 1) {
      this.give(k);
      sums.push(x1 * given[2] + x2 * given[3] + given[4]);
      given[5] = slope * weights[3 * width + k];
      this.back(given, out);
      gradient[k] = out[0];
      gradient[width + k] = out[1];
      gradient[2 * width + k] = out[2];
      gradient[3 * width + k] = slope * hidden[k];
    }
    gradient[4 * width] = slope;
    return { sums, hidden, z, p, loss, slope, gradient };
  }

  // How steep the activation is there: the derivative by the bias of a neuron with this sum.
  slopeAt(sum) {
    const out = [0, 0, 0];
    this.back([0, 0, 0, 0, sum, 1], out);
    return out[2];
  }

  // Take a batch, move every weight, and keep the numbers of this step in `last`.
  step() {
    if (!this.order.length) {
      this.order = this.inputs.map((_, n) => n);
      for (let n = this.order.length - 1; this.batch < this.order.length && n > 0; n -= 1) {
        const other = Math.floor(this.random() * (n + 1));
        [this.order[n], this.order[other]] = [this.order[other], this.order[n]];
      }
      this.seen = 0;
    }
    const rows = this.order.slice(0, this.batch);
    this.order = this.order.slice(this.batch);
    const before = this.weights.slice();
    const gradient = new Float64Array(before.length);
    const examples = rows.map((n) => this.example(this.inputs[n], this.targets[n], 1 / rows.length));
    for (const each of examples) {
      for (let i = 0; i < gradient.length; i += 1) gradient[i] += each.gradient[i];
      this.seen += each.loss;
    }
    this.count += 1;
    const [first, second] = this.averages;
    const out = [0, 0, 0];
    for (let i = 0; i < before.length; i += 1) {
      this.update([before[i], gradient[i], this.rate, this.count, first[i], second[i]], out);
      this.weights[i] = out[0];
      first[i] = out[1];
      second[i] = out[2];
    }
    this.last = { rows, before, gradient, examples };
    if (!this.order.length) {
      this.epoch += 1;
      this.losses.push(this.seen / this.inputs.length);
    }
  }

  predict(x1, x2) {
    this.forward(x1, x2, 0);
    return this.out[1];
  }

  // The mean loss of all examples.
  loss() {
    const losses = this.inputs.map(([x1, x2], n) => {
      this.forward(x1, x2, this.targets[n]);
      return this.out[0];
    });
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  }

  isLearned() {
    return this.inputs.every(([x1, x2], n) => (this.predict(x1, x2) > 0.5) === (this.targets[n] > 0.5));
  }
}

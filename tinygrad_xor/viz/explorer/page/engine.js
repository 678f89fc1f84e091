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
    draw(0, 2 * width, Math.sqrt(6 / (2 + width))); // Glorot's uniform weights; biases start at 0
    draw(3 * width, 4 * width, Math.sqrt(6 / (width + 1)));
    this.neuron = PROGRAMS[`neuron_${this.activation}`];
    this.back = PROGRAMS[`back_${this.activation}`];
    this.update = PROGRAMS[`update_${this.optimizer}`];
    this.averages = [new Float64Array(this.weights.length), new Float64Array(this.weights.length)];
    this.count = 0;
    this.epoch = 0;
    this.order = [];
    this.losses = [];
    this.last = null;
  }

  // One example: forward, and then, if it has a share in the loss of a batch, the gradient of that
  // loss with respect to each weight.
  example([x1, x2], target, share = 0) {
    const { width, weights } = this;
    const given = [x1, x2, 0, 0, 0, 0];
    const out = [0, 0, 0];
    const take = (k) => {
      given[2] = weights[k];
      given[3] = weights[width + k];
      given[4] = weights[2 * width + k];
    };
    const hidden = [];
    let z = 0;
    for (let k = 0; k < width; k += 1) {
      take(k);
      this.neuron(given, out);
      hidden.push(out[0]);
      z += out[0] * weights[3 * width + k];
    }
    z += weights[4 * width];
    PROGRAMS.output([z, target], out);
    const [loss, p] = out;
    if (!share) return { p, loss };
    const slope = share * out[2];
    const gradient = new Float64Array(weights.length);
    for (let k = 0; k < width; k += 1) {
      take(k);
      given[5] = slope * weights[3 * width + k];
      this.back(given, out);
      [gradient[k], gradient[width + k], gradient[2 * width + k]] = out;
      gradient[3 * width + k] = slope * hidden[k];
    }
    gradient[4 * width] = slope;
    return { hidden, z, p, loss, slope, gradient };
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
      each.gradient.forEach((g, i) => { gradient[i] += g; });
      this.seen += each.loss;
    }
    this.count += 1;
    const [first, second] = this.averages;
    const out = [0, 0, 0];
    for (let i = 0; i < before.length; i += 1) {
      this.update([before[i], gradient[i], this.rate, this.count, first[i], second[i]], out);
      [this.weights[i], first[i], second[i]] = out;
    }
    this.last = { rows, before, gradient, examples };
    if (!this.order.length) {
      this.epoch += 1;
      this.losses.push(this.seen / this.inputs.length);
    }
    return rows;
  }

  predict(x) {
    return this.example(x, 0).p;
  }

  isLearned() {
    return this.inputs.every((x, n) => (this.predict(x) > 0.5) === (this.targets[n] > 0.5));
  }
}

// The network itself, computed here from the recorded weights.

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => (x <= 0 ? 0 : x),
  leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
  sigmoid: (x) => Math.exp(Math.min(x, 0)) / (1 + Math.exp(-Math.abs(x))),
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

// Each layer as rows of weights, one row for each neuron, and a bias for each.
function unpack(run, snapshot) {
  const flat = run.weights[snapshot].map(Number);
  let at = 0;
  return run.layers.map(({ inputs, units, bias, activation }) => {
    const kernel = Array.from({ length: units }, (_, j) =>
      Array.from({ length: inputs }, (_, i) => flat[at + i * units + j]));
    at += inputs * units;
    const biases = bias ? flat.slice(at, at + units) : Array(units).fill(0);
    at += bias ? units : 0;
    return { kernel, biases, activation };
  });
}

function activate(name, sums) {
  if (name !== "softmax") return sums.map(ACTIVATIONS[name]);
  const largest = Math.max(...sums);
  const powers = sums.map((z) => Math.exp(z - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((e) => e / total);
}

// For one input, the sums and the outputs of every layer.
function forward(layers, x) {
  const out = [];
  let signal = x;
  for (const { kernel, biases, activation } of layers) {
    const sums = kernel.map((row, j) => row.reduce((z, w, i) => z + w * signal[i], biases[j]));
    signal = activate(activation, sums);
    out.push({ sums, signal });
  }
  return out;
}

// A ReLU neuron is dead when no example gets through it: no gradient can move its weights.
const deadNeurons = (layer, passes, index) => layer.kernel.map((_, j) =>
  layer.activation === "relu" && passes.every((pass) => pass[index].sums[j] <= 0));

const isRight = (run, target, p) =>
  (target.length > 1
    ? target.indexOf(Math.max(...target)) === p.indexOf(Math.max(...p))
    : !isUndecided(run, p) && (p[0] > run.threshold) === (target[0] > 0.5));

// Shown as the threshold itself: neither answer was given.
const isUndecided = (run, p) => p.length === 1 && p[0].toFixed(3) === run.threshold.toFixed(3);
const countRight = (run, passes) => run.X.filter((_, n) => isRight(run, run.y[n], passes[n].at(-1).signal)).length;

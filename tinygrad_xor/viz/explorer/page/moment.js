// The network of the live training as it is now, for the first tab: a node for each line of code, with
// the numbers of each example. Names, steps and places are those that recorded networks have.

const SYMBOLS = { relu: ["ReLU", "max(0, "], leaky_relu: ["leaky ReLU", "leaky_relu("], tanh: ["tanh", "tanh("], sigmoid: ["σ", "σ("] };

function momentOf(training) {
  const { nodes, edges, code } = linesOf(training);
  const view = { nodes, edges, rules: {} };
  view.passes = training.inputs.map((x, n) => numbersOf(training, view, x, training.targets[n]));
  return {
    views: { lines: view }, code, count: training.count,
    examples: training.inputs.map((x, n) => ({ x: [...x], y: [training.targets[n]] })),
  };
}

function linesOf({ width, activation }) {
  const nodes = [];
  const edges = [];
  const code = [];
  const leaf = (label, learned = false) => nodes.push(
    { label, symbol: "", kind: "leaf", learned, operations: [], formula: [], line: 0, code: "" }) - 1;
  // From the nodes that are numbers in the formula an edge leads to it; `tails` if others do.
  const computed = (label, symbol, operations, formula, line, tails = formula.filter((part) => typeof part === "number")) => {
    code.push(line);
    const head = nodes.push({ label, symbol, kind: "inner", learned: false, operations, formula, line: code.length, code: "" }) - 1;
    edges.push(...tails.map((tail) => ({ tail, head })));
    return head;
  };
  // A sum of products: of each pair, one number is the derivative for the other.
  const sum = (label, pairs, bias, line) => {
    const head = computed(label, "+", ["multiply", "add"], [...pairs.flatMap(([w, x]) => [w, " · ", x, " + "]), bias], line);
    for (const edge of edges.filter((each) => each.head === head)) {
      edge.other = pairs.find((pair) => pair.includes(edge.tail))?.find((i) => i !== edge.tail);
    }
    return head;
  };
  const all = indices(width);
  const index = (k) => (width === 1 ? "" : String(k + 1));
  const two = (i, k, comma) => `${i}${k > 8 ? comma : ""}${k + 1}`;
  const kernel = [1, 2].map((i) => all.map((k) => leaf(`w${subscript(two(i, k, ","))}`, true)));
  const biases = all.map((k) => leaf(`b${subscript(index(k))}`, true));
  const outputs = all.map((k) => leaf(`v${subscript(k + 1)}`, true));
  const c = leaf("c", true);
  const x = [1, 2].map((i) => leaf(`x${subscript(i)}`));
  const y = leaf("y");
  const [symbol, opened] = SYMBOLS[activation];
  const z = all.map((k) => sum(`z${subscript(index(k))}`, x.map((xi, i) => [kernel[i][k], xi]), biases[k],
    `z${index(k)} = ${[1, 2].map((i) => `w${two(i, k, "_")} * x${i}`).join(" + ")} + b${index(k)}`));
  const h = all.map((k) => computed(`h${subscript(index(k))}`, symbol, [activation], [opened, z[k], ")"],
    `h${index(k)} = ${activation}(z${index(k)})`));
  const s = sum("s", all.map((k) => [outputs[k], h[k]]), c, `s = ${all.map((k) => `v${k + 1} * h${index(k)} + `).join("")}c`);
  const p = computed("p", "σ", ["sigmoid"], ["σ(", s, ")"], "p = sigmoid(s)");
  computed("L", "mean", ["sigmoid_crossentropy", "mean"],
    ["−(", y, " · ln ", p, " + (1 − ", y, ") · ln(1 − ", p, "))"], "L = loss(y, p)", [s, y, p]);
  return { nodes, edges, code };
}

// The numbers of one example: each node's, and each step back, as the first tab wants them.
function numbersOf(training, { nodes, edges }, x, target) {
  const { sums, hidden, z, p, loss, slope } = training.example(x, target, 1);
  const values = [...training.weights, ...x, target, ...sums, ...hidden, z, p, loss];
  const gradients = new Map([[nodes.length - 1, 1]]);
  const back = [];
  for (let head = nodes.length - 1; head >= 0; head -= 1) {
    edges.forEach(({ tail, head: to, other }, edge) => {
      const isOfLoss = to === nodes.length - 1;
      if (to !== head || !gradients.has(head) || (isOfLoss && nodes[tail].label !== "s")) return;
      const local = isOfLoss ? slope : other !== undefined ? values[other] : nodes[head].symbol === "+" ? 1 : training.slopeAt(values[tail]);
      const part = gradients.get(head) * local;
      gradients.set(tail, (gradients.get(tail) ?? 0) + part);
      back.push([edge, gradients.get(head), local, part, gradients.get(tail)]);
    });
  }
  return { values, back };
}

// The network of the live training as it is now, for the first tab: a node for each line of code, with
// the numbers of each example. Names, steps and places are those that recorded networks have.

function momentOf(training) {
  const { nodes, edges, code } = linesOf(training);
  const view = { nodes, edges, rules: {} };
  view.passes = training.inputs.map((x, n) => numbersOf(training, view, x, training.targets[n]));
  return {
    views: { lines: view }, code, count: training.count,
    examples: training.inputs.map((x, n) => ({ x: [...x], y: [training.targets[n]] })),
  };
}

// The names and the lines come from Python, written for relu. A line is a sum of products, or the
// call of a function, whose sign and formula come along.
function linesOf({ width, activation }) {
  const { labels, names, lines } = data.live.networks[width - 1];
  const code = lines.map((line) => line.replace("relu(", `${activation}(`));
  const first = labels.length - code.length;
  const nodes = labels.map((label, i) => ({ label, symbol: "+", kind: i < first ? "leaf" : "inner",
    learned: i <= 4 * width, operations: ["multiply", "add"], formula: [], line: Math.max(0, i - first + 1), code: "" }));
  for (const node of nodes.slice(0, first)) Object.assign(node, { symbol: "", operations: [] });
  const edges = [];
  code.forEach((line, k) => {
    const head = first + k;
    const [, right] = line.split(" = ");
    const called = data.live.functions[right.split("(")[0]];
    if (called) {
      const tails = right.match(/\w+/g).slice(1).map((name) => names.indexOf(name));
      if (head === labels.length - 1) tails.unshift(head - 2); // its slope is that of the last sum
      const formula = called.formula.split(/#(\d)/).map((part, n) => (n % 2 ? tails[part - 1] : part));
      Object.assign(nodes[head], called, { formula: formula.filter((part) => part !== "") });
      edges.push(...tails.map((tail) => ({ tail, head })));
      return;
    }
    for (const term of right.split(" + ")) {
      const [tail, other] = term.split(" * ").map((name) => names.indexOf(name));
      const { formula } = nodes[head];
      formula.push(...(formula.length ? [" + "] : []), tail, ...(other === undefined ? [] : [" · ", other]));
      // Of each pair, one number is the derivative for the other.
      edges.push({ tail, head, other }, ...(other === undefined ? [] : [{ tail: other, head, other: tail }]));
    }
  });
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

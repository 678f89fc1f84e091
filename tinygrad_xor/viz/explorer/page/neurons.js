// A network as neurons and weights. The picture is built once; `show` changes what a step of training
// changes: the lines' colours and widths, the dots, and which neurons are dead.

const digits = (n, shapes) => String(n).replace(/\d/g, (d) => shapes[d]);
const subscript = (n) => digits(n, "₀₁₂₃₄₅₆₇₈₉");
const superscript = (n) => digits(n, "⁰¹²³⁴⁵⁶⁷⁸⁹");
const indexed = (base, j, count) => (count === 1 ? base : base + subscript(j + 1));
const signalName = (run, layer, j) => indexed(
  layer < 0 ? "x" : layer === run.layers.length - 1 ? "p"
    : layer === 0 ? "h" : `h⁽${superscript(layer + 1)}⁾`, j,
  layer < 0 ? run.layers[0].inputs : run.layers[layer].units);

function networkPicture(run) {
  const columns = [run.layers[0].inputs, ...run.layers.map(({ units }) => units)];
  // More neurons than these stand in zigzag, so that they need not be tiny.
  const zigzag = (n) => (n > 8 ? 32 : 0);
  const height = Math.max(170, ...columns.map((n) => n * (zigzag(n) ? 31 : 62)));
  let width = 0;
  const middles = columns.map((n) => {
    width += 130 + 2 * zigzag(n);
    return width - 85 - zigzag(n);
  });
  width -= 40;
  const place = (column, j) => [middles[column] + (j % 2 ? 1 : -1) * zigzag(columns[column]), height * (j + 0.5) / columns[column]];

  const lines = run.layers.flatMap(({ inputs, units }, l) => indices(units).flatMap((j) => indices(inputs).map((i) => {
    const [x0, y0] = place(l, i);
    const [x1, y1] = place(l + 1, j);
    const title = svg("title");
    const line = svg("line", { x1: x0, y1: y0, x2: x1, y2: y1 }, title);
    return { l, i, j, line, title, name: `${signalName(run, l - 1, i)} → ${signalName(run, l, j)}` };
  })));
  const inputs = indices(columns[0]).map((i) => svg("g", { class: "neuron input", transform: `translate(${place(0, i)})` },
    svg("circle", { r: 18 }), svg("text", { "text-anchor": "middle", y: 5 }, signalName(run, -1, i))));
  const neurons = run.layers.flatMap(({ units, activation }, l) => indices(units).map((j) => {
    const [x, y] = place(l + 1, j);
    const left = x < middles[l + 1];
    const title = svg("title");
    const inside = curveInside(activation, Math.min(16, run.X.length));
    const cross = svg("path", { d: "M-17,-17L17,17M-17,17L17,-17", class: "cross" });
    const group = svg("g", { transform: `translate(${x},${y})` }, title, svg("circle", { r: 25 }), inside.element, cross,
      svg("text", { x: left ? -29 : 29, y: -14, "text-anchor": left ? "end" : "start", class: "faint halo" }, signalName(run, l, j)));
    return { l, j, activation, title, inside, cross, group };
  }));
  const element = svg("svg", { class: "network", role: "img", viewBox: `0 -12 ${width} ${height + 24}` },
    lines.map(({ line }) => line), inputs, neurons.map(({ group }) => group));
  element.style.maxHeight = `${Math.min(height + 24, 540)}px`;

  function show(layers, passes, dead) {
    put(element, "aria-label", word("network_of", { columns: columns.join("–") }));
    const largest = Math.max(1e-9, ...layers.flatMap(({ kernel }) => kernel.flat().map(Math.abs)));
    for (const { l, i, j, line, title, name } of lines) {
      const w = layers[l].kernel[j][i];
      put(line, "class", `weight ${sign(w)}${dead[l][j] ? " dead" : ""}`);
      put(line, "stroke-width", (0.6 + 6 * Math.abs(w) / largest).toFixed(2));
      say(title, `${name}: ${number(w)}`);
    }
    for (const { l, j, activation, title, inside, cross, group } of neurons) {
      put(group, "class", `neuron${dead[l][j] ? " dead" : ""}`);
      put(group, "data-dead", dead[l][j]);
      put(cross, "visibility", dead[l][j] ? "visible" : "hidden");
      say(title, `${signalName(run, l, j)} · ${activation} · b = ${number(layers[l].biases[j])}`);
      inside.show(passes.map((pass) => pass[l].sums[j]));
    }
  }
  return { element, show };
}

// The activation's curve in its neuron, and a dot on it for each example.
function curveInside(name, examples) {
  if (name === "softmax") return { element: svg("text", { "text-anchor": "middle", y: 4 }, "softmax"), show() {} };
  const f = ACTIVATIONS[name];
  const [least, most] = { sigmoid: [-0.15, 1.15], tanh: [-1.2, 1.2], linear: [-4, 4] }[name] ?? [-0.8, 4];
  const x = (z) => 5 * Math.max(-3.8, Math.min(3.8, z));
  const y = (v) => 17 - 34 * (Math.max(least, Math.min(most, v)) - least) / (most - least);
  const points = Array.from({ length: 39 }, (_, k) => (k - 19) / 5).map((z) => `${x(z)},${y(f(z))}`);
  const dots = indices(examples).map(() => svg("circle", { r: 2.6, class: "dot" }));
  const show = (sums) => dots.forEach((dot, n) => {
    put(dot, "visibility", Number.isNaN(sums[n]) ? "hidden" : "visible");
    if (Number.isNaN(sums[n])) return;
    put(dot, "cx", x(sums[n]).toFixed(2));
    put(dot, "cy", y(f(sums[n])).toFixed(2));
  });
  return { element: svg("g", {}, svg("polyline", { points: points.join(" "), class: "curve" }), dots), show };
}

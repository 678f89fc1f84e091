// One run at one moment: the network's picture, what each neuron sees, the predictions.

const MARGIN = 0.4;

function inkColours() {
  return root.dataset.theme === "dark"
    ? { positive: [77, 156, 222], zero: [30, 34, 41], negative: [226, 132, 52] }
    : { positive: [66, 140, 205], zero: [250, 250, 250], negative: [235, 142, 56] };
}

// Paint value(x1, x2) over the plane: blue above `middle`, orange below, a line where it crosses.
function paint(canvas, run, value, middle, reach) {
  const grid = canvas.width;
  const low = Math.min(...run.X.flat()) - MARGIN;
  const high = Math.max(...run.X.flat()) + MARGIN;
  const at = (k) => low + (high - low) * (k + 0.5) / grid;
  const field = Array.from({ length: grid }, (_, r) =>
    Array.from({ length: grid }, (_, c) => value(at(c), at(grid - 1 - r)) - middle));
  const far = reach ?? Math.max(1e-9, ...field.flat().map(Math.abs).filter(Number.isFinite));
  const colours = inkColours();
  const image = new ImageData(grid, grid);
  // How much of the line is in a cell: 1 where the field is zero, 0 a cell from there.
  const line = (r, c) => {
    const [up, down, left, right] = [[r - 1, c], [r + 1, c], [r, c - 1], [r, c + 1]]
      .map(([i, j]) => field[i]?.[j] ?? field[r][c]);
    const slope = Math.hypot(down - up, right - left) / 2;
    return slope > 0 ? Math.max(0, Math.min(1, 1.1 - Math.abs(field[r][c]) / slope)) : 0;
  };
  for (let r = 0; r < grid; r += 1) {
    for (let c = 0; c < grid; c += 1) {
      const share = Math.min(1, Math.abs(field[r][c]) / far);
      const full = field[r][c] > 0 ? colours.positive : colours.negative;
      const edge = 0.7 * line(r, c);
      for (let k = 0; k < 3; k += 1) {
        const mixed = colours.zero[k] + (full[k] - colours.zero[k]) * share;
        image.data[4 * (r * grid + c) + k] = (1 - edge) * mixed + edge * (255 - colours.zero[k]);
      }
      image.data[4 * (r * grid + c) + 3] = 255;
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// A square with the surface and the examples on it: circles for 1, squares for 0.
function surface(run, caption, size) {
  const grid = size === "big" ? 120 : 48;
  const canvas = html("canvas", { width: grid, height: grid, "aria-hidden": "true" });
  const low = Math.min(...run.X.flat()) - MARGIN;
  const span = Math.max(...run.X.flat()) + MARGIN - low;
  const marks = run.X.map((x, n) => {
    const one = run.y[n][0] > 0.5;
    const mark = html("span", { class: `mark ${one ? "one" : "zero"}` }, size === "big" ? number(run.y[n][0]) : "");
    mark.style.left = `${100 * (x[0] - low) / span}%`;
    mark.style.bottom = `${100 * (x[1] - low) / span}%`;
    return mark;
  });
  const title = html("figcaption", {}, caption);
  const figure = html("figure", { class: `surface ${size}` }, html("div", { class: "plane" }, canvas, marks), title);
  return { canvas, figure, title };
}

const SUB = "₀₁₂₃₄₅₆₇₈₉";
const indexed = (base, j, count) =>
  (count === 1 ? base : base + String(j + 1).replace(/\d/g, (d) => SUB[d]));
const SUP = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const signalName = (run, layer, j) => indexed(
  layer < 0 ? "x" : layer === run.layers.length - 1 ? "p"
    : layer === 0 ? "h" : `h⁽${String(layer + 1).replace(/\d/g, (d) => SUP[d])}⁾`, j,
  layer < 0 ? run.layers[0].inputs : run.layers[layer].units);

function filmOf(run, number_ = 0) {
  const flatPlane = run.layers[0].inputs === 2;
  const picture = svg("svg", { class: "network", role: "img" });
  const last = run.layers.length - 1;
  const big = flatPlane
    ? Array.from({ length: run.layers[last].units }, (_, j) =>
      surface(run, signalName(run, last, j), "big")) : [];
  const small = flatPlane
    ? run.layers.slice(0, last).flatMap(({ units, activation }, layer) => Array.from({ length: units }, (_, j) =>
      ({ layer, j, activation, ...surface(run, signalName(run, layer, j), "small") }))) : [];
  const table = html("table", { class: "predictions" });
  const status = html("p", { class: "status" });
  const element = html("article", { class: "film card", "data-run": run.name },
    html("h2", {}, html("span", { class: `swatch run${number_}`, "aria-hidden": "true" }), run.name), status,
    html("div", { class: "film-grid" },
      html("div", {}, picture, html("div", { class: "smalls" }, small.map((s) => s.figure))),
      html("div", {}, flatPlane ? big.map((s) => s.figure) : html("p", { class: "hint" }, word("no_surface", { n: run.layers[0].inputs })), table)));

  function show(snapshot) {
    const layers = unpack(run, snapshot);
    const passes = run.X.map((x) => forward(layers, x));
    const dead = layers.map((layer, l) => deadNeurons(layer, passes, l));
    drawNetwork(picture, run, layers, passes, dead);
    big.forEach((s, j) => paint(s.canvas, run, (a, b) => forward(layers, [a, b])[last].signal[j], run.threshold,
      run.threshold === 0.5 ? 0.5 : undefined));
    small.forEach((s) => {
      const before = layers.slice(0, s.layer + 1);
      paint(s.canvas, run, (a, b) => forward(before, [a, b])[s.layer].signal[s.j], s.activation === "sigmoid" ? 0.5 : 0,
        { sigmoid: 0.5, tanh: 1 }[s.activation]);
      s.title.textContent = signalName(run, s.layer, s.j) + (dead[s.layer][s.j] ? ` ✕ ${word("dead")}` : "");
      s.figure.classList.toggle("dead", dead[s.layer][s.j]);
    });
    showPredictions(table, run, passes, last);
    const count = dead.flat().filter(Boolean).length;
    const right = run.X.filter((_, n) => isRight(run, run.y[n], passes[n][last].signal)).length;
    status.replaceChildren(
      `${word("epoch")} ${run.epochs[snapshot]} · ${word("loss")} ${number(Number(run.loss[snapshot]), 3)} · `,
      html("b", { class: right === run.X.length ? "good" : "bad" },
        `${right === run.X.length ? "✓" : "✗"} ${word("right", { right, n: run.X.length })}`),
      count ? ` · ✕ ${word("dead_count", { count })}` : "");
    element.dataset.dead = count;
  }
  return { element, show, run };
}

function showPredictions(table, run, passes, last) {
  const head = html("tr", {}, run.X[0].map((_, i) => html("th", {}, signalName(run, -1, i))),
    html("th", {}, word("target")), html("th", { colspan: 2 }, word("prediction")), html("th", {}));
  const rows = run.X.slice(0, 8).map((x, n) => {
    const p = passes[n][last].signal;
    const right = isRight(run, run.y[n], p);
    const bar = html("span", { class: "bar-of" }, html("span", { class: sign(p[0] - run.threshold) }));
    bar.firstChild.style.width = `${100 * Math.max(0, Math.min(1, p[0]))}%`;
    return html("tr", {}, x.map((v) => html("td", {}, number(v))), html("td", {}, run.y[n].map((v) => number(v)).join(", ")),
      html("td", { class: "p", "data-value": p.join(" ") }, p.map((v) => v.toFixed(3)).join(", ")), html("td", {}, bar),
      html("td", { class: right ? "good" : "bad" }, right ? "✓" : isUndecided(run, p) ? "?" : "✗"));
  });
  table.replaceChildren(head, ...rows);
}

function drawNetwork(picture, run, layers, passes, dead) {
  const columns = [run.layers[0].inputs, ...layers.map((layer) => layer.kernel.length)];
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
  const largest = Math.max(1e-9, ...layers.flatMap((layer) => layer.kernel.flat().map(Math.abs)));
  const edges = layers.flatMap((layer, l) => layer.kernel.flatMap((row, j) => row.map((w, i) => {
    const [x0, y0] = place(l, i);
    const [x1, y1] = place(l + 1, j);
    const text = `${signalName(run, l - 1, i)} → ${signalName(run, l, j)}: ${number(w)}`;
    return svg("line", { x1: x0, y1: y0, x2: x1, y2: y1, class: `weight ${sign(w)} ${dead[l][j] ? "dead" : ""}`,
      "stroke-width": 0.6 + 6 * Math.abs(w) / largest }, svg("title", {}, text));
  })));
  const inputs = Array.from({ length: columns[0] }, (_, i) => {
    const [x, y] = place(0, i);
    return svg("g", { class: "neuron input", transform: `translate(${x},${y})` }, svg("circle", { r: 18 }),
      svg("text", { "text-anchor": "middle", y: 5 }, signalName(run, -1, i)));
  });
  const neurons = layers.flatMap((layer, l) => layer.kernel.map((_, j) => {
    const [x, y] = place(l + 1, j);
    const left = x < middles[l + 1];
    return svg("g", { class: `neuron ${dead[l][j] ? "dead" : ""}`, transform: `translate(${x},${y})`, "data-dead": dead[l][j] },
      svg("title", {}, `${signalName(run, l, j)} · ${layer.activation} · b = ${number(layer.biases[j])}`),
      svg("circle", { r: 25 }), curveInside(layer.activation, passes.slice(0, 16).map((pass) => pass[l].sums[j])),
      dead[l][j] ? svg("path", { d: "M-17,-17L17,17M-17,17L17,-17", class: "cross" }) : null,
      svg("text", { x: left ? -29 : 29, y: -14, "text-anchor": left ? "end" : "start", class: "faint halo" },
        signalName(run, l, j)));
  }));
  picture.setAttribute("viewBox", `0 -12 ${width} ${height + 24}`);
  picture.style.maxHeight = `${Math.min(height + 24, 540)}px`;
  picture.setAttribute("aria-label", word("network_of", { columns: columns.join("–") }));
  picture.replaceChildren(...edges, ...inputs, ...neurons);
}

// The activation's curve in its neuron, and a dot on it for each example.
function curveInside(name, sums) {
  if (name === "softmax") return svg("text", { "text-anchor": "middle", y: 4 }, "softmax");
  const f = ACTIVATIONS[name];
  const [low, high] = { sigmoid: [-0.15, 1.15], tanh: [-1.2, 1.2], linear: [-4, 4] }[name] ?? [-0.8, 4];
  const x = (z) => 5 * Math.max(-3.8, Math.min(3.8, z));
  const y = (v) => 17 - 34 * (Math.max(low, Math.min(high, v)) - low) / (high - low);
  const points = Array.from({ length: 39 }, (_, k) => (k - 19) / 5).map((z) => `${x(z)},${y(f(z))}`);
  return svg("g", {}, svg("polyline", { points: points.join(" "), class: "curve" }),
    sums.filter((z) => !Number.isNaN(z)).map((z) => svg("circle", { cx: x(z), cy: y(f(z)), r: 2.6, class: "dot" })));
}

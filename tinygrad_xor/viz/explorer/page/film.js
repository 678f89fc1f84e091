// One run at one moment: the network's picture, what each neuron sees, the predictions.

function filmOf(run, number_ = 0) {
  const flatPlane = run.layers[0].inputs === 2;
  const last = run.layers.length - 1;
  const picture = networkPicture(run);
  const table = predictionTable(run);
  const big = flatPlane
    ? indices(run.layers[last].units).map((j) => surface(run, signalName(run, last, j), "big")) : [];
  const small = flatPlane
    ? run.layers.slice(0, last).flatMap(({ units, activation }, layer) => indices(units).map((j) =>
      ({ layer, j, activation, ...surface(run, signalName(run, layer, j), "small") }))) : [];
  const status = html("p", { class: "status" });
  const element = html("article", { class: "film card", "data-run": run.name },
    html("h2", {}, html("span", { class: `swatch run${number_}`, "aria-hidden": "true" }), run.name), status,
    html("div", { class: "film-grid" },
      html("div", {}, picture.element, html("div", { class: "smalls" }, small.map((s) => s.figure))),
      html("div", {}, flatPlane ? big.map((s) => s.figure) : html("p", { class: "hint" }, word("no_surface", { n: run.layers[0].inputs })), table.element)));

  function show(snapshot) {
    const layers = unpack(run, snapshot);
    const passes = run.X.map((x) => forward(layers, x));
    const dead = layers.map((layer, l) => deadNeurons(layer, passes, l));
    picture.show(layers, passes, dead);
    big.forEach((s, j) => paint(s.canvas, run, (a, b) => forward(layers, [a, b])[last].signal[j], run.threshold,
      run.threshold === 0.5 ? 0.5 : undefined));
    small.forEach((s) => {
      const before = layers.slice(0, s.layer + 1);
      paint(s.canvas, run, (a, b) => forward(before, [a, b])[s.layer].signal[s.j], s.activation === "sigmoid" ? 0.5 : 0,
        { sigmoid: 0.5, tanh: 1 }[s.activation]);
      s.title.textContent = signalName(run, s.layer, s.j) + (dead[s.layer][s.j] ? ` ✕ ${word("dead")}` : "");
      s.figure.classList.toggle("dead", dead[s.layer][s.j]);
    });
    table.show(passes);
    const deaths = dead.flat().filter(Boolean).length;
    const right = countRight(run, passes);
    status.replaceChildren(
      `${word("epoch")} ${run.epochs[snapshot]} · ${word("loss")} ${number(Number(run.loss[snapshot]), 3)} · `,
      html("b", { class: right === run.X.length ? "good" : "bad" },
        `${right === run.X.length ? "✓" : "✗"} ${word("right", { right, n: run.X.length })}`),
      deaths ? ` · ✕ ${word("dead_count", { count: deaths })}` : "");
    element.dataset.dead = deaths;
  }
  return { element, show, run };
}

// The first examples with their predictions; built once, `show` puts in the numbers.
function predictionTable(run) {
  const rows = run.X.slice(0, 8).map((x) => {
    const row = { x: x.map(() => html("td")), target: html("td"), p: html("td", { class: "p" }), bar: html("span"), mark: html("td") };
    const bar = html("td", {}, html("span", { class: "bar-of" }, row.bar));
    return { ...row, element: html("tr", {}, row.x, row.target, row.p, bar, row.mark) };
  });
  const head = html("tr", {}, run.X[0].map((_, i) => html("th", {}, signalName(run, -1, i))),
    html("th", {}, word("target")), html("th", { colspan: 2 }, word("prediction")), html("th", {}));

  function show(passes) {
    rows.forEach(({ x, target, p: said, bar, mark }, n) => {
      const p = passes[n].at(-1).signal;
      const right = isRight(run, run.y[n], p);
      x.forEach((cell, i) => say(cell, number(run.X[n][i])));
      say(target, run.y[n].map((v) => number(v)).join(", "));
      put(said, "data-value", p.join(" "));
      say(said, p.map((v) => v.toFixed(3)).join(", "));
      put(bar, "class", sign(p[0] - run.threshold));
      bar.style.width = `${(100 * Math.max(0, Math.min(1, p[0]))).toFixed(1)}%`;
      put(mark, "class", right ? "good" : "bad");
      say(mark, right ? "✓" : isUndecided(run, p) ? "?" : "✗");
    });
  }
  return { element: html("table", { class: "predictions" }, head, rows.map(({ element }) => element)), show };
}

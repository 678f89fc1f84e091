// The live tab: a network that is trained here and now, step by step or many steps a second.

const liveTab = (() => {
  const { tasks, activations, rates, inputs } = data.live ?? {};
  const present = Boolean(data.live);
  const panel = byId("panel-live");
  const chosen = { task: "xor", width: 5, activation: "relu", optimizer: "adam", rate: 0.01, batch: 4, seed: 0 };
  const speeds = [1, 10, 100];
  let training, run, plane, worker = null, frame = null;
  const places = {};

  const select = (name, values, text = String) => {
    const element = html("select", { id: `live-${name}` });
    element.addEventListener("change", () => {
      chosen[name] = typeof values[0] === "number" ? Number(element.value) : element.value;
      if (name === "optimizer") chosen.rate = rates[chosen.optimizer];
      reset();
    });
    const fillIn = () => {
      const all = values.includes(chosen[name]) ? values : [...values, chosen[name]];
      options(element, all.map((value) => [value, text(value)]), chosen[name]);
    };
    return { element: html("label", {}, html("span", { "data-word": `live_${name}` }), " ", element), fillIn };
  };
  const count = (n) => Array.from({ length: n }, (_, k) => k + 1);
  const selects = present ? [
    select("task", Object.keys(tasks), (task) => task.toUpperCase()), select("width", count(16)),
    select("activation", activations), select("optimizer", Object.keys(rates)),
    select("rate", [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]),
    select("batch", [1, 4], (batch) => word(batch === 1 ? "live_single" : "live_all")),
    select("seed", [...Array(20).keys()]),
  ] : [];

  function build() {
    const button = (id, action) => html("button", { id: `live-${id}`, type: "button", "data-word": `live_${id}`, onclick: action });
    places.play = html("button", { id: "live-play", type: "button", class: "primary", onclick: toggle });
    places.speed = html("select", { id: "live-speed" }, speeds.map((n) => html("option", { value: n }, `${n}×`)));
    places.speed.value = 10;
    for (const name of ["status", "picture", "square", "chart", "apart", "many-said"]) places[name] = html("div", { id: `live-${name}` });
    places.table = html("table", { class: "predictions" });
    places.svg = svg("svg", { class: "network", role: "img" });
    places.picture.append(places.svg);
    panel.replaceChildren(
      html("p", { class: "hint", "data-word": "live_hint" }),
      html("div", { class: "bar choices" }, selects.map((s) => s.element)),
      html("div", { class: "bar transport" }, html("div", { class: "buttons" }, places.play, button("step", () => { stop(); advance(1); render(); }),
        button("reset", reset)), html("label", {}, html("span", { "data-word": "live_speed" }), " ", places.speed), places.status),
      html("div", { class: "card film-grid" }, places.picture, html("div", {}, places.square, places.table)),
      html("div", { class: "card" }, html("h2", { "data-word": "loss_over_epochs" }), places.chart),
      html("div", { class: "card" }, html("h2", { "data-word": "live_luck" }), html("div", { class: "bar" }, button("many", many), places["many-said"])),
      html("div", { class: "card scroll" }, html("h2", { "data-word": "live_apart" }), places.apart));
  }

  function reset() {
    stop();
    const { task, ...settings } = chosen;
    training = new Training({ ...settings, inputs: inputs.map((x) => [...x]), targets: tasks[task] });
    run = {
      name: "live", X: training.inputs, y: training.targets.map((t) => [t]), threshold: 0.5, epochs: [0], loss: [NaN], weights: [[]],
      layers: [{ inputs: 2, units: chosen.width, bias: true, activation: chosen.activation },
        { inputs: chosen.width, units: 1, bias: true, activation: "sigmoid" }],
    };
    plane = surface(run, "p", "big");
    plane.canvas.width = plane.canvas.height = 60;
    [...plane.figure.querySelectorAll(".mark")].forEach(draggable);
    places.square.replaceChildren(plane.figure);
    worker?.terminate();
    worker = null;
    places["many-said"].textContent = "";
    translate();
  }

  // A point of the plane follows the pointer, and the network is trained on where it is now.
  function draggable(mark, n) {
    mark.classList.add("movable");
    mark.addEventListener("pointerdown", (event) => mark.setPointerCapture(event.pointerId));
    mark.addEventListener("pointermove", (event) => {
      if (!mark.hasPointerCapture(event.pointerId)) return;
      const square = plane.canvas.getBoundingClientRect();
      const along = (share) => -MARGIN + (1 + 2 * MARGIN) * Math.max(0, Math.min(1, share));
      training.inputs[n] = run.X[n] = [along((event.clientX - square.left) / square.width), along((square.bottom - event.clientY) / square.height)];
      mark.style.left = `${100 * (run.X[n][0] + MARGIN) / (1 + 2 * MARGIN)}%`;
      mark.style.bottom = `${100 * (run.X[n][1] + MARGIN) / (1 + 2 * MARGIN)}%`;
      render();
    });
  }

  function advance(steps) {
    const until = performance.now() + 12;
    for (let n = 0; n < steps && performance.now() < until; n += 1) training.step();
  }
  function tick() {
    advance(Number(places.speed.value));
    render();
    frame = requestAnimationFrame(tick);
  }
  function stop() {
    cancelAnimationFrame(frame);
    frame = null;
    places.play.textContent = word("live_play");
  }
  function toggle() {
    if (frame !== null) return leave();
    places.play.textContent = word("live_pause");
    frame = requestAnimationFrame(tick);
  }
  function leave() {
    if (!training) return;
    stop();
    render();
  }

  function render() {
    run.weights = [Array.from(training.weights)];
    const layers = unpack(run, 0);
    const passes = run.X.map((x) => forward(layers, x));
    const dead = layers.map((layer, l) => deadNeurons(layer, passes, l));
    drawNetwork(places.svg, run, layers, passes, dead);
    paint(plane.canvas, { X: [[0], [1]] }, (a, b) => training.predict([a, b]), 0.5, 0.5);
    showPredictions(places.table, run, passes, 1);
    const right = run.X.filter((_, n) => isRight(run, run.y[n], passes[n][1].signal)).length;
    const mean = run.X.reduce((sum, x, n) => sum + training.example(x, training.targets[n]).loss, 0) / run.X.length;
    places.status.replaceChildren(`${word("epoch")} ${training.epoch} · ${word("live_steps")} ${training.count} · ${word("loss")} ${number(mean, 3)} · `,
      html("b", { class: right === run.X.length ? "good" : "bad" }, word("right", { right, n: run.X.length })));
    places.chart.replaceChildren(chart());
    if (frame === null) {
      places.apart.replaceChildren(...apart());
      remember();
    }
  }

  function chart() {
    const every = Math.ceil(training.losses.length / 300) || 1;
    const kept = training.losses.map((loss, i) => [i + 1, loss]).filter(([epoch]) => epoch % every === 0 || epoch === training.losses.length);
    const shown = kept.length ? kept : [[0, NaN]];
    return lossChart([{ epochs: shown.map(([epoch]) => epoch), loss: shown.map(([, loss]) => loss) }], training.epoch);
  }

  const names = () => {
    const each = (from, to) => count(chosen.width).map((k) => `${from}${to(k)}`);
    const low = (k) => String(k).replace(/\d/g, (d) => SUB[d]);
    return [...each("x₁ → h", low), ...each("x₂ → h", low), ...each("b h", low), ...count(chosen.width).map((k) => `h${low(k)} → p`), "b p"];
  };

  // The numbers of the last step: forward, backward, and the update of every weight.
  function apart() {
    const { last, rate, optimizer } = training;
    const rule = optimizer === "sgd" ? "w ← w − η · ∂L/∂w" : `w ← w − Δ, ${word("live_delta", { optimizer })}`;
    const all = names();
    const slider = (i) => {
      const element = html("input", { type: "range", min: -6, max: 6, step: 0.01, "aria-label": all[i], value: training.weights[i] });
      element.addEventListener("input", () => {
        stop();
        training.weights[i] = Number(element.value);
        training.last = null;
        const [first, second] = [element, element.parentElement.previousElementSibling];
        second.textContent = number(training.weights[i]);
        redraw(first);
      });
      return element;
    };
    const lines = last ? last.rows.map((n, k) => {
      const { hidden, z, p, loss, slope } = last.examples[k];
      return html("p", {}, `x = (${training.inputs[n].map((v) => number(v, 3)).join(", ")}), ${word("target")} ${training.targets[n]}:  h = (${hidden.map((h) => number(h, 3)).join(", ")}),  `
        + `z = ${number(z)},  p = σ(z) = ${number(p)},  L = ${number(loss)};  ∂L/∂z = ${last.rows.length > 1 ? "¼ " : ""}(p − y) = ${number(slope)}`);
    }) : [html("p", { class: "hint" }, word("live_none"))];
    const rows = all.map((name, i) => html("tr", {}, html("th", {}, name), ...(last ? [
      html("td", {}, number(last.before[i])), html("td", { class: sign(last.gradient[i]) }, number(last.gradient[i])),
      html("td", { class: "formula" }, optimizer === "sgd" ? `${number(last.before[i])} − ${number(rate)} · ${bracketed(last.gradient[i])}`
        : `${number(last.before[i])} − ${bracketed(last.before[i] - training.weights[i])}`)]
      : [html("td"), html("td"), html("td")]),
    html("td", { "data-value": training.weights[i] }, number(training.weights[i])), html("td", {}, slider(i))));
    return [html("p", { class: "formula" }, rule), ...lines, html("table", { class: "updates" },
      html("tr", {}, ["", "w", "∂L/∂w", word("live_update"), word("live_new"), word("live_drag")].map((text) => html("th", {}, text))), rows)];
  }
  // All but the table in which a slider is being dragged.
  function redraw() {
    const kept = places.apart;
    places.apart = html("div");
    render();
    places.apart = kept;
  }

  // Two hundred seeds of the same setting, beside the page, in a worker of its own.
  function many() {
    worker?.terminate();
    const { task, seed, ...settings } = chosen;
    const program = `${byId("engine").textContent}
      onmessage = ({ data: { settings, seeds, epochs } }) => {
        let learned = 0;
        for (let seed = 0; seed < seeds; seed += 1) {
          const training = new Training({ ...settings, seed });
          while (training.epoch < epochs) training.step();
          learned += training.isLearned();
          postMessage([seed + 1, learned]);
        }
      };`;
    worker = new Worker(URL.createObjectURL(new Blob([program], { type: "text/javascript" })));
    worker.onmessage = ({ data: [done, learned] }) => {
      places["many-said"].textContent = word("live_many_of", { learned, done, share: (100 * learned / done).toFixed(0) });
      places["many-said"].dataset.done = done;
    };
    worker.postMessage({ settings: { ...settings, inputs: training.inputs, targets: tasks[task] }, seeds: 200, epochs: 2000 });
  }

  // The address says what is seen: the settings, and how many steps were taken.
  function remember() {
    const link = new URLSearchParams({ ...chosen, steps: training.count });
    try { history.replaceState(null, "", `#live?${link}`); } catch { /* a page in a frame has no address */ }
  }
  function recall() {
    if (!location.hash.startsWith("#live?")) return false;
    const link = new URLSearchParams(location.hash.slice(6));
    for (const name of Object.keys(chosen)) {
      const given = link.get(name);
      if (given === null) continue;
      const known = { task: Object.keys(tasks), activation: activations, optimizer: Object.keys(rates) }[name];
      if (known ? known.includes(given) : Number(given) >= (name === "seed" ? 0 : 1e-9)) chosen[name] = known ? given : Number(given);
    }
    chosen.width = Math.max(1, Math.min(16, Math.round(chosen.width)));
    chosen.batch = chosen.batch === 1 ? 1 : 4;
    reset();
    const steps = Math.min(1e6, Number(link.get("steps")) || 0);
    while (training.count < steps) training.step();
    return true;
  }

  function translate() {
    if (!training) {
      build();
      if (!recall()) reset();
    }
    for (const s of selects) s.fillIn();
    for (const element of panel.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
    places.play.textContent = word(frame === null ? "live_play" : "live_pause");
    render();
  }
  const key = (event) => {
    if (event.key === " ") toggle();
    else if (event.key === "ArrowRight") { stop(); advance(1); render(); }
    else if (event.key === "Home") reset();
    else return;
    event.preventDefault();
  };
  return { present, translate, key, leave };
})();

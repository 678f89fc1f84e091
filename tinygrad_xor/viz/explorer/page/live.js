// The live tab: a network that is trained here and now, step by step or many steps a second.

const liveTab = (() => {
  const { tasks, activations, rates, inputs, networks } = data.live ?? {};
  const present = Boolean(data.live);
  const panel = byId("panel-live");
  const chosen = { task: "xor", width: 5, activation: "relu", bias: "zeros", optimizer: "adam", rate: 0.01, batch: 4, seed: 0 };
  const BUDGET = 4; // milliseconds of a frame in which steps are taken: 60 frames a second leave 16.7
  let training, run, plane, picture, table, frame = null;
  let touched = false; // a point or a weight was dragged: the address says where they are
  const chart = lossChart();
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
  const selects = present ? [
    select("task", Object.keys(tasks), (task) => task.toUpperCase()), select("width", networks.map((_, k) => k + 1)),
    select("activation", activations, (name) => word(`name_${name}`)),
    select("bias", ["zeros", "uniform"], (bias) => word(`live_bias_${bias}`)),
    select("optimizer", Object.keys(rates)),
    select("rate", [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]),
    select("batch", [1, 4], (batch) => word(batch === 1 ? "live_single" : "live_all")),
    select("seed", indices(20)),
  ] : [];

  function build() {
    const button = (id, action) => html("button", { id: `live-${id}`, type: "button", "data-word": `live_${id}`, onclick: action });
    places.play = html("button", { id: "live-play", type: "button", class: "primary", onclick: toggle });
    places.speed = html("select", { id: "live-speed" }, [1, 10, 100].map((n) => html("option", { value: n }, `${n}×`)));
    places.speed.value = 10;
    places.right = html("b");
    places.said = html("span");
    places.status = html("div", { id: "live-status" }, places.said, places.right);
    for (const name of ["picture", "square", "apart"]) places[name] = html("div", { id: `live-${name}` });
    panel.replaceChildren(
      html("p", { class: "hint", "data-word": "live_hint" }),
      html("div", { class: "bar choices" }, selects.map((s) => s.element)),
      html("div", { class: "bar transport" }, html("div", { class: "buttons" }, places.play, button("step", oneStep),
        button("reset", reset)), html("label", {}, html("span", { "data-word": "live_speed" }), " ", places.speed), places.status),
      html("div", { class: "card film-grid" }, places.picture, places.square),
      html("p", { class: "hint", "data-word": "legend" }), html("p", { class: "hint", "data-word": "keys_live" }),
      html("div", { class: "card" }, html("h2", { "data-word": "loss_over_epochs" }), chart.element),
      html("div", { class: "card scroll" }, html("h2", { "data-word": "live_apart" }),
        stepsTab.present ? button("through", () => { leave(); openMoment({ ...momentOf(training), run, snapshot: 0 }, training.rate); }) : "", places.apart),
      manySeeds(() => ({ ...chosen, inputs: training.inputs, targets: training.targets })));
  }

  function reset() {
    stop();
    touched = false;
    const { task, ...settings } = chosen;
    training = new Training({ ...settings, inputs: inputs.map((x) => [...x]), targets: tasks[task] });
    run = {
      name: "live", X: training.inputs, y: training.targets.map((t) => [t]), threshold: 0.5, epochs: [0], loss: [NaN], weights: [[]],
      layers: [{ inputs: 2, units: chosen.width, bias: true, activation: chosen.activation },
        { inputs: chosen.width, units: 1, bias: true, activation: "sigmoid" }],
    };
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
      run.X[n][0] = along((event.clientX - square.left) / square.width);
      run.X[n][1] = along((square.bottom - event.clientY) / square.height);
      plane.place(mark, run.X[n]);
      touched = true;
      if (frame === null) render();
    });
  }

  function advance(steps) {
    const until = performance.now() + BUDGET;
    for (let n = 0; n < steps && (n === 0 || performance.now() < until); n += 1) training.step();
  }
  function tick() {
    frame = requestAnimationFrame(tick);
    advance(Number(places.speed.value));
    render();
  }
  function oneStep() {
    stop();
    advance(1);
    render();
  }
  function stop() {
    cancelAnimationFrame(frame);
    frame = null;
    if (places.play) places.play.textContent = word("live_play");
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

  // Everything that a step changes. Nothing is built here: a frame only puts in numbers.
  function render() {
    drawLosses();
    run.weights = [training.weights];
    const layers = unpack(run, 0);
    const passes = run.X.map((x) => forward(layers, x));
    picture.show(layers, passes, layers.map((layer, l) => deadNeurons(layer, passes, l)));
    paint(plane.canvas, { X: [[0], [1]] }, (a, b) => training.predict(a, b), 0.5, 0.5);
    table.show(passes);
    const right = countRight(run, passes);
    say(places.said, `${word("epoch")} ${training.epoch} · ${word("live_steps")} ${training.count} · ${word("loss")} ${number(training.loss(), 3)} · `);
    put(places.right, "class", right === run.X.length ? "good" : "bad");
    say(places.right, word("right", { right, n: run.X.length }));
    if (frame === null) {
      places.apart.replaceChildren(...apart(training, weightMoved));
      remember();
    }
  }

  // At most 300 points, over an axis that ends at a round number, so that it seldom changes.
  function drawLosses() {
    const { losses, epoch } = training;
    const every = Math.ceil(losses.length / 300) || 1;
    const epochs = [losses.length && 1];
    for (let e = 1 + every; e < losses.length; e += every) epochs.push(e);
    if (losses.length > 1) epochs.push(losses.length);
    const power = 10 ** Math.floor(Math.log10(Math.max(10, epoch)));
    const end = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= epoch);
    chart.show([{ epochs, loss: epochs.map((e) => losses[e - 1] ?? NaN) }], epoch, end);
  }

  // A weight that is dragged is the weight; the table with its slider stays.
  function weightMoved(i, value) {
    stop();
    training.weights[i] = value;
    training.last = null;
    touched = true;
    const kept = places.apart;
    places.apart = html("div");
    render();
    places.apart = kept;
  }

  // The address says what is seen: the settings, and how many steps were taken; where something was
  // dragged, the points and the weights themselves.
  function remember() {
    const link = new URLSearchParams({ ...chosen, steps: training.count });
    if (touched) {
      link.set("points", run.X.flat().join(" "));
      link.set("weights", training.weights.join(" "));
    }
    try { history.replaceState(null, "", `#live?${link}`); } catch { /* a page in a frame has no address */ }
  }
  function recall() {
    if (!location.hash.startsWith("#live?")) return false;
    const link = new URLSearchParams(location.hash.slice(6));
    for (const name of Object.keys(chosen)) {
      const given = link.get(name);
      if (given === null) continue;
      const known = { task: Object.keys(tasks), activation: activations, optimizer: Object.keys(rates), bias: ["zeros", "uniform"] }[name];
      if (known ? known.includes(given) : Number(given) >= (name === "seed" ? 0 : 1e-9)) chosen[name] = known ? given : Number(given);
    }
    chosen.width = Math.max(1, Math.min(networks.length, Math.round(chosen.width)));
    chosen.batch = chosen.batch === 1 ? 1 : 4;
    reset();
    const numbers = (name, length) => {
      const found = (link.get(name) ?? "").split(" ").map(Number);
      return found.length === length && found.every(Number.isFinite) ? found : null;
    };
    const [points, weights] = [numbers("points", 2 * run.X.length), numbers("weights", training.weights.length)];
    const steps = Math.min(1e6, Math.floor(Number(link.get("steps"))) || 0);
    if (points && weights) {
      run.X.forEach((x, n) => { [x[0], x[1]] = points.slice(2 * n, 2 * n + 2); });
      training.weights.set(weights);
      training.count = steps;
      training.epoch = Math.floor(steps * chosen.batch / run.X.length);
      touched = true;
    } else {
      while (training.count < steps) training.step();
    }
    return true;
  }

  function translate() {
    if (!places.play) {
      build();
      if (!recall()) reset();
    }
    picture = networkPicture(run);
    table = predictionTable(run);
    plane = surface({ X: inputs, y: run.y }, "p", "big");
    plane.canvas.width = plane.canvas.height = 60;
    plane.marks.forEach((mark, n) => {
      plane.place(mark, run.X[n]);
      draggable(mark, n);
    });
    places.picture.replaceChildren(picture.element);
    places.square.replaceChildren(plane.figure, table.element);
    for (const s of selects) s.fillIn();
    for (const element of panel.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
    places.play.textContent = word(frame === null ? "live_play" : "live_pause");
    render();
  }
  const key = (event) => {
    if (event.key === " ") toggle();
    else if (event.key === "ArrowRight") oneStep();
    else if (event.key === "Home") reset();
    else return;
    event.preventDefault();
  };
  return { present, translate, key, leave };
})();

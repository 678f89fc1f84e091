// The third tab: an activation and its slope, a point to drag, and two traffic lights.

const activationsTab = (() => {
  // The activations and their slopes, point by point, by the engine's own programs.
  const points = indices(241).map((i) => (i - 120) / 20);
  const functions = {};
  for (const [name, program] of Object.entries(PROGRAMS).filter(([name]) => name.startsWith("curve_"))) {
    const rows = points.map((x) => { const out = [0, 0]; program([x], out); return out; });
    functions[name.slice("curve_".length)] = { y: rows.map(([y]) => y), slope: rows.map(([, slope]) => slope) };
  }
  const height = 380;
  let width = 620;
  let at = Math.round(points.length * 0.6);
  const reach = points.at(-1);
  const X = (x) => 20 + (width - 40) * (x + reach) / (2 * reach);

  function scale(curve) {
    const all = [...curve.y, ...curve.slope];
    const low = Math.min(-0.25, Math.max(-2.2, Math.min(...all)));
    const high = Math.max(1.25, Math.min(3.2, Math.max(...all)));
    return (v) => height - 22 - (height - 44) * (Math.max(low - 1, Math.min(high + 1, v)) - low) / (high - low);
  }

  function drawCurve() {
    width = Math.max(280, byId("curve").clientWidth);
    const curve = functions[byId("activation").value];
    const Y = scale(curve);
    const path = (values) => values.map((v, i) => `${X(points[i]).toFixed(1)},${Y(v).toFixed(1)}`).join(" ");
    // A slope that jumps is drawn in two parts: up to the point of the jump, and from it on.
    const jump = curve.slope.findIndex((v, i) => Math.abs(curve.slope[i + 1] - v) > 0.3);
    const parts = jump < 0 ? [path(curve.slope)]
      : [path(curve.slope.slice(0, jump + 1)), path(curve.slope.map((v, i) => (i > jump ? v : curve.slope[jump + 1]))).split(" ").slice(jump).join(" ")];
    const ends = jump < 0 ? [] : [["closed-end", curve.slope[jump]], ["open-end", curve.slope[jump + 1]]];
    const [x, y, slope] = [points[at], curve.y[at], curve.slope[at]];
    // The tangent, 60 pixels to each side whatever its slope.
    const rise = (Y(slope) - Y(0)) / (X(1) - X(0));
    const run = 60 / Math.hypot(1, rise);
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart curve-chart", role: "slider", tabindex: 0,
      id: "point", "aria-label": word("point"), "aria-valuemin": -reach, "aria-valuemax": reach, "aria-valuenow": x,
      "aria-valuetext": `x = ${number(x)}, f(x) = ${number(y)}, f′(x) = ${number(slope)}` },
    svg("clipPath", { id: "inside" }, svg("rect", { x: 0, y: 0, width, height })),
    [-6, -4, -2, 0, 2, 4, 6].map((v) => [svg("line", { x1: X(v), x2: X(v), y1: 0, y2: height, class: v === 0 ? "axis" : "grid" }),
      svg("text", { x: X(v), y: height - 6, "text-anchor": "middle", class: "faint" }, number(v))]),
    [-2, -1, 0, 1, 2, 3].filter((v) => Y(v) > 5 && Y(v) < height - 15).map((v) => [
      svg("line", { x1: 0, x2: width, y1: Y(v), y2: Y(v), class: v === 0 ? "axis" : "grid" }),
      svg("text", { x: 4, y: Y(v) - 4, class: "faint" }, number(v))]),
    svg("g", { "clip-path": "url(#inside)" },
      svg("polyline", { points: path(curve.y), class: "value-curve" }),
      parts.map((part) => svg("polyline", { points: part, class: "slope-curve" })),
      svg("line", { x1: X(x) - run, x2: X(x) + run, y1: Y(y) - run * rise, y2: Y(y) + run * rise, class: "tangent" }),
      ends.map(([kind, v]) => svg("circle", { cx: X(points[jump]), cy: Y(v), r: 4.5, class: kind })),
      svg("line", { x1: X(x), x2: X(x), y1: Y(0), y2: Y(y), class: "drop" }),
      svg("circle", { cx: X(x), cy: Y(slope), r: 5, class: "slope-dot" }),
      svg("circle", { cx: X(x), cy: Y(y), r: 9, class: "handle" })),
    svg("text", { x: width - 12, y: 20, "text-anchor": "end", class: "value-name" }, "━ f(x)"),
    svg("text", { x: width - 12, y: 40, "text-anchor": "end", class: "slope-name" }, "┅ f′(x)"));
    const hadFocus = document.activeElement && document.activeElement.id === "point";
    byId("curve").replaceChildren(picture);
    if (hadFocus) picture.focus();
    showLights(x, y, slope);
  }

  // How wide open: red below a tenth, green from one half.
  const lamp = (share) => (share < 0.1 ? "red" : share < 0.5 ? "yellow" : "green");
  function light(title, share, text, value) {
    const colour = lamp(share);
    return html("div", { class: "light", "data-lamp": colour },
      svg("svg", { viewBox: "0 0 44 112", width: 44, height: 112, "aria-hidden": "true" },
        svg("rect", { x: 2, y: 2, width: 40, height: 108, rx: 14, class: "housing" }),
        ["red", "yellow", "green"].map((name, i) =>
          svg("circle", { cx: 22, cy: 22 + 34 * i, r: 13, class: `lamp ${name} ${name === colour ? "on" : ""}` }))),
      html("div", {}, html("h3", {}, title), html("p", { class: "big", "data-value": value }, number(value)),
        html("p", {}, html("b", {}, word(`lamp_${colour}`)), " ", text)));
  }

  function showLights(x, y, slope) {
    byId("lights").replaceChildren(
      html("p", { class: "formula" }, `x = ${number(x)}`),
      light(word("light_forward"), Math.abs(y), word("light_forward_text", { y: number(y) }), y),
      light(word("light_backward"), Math.abs(slope), word("light_backward_text", { percent: number(100 * slope, 3) }), slope));
  }

  function move(to) {
    at = Math.max(0, Math.min(points.length - 1, to));
    drawCurve();
  }

  function drag(event) {
    const box = byId("point").getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width * width - 20) / (width - 40) * 2 * reach - reach;
    move(Math.round((x + reach) * (points.length - 1) / (2 * reach)));
  }
  byId("curve").addEventListener("pointerdown", (event) => {
    byId("curve").setPointerCapture(event.pointerId);
    byId("point").focus();
    drag(event);
  });
  byId("curve").addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });

  function key(event) {
    const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, PageUp: at + 20, PageDown: at - 20, Home: 0, End: points.length - 1 };
    if (!(event.key in moves)) return;
    move(moves[event.key]);
    event.preventDefault();
  }

  function choose() {
    const name = byId("activation").value;
    byId("activation-formula").replaceChildren(formulaOf(name) ?? "");
    byId("activation-story").textContent = word(`story_${name}`);
    drawCurve();
    const run = data.runs.find((r) => r.layers[0].activation === name && r.layers.length > 1);
    if (!run) return byId("activation-run").replaceChildren(html("p", {}, word("no_run")));
    const film = filmOf(run);
    const slider = html("input", { type: "range", min: 0, max: run.epochs.length - 1, value: run.epochs.length - 1,
      id: "activation-epoch", "aria-label": word("epoch") });
    const chart = lossChart();
    const show = () => {
      chart.show([run], run.epochs[slider.value]);
      film.show(Number(slider.value));
    };
    slider.addEventListener("input", show);
    byId("activation-run").replaceChildren(slider, chart.element, film.element);
    return show();
  }

  function translate() {
    const names = Object.keys(functions);
    options(byId("activation"), names.map((name) => [name, word(`name_${name}`)]), byId("activation").value || "relu");
    choose();
  }
  byId("activation").addEventListener("change", choose);
  return { present: true, translate, key, leave: () => {} };
})();

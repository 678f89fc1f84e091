// The losses of one or two runs as curves over epochs, with a line at the epoch that is shown. The axes
// are drawn again only where they change: a training in the page shows every frame.

function lossChart() {
  const [left, margin, height, foot] = [44, 10, 170, 24];
  const axes = svg("g");
  const curves = [0, 1].map((k) => svg("polyline", { class: `loss run${k}` }));
  const now = svg("line", { y1: 4, y2: height - foot, class: "now" });
  const dots = [0, 1].map((k) => svg("circle", { r: 5, class: `run${k}` }));
  const element = svg("svg", { class: "chart", role: "img" }, axes, curves, now, dots);

  // `end` is the last epoch of the axis, if it is not that of the runs.
  function show(runs, epoch, end = Math.max(1, ...runs.map((run) => run.epochs.at(-1)))) {
    // As wide as its place, so that letters have the same size on every screen.
    const width = Math.max(280, document.querySelector("main").clientWidth - 72);
    const losses = runs.flatMap((run) => run.loss.map(Number).filter(Number.isFinite));
    const most = Math.max(0.1, ...losses) * 1.05;
    const least = Math.min(0, ...losses);
    const x = (e) => left + (width - left - margin) * e / end;
    const y = (v) => (height - foot) - (height - foot - 8) * (v - least) / (most - least);
    const scale = [width, most, least, end, root.lang].join(" ");
    if (element.dataset.scale !== scale) {
      element.dataset.scale = scale;
      element.setAttribute("viewBox", `0 0 ${width} ${height}`);
      element.setAttribute("aria-label", word("loss_over_epochs"));
      const step = most > 1 ? Math.ceil(most / 4) : 0.2;
      const levels = Array.from({ length: 6 }, (_, k) => k * step).filter((v) => v <= most);
      const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * end));
      axes.replaceChildren(
        ...levels.flatMap((v) => [svg("line", { x1: left, x2: width - margin, y1: y(v), y2: y(v), class: "grid" }),
          svg("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end", class: "faint" }, number(v, 2))]),
        ...ticks.map((e) => svg("text", { x: x(e), y: height - 6, "text-anchor": e === end ? "end" : "middle", class: "faint" }, String(e))));
    }
    put(now, "x1", x(epoch));
    put(now, "x2", x(epoch));
    curves.forEach((curve, k) => {
      const run = runs[k];
      put(curve, "points", !run ? "" : run.epochs.map((e, i) => [e, Number(run.loss[i])])
        .filter(([, v]) => Number.isFinite(v)).map(([e, v]) => `${x(e).toFixed(1)},${y(v).toFixed(1)}`).join(" "));
      const loss = run ? Number(run.loss[nearest(run, epoch)]) : NaN;
      put(dots[k], "visibility", Number.isFinite(loss) ? "visible" : "hidden");
      if (!Number.isFinite(loss)) return;
      put(dots[k], "cx", x(epoch));
      put(dots[k], "cy", y(loss));
    });
  }
  return { element, show };
}

function nearest(run, epoch) {
  let best = 0;
  run.epochs.forEach((e, i) => { if (Math.abs(e - epoch) < Math.abs(run.epochs[best] - epoch)) best = i; });
  return best;
}

// The second tab: one training, or two side by side, at any epoch.

// The losses of the runs as curves over epochs, with a line at the epoch that is shown.
function lossChart(runs, epoch) {
  // As wide as its place, so that letters have the same size on every screen.
  const [width, height, left, bottom] = [Math.max(280, document.querySelector("main").clientWidth - 72), 170, 44, 24];
  const losses = runs.flatMap((run) => run.loss.map(Number).filter(Number.isFinite));
  const most = Math.max(0.1, ...losses) * 1.05;
  const least = Math.min(0, ...losses);
  const end = Math.max(1, ...runs.map((run) => run.epochs.at(-1)));
  const x = (e) => left + (width - left - 10) * e / end;
  const y = (v) => (height - bottom) - (height - bottom - 8) * (v - least) / (most - least);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * end));
  const step = most > 1 ? Math.ceil(most / 4) : 0.2;
  const levels = Array.from({ length: 6 }, (_, k) => k * step).filter((v) => v <= most);
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": word("loss_over_epochs") },
    levels.map((v) => [svg("line", { x1: left, x2: width - 10, y1: y(v), y2: y(v), class: "grid" }),
      svg("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end", class: "faint" }, number(v, 2))]),
    ticks.map((e) => svg("text", { x: x(e), y: height - 6, "text-anchor": e === end ? "end" : "middle", class: "faint" }, String(e))),
    runs.map((run, k) => svg("polyline", { class: `loss run${k}`, points: run.epochs
      .map((e, i) => [x(e), Number(run.loss[i])]).filter(([, v]) => Number.isFinite(v))
      .map(([px, v]) => `${px.toFixed(1)},${y(v).toFixed(1)}`).join(" ") })),
    svg("line", { x1: x(epoch), x2: x(epoch), y1: 4, y2: height - bottom, class: "now" }),
    runs.map((run, k) => {
      const loss = Number(run.loss[nearest(run, epoch)]);
      return Number.isFinite(loss) ? svg("circle", { cx: x(epoch), cy: y(loss), r: 5, class: `run${k}` }) : null;
    }));
}

function nearest(run, epoch) {
  let best = 0;
  run.epochs.forEach((e, i) => { if (Math.abs(e - epoch) < Math.abs(run.epochs[best] - epoch)) best = i; });
  return best;
}

const trainingTab = (() => {
  let films = [];
  const film = player({
    slider: byId("epoch"), play: byId("film-play"), first: byId("film-first"), last: byId("film-last"),
    delay: () => 70, show: render,
  });

  function render(at) {
    const epoch = films[0].run.epochs[at];
    byId("epoch-count").textContent = `${word("epoch")} ${epoch}`;
    byId("loss").replaceChildren(lossChart(films.map((f) => f.run), epoch));
    films[0].show(at);
    if (films[1]) films[1].show(nearest(films[1].run, epoch));
  }

  function choose() {
    const other = byId("compare").value;
    const chosen = [data.runs[byId("run").value], ...(other === "" ? [] : [data.runs[other]])];
    films = chosen.map(filmOf);
    byId("films").replaceChildren(...films.map((f) => f.element));
    const share = film.at() / Number(byId("epoch").max || 1);
    const end = chosen[0].epochs.length - 1;
    byId("epoch").max = end;
    film.go(Math.round(share * end));
  }

  function translate() {
    const all = data.runs.map((run, i) => [i, verdict(run).replace("%", run.name)]);
    options(byId("run"), all, byId("run").value);
    options(byId("compare"), [["", word("nothing")], ...all], byId("compare").value);
    byId("compare").closest("label").hidden = all.length < 2;
    choose();
  }
  const verdict = (run) => {
    const accuracy = Number(run.accuracy.at(-1));
    return Number.isNaN(accuracy) ? "%" : accuracy === 1 ? `✓ %: ${word("learned")}` : `✗ %: ${word("stuck")}`;
  };
  if (data.runs.length) {
    byId("epoch").max = data.runs[0].epochs.length - 1;
    for (const id of ["run", "compare"]) byId(id).addEventListener("change", choose);
  }
  return { present: data.runs.length > 0, translate, key: film.key, leave: film.stop };
})();

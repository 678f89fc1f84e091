// The second tab: one training, or two side by side, at any epoch.

const trainingTab = (() => {
  let films = [];
  const chart = lossChart();
  byId("loss").append(chart.element);
  const film = player({
    slider: byId("epoch"), play: byId("film-play"), first: byId("film-first"), last: byId("film-last"),
    delay: () => 70, show: render,
  });

  function render(at) {
    const epoch = films[0].run.epochs[at];
    byId("epoch-count").textContent = `${word("epoch")} ${epoch}`;
    chart.show(films.map((f) => f.run), epoch);
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

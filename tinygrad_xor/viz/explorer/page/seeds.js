// Two hundred seeds of the setting of the live tab, trained beside the page, in a worker of its own.

function manySeeds(setting) {
  let worker = null;
  const said = html("span", { id: "live-many-said" });
  const epochs = html("select", { id: "live-epochs" }, [2000, 20000].map((n) => html("option", { value: n }, String(n))));

  function start() {
    worker?.terminate();
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
    const settings = setting();
    const length = Number(epochs.value);
    const { task, width, activation, optimizer, rate, batch } = settings;
    worker.onmessage = ({ data: [done, learned] }) => {
      said.textContent = `${[task.toUpperCase(), `${width} ${word(`name_${activation}`)}`, `${word("live_bias")} ${word(`live_bias_${settings.bias}`)}`.toLowerCase(), `${optimizer} ${rate}`,
        word(batch === 1 ? "live_single" : "live_all")].join(" · ")}: ${word("live_many_of", { learned, done, epochs: length, share: (100 * learned / done).toFixed(0) })}`;
      said.dataset.done = done;
      said.dataset.learned = learned;
    };
    worker.postMessage({ settings, seeds: 200, epochs: length });
  }
  return html("div", { class: "card" }, html("h2", { "data-word": "live_luck" }),
    html("div", { class: "bar" }, html("button", { id: "live-many", type: "button", "data-word": "live_many", onclick: start }),
      html("label", {}, html("span", { "data-word": "live_epochs" }), " ", epochs), said));
}

// The last step of the live training with its numbers: forward, backward, and the update of every weight.

function apart(training, moved) {
  const { last, rate, optimizer, width, weights } = training;
  const each = (name) => indices(width).map((k) => name(subscript(k + 1)));
  const all = [...each((k) => `x₁ → h${k}`), ...each((k) => `x₂ → h${k}`), ...each((k) => `b h${k}`), ...each((k) => `h${k} → p`), "b p"];
  const slider = (i) => html("input", { type: "range", min: -6, max: 6, step: 0.01, "aria-label": all[i], value: weights[i],
    oninput: ({ target }) => {
      target.parentElement.previousElementSibling.textContent = number(Number(target.value));
      moved(i, Number(target.value));
    } });
  const lines = last ? last.rows.map((n, k) => {
    const { hidden, z, p, loss, slope } = last.examples[k];
    return html("p", {}, `x = (${training.inputs[n].map((v) => number(v, 3)).join(", ")}), ${word("target")} ${training.targets[n]}:  h = (${hidden.map((h) => number(h, 3)).join(", ")}),  `
      + `z = ${number(z)},  p = σ(z) = ${number(p)},  L = ${number(loss)};  ∂L/∂z = ${last.rows.length > 1 ? "¼ " : ""}(p − y) = ${number(slope)}`);
  }) : [html("p", { class: "hint" }, word("live_none"))];
  const update = (i) => (optimizer === "sgd" ? `${number(last.before[i])} − ${number(rate)} · ${bracketed(last.gradient[i])}`
    : `${number(last.before[i])} − ${bracketed(last.before[i] - weights[i])}`);
  const rows = all.map((name, i) => html("tr", {}, html("th", {}, name), ...(last ? [
    html("td", {}, number(last.before[i])), html("td", { class: sign(last.gradient[i]) }, number(last.gradient[i])),
    html("td", { class: "formula" }, update(i))] : []),
  html("td", { "data-value": weights[i] }, number(weights[i])), html("td", {}, slider(i))));
  const rule = optimizer === "sgd" ? "w ← w − η · ∂L/∂w" : `w ← w − Δ, ${word("live_delta", { optimizer })}`;
  return [html("p", { class: "formula" }, rule), ...lines, html("table", { class: "updates" },
    html("tr", {}, ["", ...(last ? ["w", "∂L/∂w", word("live_update"), word("live_new")] : ["w"]), word("live_drag")].map((text) => html("th", {}, text))), rows)];
}

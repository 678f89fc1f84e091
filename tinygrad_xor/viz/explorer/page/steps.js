// The first tab: forward node by node, then backward edge by edge, with the numbers put in.

const stepsTab = (() => {
  const recorded = data.passes;
  let now = null; // the live network at the moment at which it was stopped
  let passes = recorded;
  let drawing = null;
  let view = null;
  let pass = null;
  let steps = [];
  let selected = null;

  const film = player({
    slider: byId("step"), play: byId("play"), first: byId("first"), last: byId("last"),
    previous: byId("previous"), next: byId("next"),
    delay: () => 1100 / Number(byId("speed").value), show: render,
  });
  byId("speed").addEventListener("change", film.restart);

  // What a step is about, whatever the level of detail: its kind and its node, then where it comes from.
  const about = (step) => {
    const name = `${step.kind} ${step.node === undefined ? "" : label(step.node)}`;
    return [name, step.edge === undefined ? name : `${name} ${label(view.edges[step.edge].head)}`];
  };

  function choose() {
    const isNow = byId("moment").value === "now";
    passes = isNow ? now : recorded;
    fillIn();
    const name = byId("view").value;
    const before = steps.slice(0, film.at() + 1).map(about);
    const perMoment = Math.max(1, passes.examples.length);
    const at = (isNow ? 0 : Number(byId("moment").value || 0)) * perMoment + Number(byId("example").value || 0);
    if (view !== passes.views[name]) {
      view = passes.views[name];
      selected = null;
      drawing = drawGraph(view, select);
      byId("graph").replaceChildren(drawing.picture);
    }
    pass = {
      values: view.passes[at].values.map(Number),
      back: view.passes[at].back.map((row) => row.map(Number)),
    };
    steps = [{ kind: "start" }];
    view.nodes.forEach((node, i) => { if (node.kind === "inner") steps.push({ kind: "forward", node: i }); });
    steps.push({ kind: "seed", node: view.nodes.length - 1 });
    pass.back.forEach(([edge, incoming, local, contribution, sum]) => steps.push(
      { kind: "backward", edge, incoming, local, contribution, sum, node: view.edges[edge].tail }));
    const sums = new Map(pass.back.map(([edge, , , , sum]) => [view.edges[edge].tail, sum]));
    view.nodes.forEach((node, i) => {
      if (node.learned) steps.push({ kind: "update", node: i, sum: sums.get(i) ?? 0 });
    });
    byId("rate").closest("label").hidden = !view.nodes.some((node) => node.learned);
    byId("step").max = steps.length - 1;
    // Where the same is shown as before; else at the nearest step before it about a node that is here.
    const here = steps.map(about);
    const same = here.findLastIndex(([, whole]) => whole === before.at(-1)?.[1]);
    const near = before.findLast(([name]) => here.some(([other]) => other === name));
    film.go(same >= 0 || !near ? same : here.findLastIndex(([name]) => name === near[0]));
  }

  function select(i) {
    selected = selected === i ? null : i;
    render(film.at());
  }

  // What is known after step `at`: which nodes have values, and the gradients so far.
  function known(at) {
    const lit = view.nodes.map((node) => node.kind === "leaf");
    const values = [...pass.values];
    const grads = new Map();
    const flows = new Map();
    for (const step of steps.slice(0, at + 1)) {
      if (step.kind === "forward") lit[step.node] = true;
      if (step.kind === "seed") grads.set(step.node, 1);
      if (step.kind === "update") values[step.node] = moved(step);
      if (step.kind !== "backward") continue;
      step.before = grads.get(step.node);
      grads.set(step.node, step.sum);
      flows.set(step.edge, step.contribution);
    }
    return { lit, grads, flows, values };
  }

  const rate = () => Number(byId("rate").value);
  const moved = (step) => pass.values[step.node] - rate() * step.sum;

  function render(at) {
    const step = steps[at];
    const { lit, grads, flows, values } = known(at);
    const largest = Math.max(1e-12, ...[...flows.values()].map(Math.abs).filter(Number.isFinite));
    drawing.edges.forEach((edge, i) => {
      const active = (step.kind === "backward" && step.edge === i)
        || (step.kind === "forward" && view.edges[i].head === step.node);
      const flow = flows.get(i);
      edge.setAttribute("class", ["edge", active ? `active ${step.kind}` : "",
        flow === undefined ? "" : sign(flow)].join(" "));
      edge.style.strokeWidth = active ? 3.5
        : flow === undefined ? 1.2 : 1.2 + 3 * Math.cbrt(Math.abs(flow) / largest || 0);
    });
    drawing.nodes.forEach((node, i) => {
      const grad = grads.get(i);
      node.value.textContent = lit[i] ? number(values[i], 3) : "";
      node.grad.textContent = grad === undefined ? "" : number(grad, 3);
      node.symbol.textContent = grad === undefined ? "" : "∂";
      node.grad.setAttribute("data-value", grad === undefined ? "" : grad);
      node.value.setAttribute("data-value", lit[i] ? values[i] : "");
      node.group.setAttribute("class", ["node", view.nodes[i].kind, lit[i] ? "lit" : "",
        step.node === i ? "active" : "", selected === i ? "selected" : "",
        grad === undefined ? "" : sign(grad)].join(" "));
    });
    byId("count").textContent = `${at} / ${steps.length - 1}`;
    byId("explanation").replaceChildren(...explanation(step));
    byId("explanation").dataset.kind = step.kind;
    showListing(step);
    showDetail(selected ?? step.node, lit, grads, values);
    follow(step);
  }

  const label = (i) => view.nodes[i].label;
  const derivative = (top, bottom) =>
    math("mfrac", ...[top, bottom].map((name) => math("mtext", `∂${shortened(name, 12)}`)));
  // A row of fractions, numbers and, as texts of one character, the operators between them.
  const formula = (...parts) => fill(math("math"), { displaystyle: "true" }, [math("mrow", ...parts.map((part) =>
    (part instanceof Node ? part : math(part.length === 1 && "=·+−←".includes(part) ? "mo" : "mtext", part))))]);
  const line = (...children) => html("p", {}, ...children);

  // Before the first step: the network, plainly, and what this page is.
  function start() {
    const last = recorded.moments.length - 1;
    const moment = Number(byId("moment").value || 0);
    const { run, snapshot } = passes === now ? now
      : { run: data.runs[0], snapshot: moment === last ? data.runs[0]?.epochs.length - 1 : 0 };
    const texts = [line(word("start_text"))];
    if (!run) return [html("b", {}, word("start_title")), ...texts];
    const layers = unpack(run, snapshot);
    const signals = run.X.map((x) => forward(layers, x));
    const picture = networkPicture(run);
    picture.show(layers, signals, layers.map((layer, l) => deadNeurons(layer, signals, l)));
    return [html("b", {}, word("start_network")), picture.element, ...texts];
  }

  function explanation(step) {
    const end = label(view.nodes.length - 1);
    if (step.kind === "start") return start();
    if (step.kind === "seed") {
      return [html("b", {}, word("seed_title")),
        line(formula(derivative(end, end), "=", "1"), ` ${word("seed_text", { end })}`)];
    }
    const name = label(step.node);
    if (step.kind === "update") {
      const result = html("strong", { "data-value": moved(step) }, number(moved(step)));
      return [html("b", {}, word("update_title", { name })),
        line(formula(name, "←", name, "−", "η", "·", derivative(end, name))),
        line(formula("=", number(pass.values[step.node]), "−", number(rate()), "·", bracketed(step.sum), "="), " ", result),
        line(word("update_text"))];
    }
    if (step.kind === "forward") {
      const parts = view.nodes[step.node].formula;
      const inWords = parts.map((part) => (typeof part === "number" ? label(part) : part));
      const inNumbers = parts.map((part) => (typeof part === "number" ? bracketed(pass.values[part]) : part));
      return [html("b", {}, word("forward_title", { name })),
        line(html("span", { class: "formula" }, `${name} = ${inWords.join("")}`)),
        line(html("span", { class: "formula" }, `= ${inNumbers.join("")} = `,
          html("strong", { "data-value": pass.values[step.node] }, number(pass.values[step.node]))))];
    }
    const head = label(view.edges[step.edge].head);
    const out = [html("b", {}, word("backward_title", { head, name })),
      line(formula(derivative(end, head), "·", derivative(head, name)), " ", formula("=",
        bracketed(step.incoming), "·", bracketed(step.local), "="), " ",
      html("strong", { "data-value": step.contribution }, number(step.contribution)))];
    const paths = view.edges.filter((edge) => edge.tail === step.node).length;
    out.push(line(paths === 1
      ? html("span", {}, formula(derivative(end, name), "=", number(step.sum)))
      : html("span", {}, `${word("running_sum", { name, n: paths })} `, formula(derivative(end, name),
        "=", ...(step.before === undefined ? [] : [number(step.before), "+", bracketed(step.contribution), "="])), " ",
      html("strong", {}, number(step.sum)))));
    return out;
  }

  function showListing(step) {
    const at = step.kind === "backward" ? view.edges[step.edge].head : step.node;
    const current = at === undefined ? 0 : view.nodes[at].line;
    byId("listing-card").hidden = passes.code.length === 0;
    byId("listing").replaceChildren(...passes.code.map((code, i) => html("li", {
      class: i + 1 === current ? `current ${step.kind}` : "",
    }, html("code", {}, code))));
  }

  function showDetail(i, lit, grads, values) {
    byId("detail-card").hidden = i === undefined;
    if (i === undefined) return;
    const node = view.nodes[i];
    const end = label(view.nodes.length - 1);
    const grad = grads.get(i);
    const facts = [
      [word("value"), lit[i] ? number(values[i], 6) : "…"],
      [word("gradient", { end, name: node.label }), grad === undefined ? "…" : number(grad, 6)],
    ];
    const operations = node.operations.filter((name) => name !== "mean" || node.operations.length === 1);
    const key = operations.length === 1 ? operations[0]
      : operations.every((name) => name === "multiply" || name === "add") ? "linear_sum" : "";
    const locals = pass.back.filter(([edge]) => lit[i] && view.edges[edge].head === i);
    const source = node.code || passes.code[node.line - 1];
    const sources = node.operations.flatMap((name) => view.rules[name] || []);
    byId("detail").replaceChildren(
      html("h2", {}, node.label, " ", html("small", {}, node.kind === "leaf" ? word("leaf") : node.operations.join(", "))),
      html("dl", {}, facts.flatMap(([term, fact]) => [html("dt", {}, term), html("dd", {}, fact)])),
      node.kind === "leaf" || !operations.length ? "" : html("div", { class: "formula" }, formulaOf(key) ?? ""),
      locals.length === 0 ? "" : html("h3", {}, word("local")),
      html("p", { class: "locals" }, locals.map(([edge, , local]) => {
        const tail = label(view.edges[edge].tail);
        return html("span", {}, formula(derivative(node.label, tail), "=", number(local)));
      })),
      source ? html("h3", {}, word("source")) : "",
      source ? html("pre", {}, source) : "",
      sources.length === 0 ? "" : html("h3", {}, word("rule")),
      ...sources.map((source) => {
        const [place, code] = source.split(/ {2}(.*)/s);
        return html("pre", {}, html("small", {}, `${place}\n`), code);
      }));
  }

  // Keep the node of the step in sight where the graph is larger than its place.
  function follow(step) {
    const box = byId("graph");
    if (step.node === undefined) return;
    const scale = drawing.picture.clientWidth / view.size[0];
    const [x, y] = view.nodes[step.node].centre.map((place) => place * scale);
    box.scrollTo({ left: x - box.clientWidth / 2, top: y - box.clientHeight / 2, behavior: calm ? "auto" : "smooth" });
  }

  function translate() {
    options(byId("moment"), [
      ...recorded.moments.map((epoch, i) => [i, epoch === 0 ? word("before_training") : word("after_epochs", { epoch })]),
      ...(now ? [["now", word("live_now", { count: now.count })]] : []),
    ], byId("moment").value);
    choose();
  }
  // The examples and the levels of detail that there are at this moment.
  function fillIn() {
    options(byId("example"), passes.examples.map(({ x, y }, i) =>
      [i, `(${x.map((v) => number(v)).join(", ")}) → ${y.map((v) => number(v)).join(", ")}`]),
    byId("example").value || Math.min(1, passes.examples.length - 1));
    options(byId("view"), Object.keys(passes.views).map((name) => [name, word(`view_${name}`)]), byId("view").value);
    for (const id of ["example", "moment", "view"]) {
      byId(id).closest("label").hidden = byId(id).options.length < 2;
    }
  }
  // Step through the live network as it is: from its start, with its own rate.
  function take(moment, rate) {
    now = moment;
    now.views.lines.rules = recorded.views.lines?.rules ?? {};
    if (![...byId("rate").options].some((option) => option.value === String(rate))) byId("rate").append(html("option", {}, String(rate)));
    byId("rate").value = rate;
    translate();
    byId("moment").value = "now";
    choose();
    film.go(0);
  }
  if (passes) for (const id of ["example", "moment", "view", "rate"]) byId(id).addEventListener("change", choose);
  return { present: Boolean(recorded), translate, take, key: film.key, leave: film.stop };
})();

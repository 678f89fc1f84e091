// The graph of one pass: cards for the nodes, curves for the edges, drawn once for each view.

function drawGraph(view, onSelect) {
  Object.assign(view, layOut(view));
  const [width, height] = view.size;
  const [w, h] = view.node;
  const edges = view.edges.map(({ curve }) => {
    const path = `M${curve[0]},${curve[1]}C${curve.slice(2).join(" ")}`;
    return svg("path", { d: path, class: "edge" });
  });
  const nodes = view.nodes.map((node, i) => {
    const [x, y] = node.centre;
    const texts = {
      name: svg("text", { x: -w / 2 + 8, y: -2, class: "name" }, shortened(node.label, view.letters),
        node.symbol.length > 2 && node.symbol[0] !== "(" ? null : svg("tspan", { class: "operation", dx: 5 }, node.symbol)),
      value: svg("text", { x: w / 2 - 8, y: -2, class: "value", "text-anchor": "end" }),
      grad: svg("text", { x: w / 2 - 8, y: 12, class: "grad", "text-anchor": "end" }),
      symbol: svg("text", { x: -w / 2 + 8, y: 12, class: "faint" }),
    };
    const group = svg("g", {
      class: `node ${node.kind}`, transform: `translate(${x},${y})`, tabindex: 0, role: "button",
      "data-node": i, "aria-label": node.label,
      onclick: () => onSelect(i),
      onkeydown: (event) => {
        if (event.key !== "Enter") return;
        onSelect(i);
        event.preventDefault();
      },
    }, svg("title", {}, node.label),
    svg("rect", { x: -w / 2, y: -h / 2, width: w, height: h, rx: node.kind === "leaf" ? h / 2 : 6 }),
    Object.values(texts));
    return { group, ...texts };
  });
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group" },
    svg("g", {}, edges), svg("g", {}, nodes.map((node) => node.group)));
  picture.style.setProperty("--width", `${width}px`);
  return { picture, nodes, edges };
}

function shortened(label, most) {
  const letters = [...label];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : label;
}

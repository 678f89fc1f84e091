// Where the nodes of a graph stand, from left to right, and how the edges run between them.

// Nodes stand in columns by their distance from the inputs, each near the nodes that use it; an edge
// passes the columns on its way in a lane between their nodes, which all edges of its tail share. Each
// node gets its centre, each edge its curve: a start, then three points for each piece, in pixels.
function layOut({ nodes, edges }) {
  // Labels of so many letters fit into a narrow node, and into a wide one; longer ones are cut.
  const short = nodes.every(({ label }) => [...label].length <= 6);
  const [wide, letters] = short ? [112, 6] : [186, 13];
  const [high, lane, gap, apart, margin] = [34, 6, 36, 6, 6];
  const count = nodes.length;

  // As far to the left as it can; what has no inputs stands beside the first operation that uses it.
  const column = Array(count).fill(0);
  const byHead = [...edges].sort((a, b) => a.head - b.head);
  const computed = new Set(byHead.map(({ head }) => head));
  for (const { tail, head } of byHead) column[head] = Math.max(column[head], column[tail] + 1);
  const used = new Map();
  for (const { tail, head } of edges) if (!computed.has(tail)) used.set(tail, Math.min(used.get(tail) ?? column[head], column[head]));
  for (const [i, c] of used) column[i] = c - 1;

  const lanes = new Map(); // numbered after the nodes
  const ways = edges.map(({ tail, head }) => {
    const way = [tail];
    for (let c = column[tail] + 1; c < column[head]; c += 1) {
      const name = `${tail} ${c}`;
      if (!lanes.has(name)) lanes.set(name, column.push(c) - 1);
      way.push(lanes.get(name));
    }
    return [...way, head];
  });
  const users = column.map(() => new Set());
  for (const way of ways) way.slice(1).forEach((to, k) => users[way[k]].add(to));

  const tall = (i) => (i < count ? high : lane) + apart;
  const columns = indices(Math.max(...column) + 1).map((c) => indices(column.length).filter((i) => column[i] === c));
  const heights = columns.map((those) => those.reduce((sum, i) => sum + tall(i), 0));
  const height = Math.max(...heights) + 2 * margin - apart;
  const y = [];
  const rank = (i) => [...users[i]].reduce((sum, user) => sum + y[user], 0) / (users[i].size || 1);
  for (let c = columns.length - 1; c >= 0; c -= 1) {
    const ranks = new Map(columns[c].map((i) => [i, rank(i)]));
    let top = (height - heights[c]) / 2;
    for (const i of columns[c].sort((a, b) => ranks.get(a) - ranks.get(b))) {
      y[i] = top + tall(i) / 2;
      top += tall(i);
    }
  }
  const x = (i) => margin + wide / 2 + column[i] * (wide + gap);
  nodes.forEach((node, i) => { node.centre = [x(i), y[i]]; });
  edges.forEach((edge, e) => {
    const way = ways[e];
    edge.curve = [x(way[0]) + wide / 2, y[way[0]]];
    way.slice(1).forEach((to, k) => {
      const from = way[k];
      const end = x(to) - wide / 2;
      const middle = (x(from) + wide / 2 + end) / 2;
      edge.curve.push(middle, y[from], middle, y[to], end, y[to]);
      if (to >= count) edge.curve.push(end, y[to], end + wide, y[to], end + wide, y[to]); // straight on
    });
  });
  return { size: [Math.max(...column.map((_, i) => x(i))) + wide / 2 + margin, height], node: [wide, high], letters };
}

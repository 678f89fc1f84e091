// What a neuron says over the plane of two inputs, in colours.

const MARGIN = 0.4;

function inkColours() {
  return root.dataset.theme === "dark"
    ? { positive: [77, 156, 222], zero: [30, 34, 41], negative: [226, 132, 52] }
    : { positive: [66, 140, 205], zero: [250, 250, 250], negative: [235, 142, 56] };
}

// Paint value(x1, x2) over the plane: blue above `middle`, orange below, a line where it crosses.
function paint(canvas, run, value, middle, reach) {
  const grid = canvas.width;
  const low = Math.min(...run.X.flat()) - MARGIN;
  const high = Math.max(...run.X.flat()) + MARGIN;
  const at = (k) => low + (high - low) * (k + 0.5) / grid;
  const field = new Float64Array(grid * grid);
  let far = 1e-9;
  for (let i = 0; i < field.length; i += 1) {
    field[i] = value(at(i % grid), at(grid - 1 - Math.floor(i / grid))) - middle;
    if (Number.isFinite(field[i])) far = Math.max(far, Math.abs(field[i]));
  }
  far = reach ?? far;
  const { positive, zero, negative } = inkColours();
  const image = new ImageData(grid, grid);
  for (let i = 0; i < field.length; i += 1) {
    const here = field[i];
    const column = i % grid;
    const down = (field[i + grid] ?? here) - (field[i - grid] ?? here);
    const across = (column < grid - 1 ? field[i + 1] : here) - (column > 0 ? field[i - 1] : here);
    const slope = Math.sqrt(down * down + across * across) / 2;
    // How much of the line is in a cell: 1 where the field is zero, 0 a cell from there.
    const edge = slope > 0 ? 0.7 * Math.max(0, Math.min(1, 1.1 - Math.abs(here) / slope)) : 0;
    const share = Math.min(1, Math.abs(here) / far);
    const full = here > 0 ? positive : negative;
    for (let k = 0; k < 3; k += 1) {
      const mixed = zero[k] + (full[k] - zero[k]) * share;
      image.data[4 * i + k] = (1 - edge) * mixed + edge * (255 - zero[k]);
    }
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// A square with the surface and the examples on it: circles for 1, squares for 0.
function surface(run, caption, size) {
  const grid = size === "big" ? 120 : 48;
  const canvas = html("canvas", { width: grid, height: grid, "aria-hidden": "true" });
  const low = Math.min(...run.X.flat()) - MARGIN;
  const span = Math.max(...run.X.flat()) + MARGIN - low;
  const place = (mark, x) => {
    mark.style.left = `${100 * (x[0] - low) / span}%`;
    mark.style.bottom = `${100 * (x[1] - low) / span}%`;
  };
  const marks = run.X.map((x, n) => {
    const one = run.y[n][0] > 0.5;
    const mark = html("span", { class: `mark ${one ? "one" : "zero"}` }, size === "big" ? number(run.y[n][0]) : "");
    place(mark, x);
    return mark;
  });
  const title = html("figcaption", {}, caption);
  const figure = html("figure", { class: `surface ${size}` }, html("div", { class: "plane" }, canvas, marks), title);
  return { canvas, figure, title, marks, place };
}

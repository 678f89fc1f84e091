// What every part of the page uses: the data, the words, elements, numbers as text.

const data = JSON.parse(document.getElementById("data").textContent);
const words = JSON.parse(document.getElementById("words").textContent);
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const root = document.documentElement;

const indices = (n) => Array.from({ length: n }, (_, k) => k);
const byId = (id) => document.getElementById(id);

const PLURALS = { en: ["one", "other"], ru: ["one", "few", "many"] };

function word(key, fills = {}) {
  let text = words[key][root.lang];
  if (Array.isArray(text)) {
    text = text[PLURALS[root.lang].indexOf(new Intl.PluralRules(root.lang).select(fills.n))];
  }
  for (const [name, value] of Object.entries(fills)) text = text.replaceAll(`{${name}}`, value);
  return text;
}

// Texts from the data only ever become text nodes, so that no label is read as markup.
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null).map((child) =>
    child instanceof Node ? child : document.createTextNode(child)));
  return node;
}
const html = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
const math = (tag, ...children) =>
  fill(document.createElementNS("http://www.w3.org/1998/Math/MathML", tag), {}, children);

// Written only where it changed, so that a frame of a training leaves the browser nothing else to do.
function put(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
function say(element, text) {
  if (!element.firstChild) element.append(text);
  else if (element.firstChild.data !== text) element.firstChild.data = text;
}

function number(x, digits = 4) {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const small = Math.abs(x) < 1e-4 || Math.abs(x) >= 1e6;
  const text = small ? x.toExponential(2) : String(Number(x.toPrecision(digits)));
  return text.replaceAll("-", "−");
}
const bracketed = (x) => (x < 0 ? `(${number(x)})` : number(x));
const sign = (x) => (x > 0 ? "positive" : x < 0 ? "negative" : Number.isNaN(x) ? "broken" : "zero");

// A slider, its buttons and a timer: the same for steps and for epochs.
function player({ slider, play, first, last, previous, next, delay, show }) {
  let timer = null;
  const at = () => Number(slider.value);
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.setAttribute("aria-pressed", "false");
  };
  const go = (to) => {
    slider.value = Math.max(0, Math.min(Number(slider.max), to));
    show(at());
  };
  const tick = () => {
    if (at() >= Number(slider.max)) return stop();
    go(at() + 1);
    if (at() >= Number(slider.max)) stop();
  };
  const start = () => {
    if (at() >= Number(slider.max)) go(0);
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(tick, delay());
  };
  const toggle = () => (timer === null ? start() : stop());
  const restart = () => { if (timer !== null) { stop(); start(); } };
  const move = (to) => { stop(); go(to); };
  play.addEventListener("click", toggle);
  first.addEventListener("click", () => move(0));
  last.addEventListener("click", () => move(Number(slider.max)));
  if (previous) previous.addEventListener("click", () => move(at() - 1));
  if (next) next.addEventListener("click", () => move(at() + 1));
  slider.addEventListener("input", () => move(at()));
  // Keys work wherever the focus is, except where an element has a use for them itself.
  const key = (event) => {
    const moves = { ArrowRight: at() + 1, ArrowLeft: at() - 1, Home: 0, End: Number(slider.max) };
    if (event.key === " ") toggle();
    else if (event.key in moves) move(moves[event.key]);
    else return;
    event.preventDefault();
  };
  return { at, go, stop, restart, key };
}

function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => html("option", { value }, text)));
  if (entries.some(([value]) => String(value) === String(chosen))) select.value = chosen;
}

function formulaOf(name) {
  const template = document.querySelector(`template[data-formula="${CSS.escape(name)}"]`);
  return template ? template.content.cloneNode(true) : null;
}

// Tabs, language, theme, and the keys that work anywhere.

const tabs = { steps: stepsTab, training: trainingTab, live: liveTab, activations: activationsTab };
const names = Object.keys(tabs).filter((name) => tabs[name].present);
let open = liveTab.present && location.hash.startsWith("#live?") ? "live" : names[0];

function show(name) {
  tabs[open].leave();
  open = name;
  for (const each of Object.keys(tabs)) {
    const tab = byId(`tab-${each}`);
    tab.hidden = !names.includes(each);
    tab.setAttribute("aria-selected", String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
    byId(`panel-${each}`).hidden = each !== name;
  }
  tabs[name].translate();
}

// The live network at this moment, in the first tab.
function openMoment(moment, rate) {
  show("steps");
  stepsTab.take(moment, rate);
}

function translate() {
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
    element.title = word(element.dataset.label);
  }
  byId("lang").textContent = root.lang === "en" ? "Русский" : "English";
  show(open);
}

for (const name of names) {
  const tab = byId(`tab-${name}`);
  tab.addEventListener("click", (event) => {
    show(name);
    if (event.detail) tab.blur(); // after a mouse, the arrow keys step, as the page says
  });
  tab.addEventListener("keydown", (event) => {
    const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!turn) return;
    const to = names[(names.indexOf(name) + turn + names.length) % names.length];
    show(to);
    byId(`tab-${to}`).focus();
    event.preventDefault();
    event.stopPropagation();
  });
}

byId("lang").addEventListener("click", () => {
  root.lang = root.lang === "en" ? "ru" : "en";
  translate();
});

const dark = matchMedia("(prefers-color-scheme: dark)");
let chosen = false;
function theme(isDark) {
  root.dataset.theme = isDark ? "dark" : "light";
  show(open);
}
byId("theme").addEventListener("click", () => {
  chosen = true;
  theme(root.dataset.theme !== "dark");
});
dark.addEventListener("change", () => { if (!chosen) theme(dark.matches); });

document.addEventListener("keydown", (event) => {
  const inUse = event.target.closest("input, select") || (event.key === " " && event.target.closest("button"));
  if (!inUse && !event.ctrlKey && !event.altKey && !event.metaKey) tabs[open].key(event);
});

root.dataset.theme = dark.matches ? "dark" : "light";
translate();

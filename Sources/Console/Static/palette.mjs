/** The command palette: every view, tenant and act of the page, and incidents by text. */
import { ask, settled } from "./ask.mjs";
import { nameOf } from "./keys.mjs";
import { say } from "./words.mjs";

const found = [];

/** Adds commands of a view: `() => [{ name, hint, act }]`, asked whenever the palette opens. */
export function offer(commands) {
  found.push(commands);
}

function ofPage() {
  const elements = document.querySelectorAll("[data-keys]:not(#palette-open), [data-tenant], [data-command]");
  return [...elements].map((element) => ({
    name: nameOf(element), hint: element.dataset.keys ?? "",
    act: () => (/^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) ? element.focus() : element.click()),
  })).concat(found.flatMap((commands) => commands()));
}

/** How well `name` fits what was typed: its letters in order; the earlier and the closer together, the better. */
export function fits(name, typed) {
  const text = name.toLowerCase();
  let at = -1;
  let score = 0;
  for (const letter of typed.toLowerCase()) {
    if (letter === " ") continue;
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return -1;
    score += next - at - 1;
    at = next;
  }
  return score;
}

function row(command, index) {
  const item = document.createElement("li");
  item.id = `command-${index}`;
  item.setAttribute("role", "option");
  const name = document.createElement("span");
  name.textContent = command.name;
  item.append(name);
  if (command.hint) {
    const hint = document.createElement("kbd");
    hint.textContent = command.hint;
    item.append(hint);
  }
  return item;
}

async function incidents(text) {
  if (text.trim().length < 2) return [];
  try {
    const { value } = await ask(`/api/v1/incidents?limit=8&text=${encodeURIComponent(text.trim())}`);
    return value.incidents.map((incident) => ({
      name: incident.title, hint: `${incident.tenant} · ${incident.risk}`,
      act: () => { location.href = `/incidents/${incident.tenant}/${incident.id}`; },
    }));
  } catch {
    return [];
  }
}

export function open() {
  if (document.querySelector(".palette")) return;
  const box = document.createElement("dialog");
  box.className = "palette";
  // A modal dialog would make everything else inert, which takes long on a long page.
  box.popover = "auto";
  box.setAttribute("aria-label", say("commands"));
  const field = document.createElement("input");
  field.placeholder = say("commandsHint");
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "true"],
    ["aria-controls", "commands"], ["aria-autocomplete", "list"], ["aria-label", say("commands")]]) {
    field.setAttribute(name, value);
  }
  const list = document.createElement("ul");
  list.id = "commands";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", say("commands"));
  box.append(field, list);
  document.body.append(box);
  const all = ofPage();
  let shown = [];
  let chosen = 0;
  let asked = [];

  function choose(index) {
    chosen = Math.max(0, Math.min(index, shown.length - 1));
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", place === chosen));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", shown.length ? `command-${chosen}` : "");
  }
  function show() {
    const typed = field.value;
    shown = all.map((command) => [fits(command.name, typed), command])
      .filter(([score]) => score >= 0).sort(([left], [right]) => left - right)
      .map(([, command]) => command).slice(0, 40).concat(asked);
    list.replaceChildren(...shown.map(row));
    if (!shown.length) {
      const item = document.createElement("li");
      item.textContent = say("nothingFits");
      list.append(item);
    }
    choose(0);
  }
  function act(index) {
    const command = shown[index];
    box.hidePopover();
    command?.act();
  }
  const search = settled(async () => {
    const text = field.value;
    const rows = await incidents(text);
    if (field.value !== text) return;
    asked = rows;
    show();
  }, 150);
  field.addEventListener("input", () => { asked = []; show(); search(); });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(chosen + step);
    else if (event.key === "Enter") act(chosen);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item && shown.length) act([...list.children].indexOf(item));
  });
  box.addEventListener("toggle", (event) => { if (event.newState === "closed") box.remove(); });
  show();
  box.showPopover();
  field.focus();
}

export function begin() {
  const button = document.querySelector("#palette-open");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", open);
}

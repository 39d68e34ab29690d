/**
 * Keys. Whatever has `data-keys` is pressed, followed or focused when its keys are typed: `a`, `Ctrl+k`, or `g q`, one after
 * the other. Views add what moves (`j`, `k`) with `onKey`.
 */
import { say } from "./words.mjs";

const handlers = new Map();
let first = "";
let timer;

/** Calls `act` when `key` is typed outside of a field. `phrase` stands in the list of shortcuts. */
export function onKey(key, phrase, act) {
  handlers.set(key, { phrase, act });
}

const isField = (target) => target instanceof HTMLElement
  && (target.isContentEditable || /^(textarea|select)$/i.test(target.tagName)
    || (target.tagName === "INPUT" && !/^(checkbox|radio|button)$/.test(target.type)));

function named(event) {
  const key = event.key.length === 1 ? event.key : event.key;
  return (event.ctrlKey || event.metaKey) ? `Ctrl+${key.toLowerCase()}` : key;
}

const isShown = (element) => element.checkVisibility?.() ?? true;

function press(keys) {
  const handler = handlers.get(keys);
  if (handler) {
    handler.act();
    return true;
  }
  const element = [...document.querySelectorAll(`[data-keys~="${CSS.escape(keys)}"],[data-keys="${keys}"]`)]
    .find((found) => found.dataset.keys === keys && (isShown(found) || found.closest("details")));
  if (!element) return false;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) && element.type !== "checkbox") {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
  return true;
}

function typed(event) {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const key = named(event);
  if (isField(event.target) && !key.startsWith("Ctrl+")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open], .palette") && key !== "Ctrl+k") return;
  // What has the focus is pressed by them, as everywhere.
  if ((key === "Enter" || key === " ") && event.target.closest?.("a, button, summary, input")) return;
  if (key.startsWith("Arrow") && event.target.type === "radio") return;
  clearTimeout(timer);
  const sequence = first ? `${first} ${key}` : key;
  first = "";
  if (press(sequence)) {
    event.preventDefault();
    return;
  }
  const begins = document.querySelector(`[data-keys^="${CSS.escape(key)} "]`)
    || [...handlers.keys()].some((known) => known.startsWith(`${key} `));
  if (begins && !key.startsWith("Ctrl+")) {
    first = key;
    timer = setTimeout(() => { first = ""; }, 1200);
  }
}

/** What an element is called. */
export const nameOf = (element) => (element.getAttribute("aria-label")
  || element.dataset.name || element.querySelector("span")?.textContent
  || element.placeholder || element.textContent || "").trim();

function list() {
  const all = [...document.querySelectorAll("[data-keys]")]
    .map((element) => [element.dataset.keys, nameOf(element)]);
  for (const [key, { phrase }] of handlers) if (phrase) all.push([key, phrase]);
  const seen = new Set();
  return all.filter(([key]) => !seen.has(key) && seen.add(key));
}

/** A dialog with a heading and a button that closes it. */
export function dialog(title, className = "") {
  const element = document.createElement("dialog");
  element.className = className;
  const head = document.createElement("header");
  const heading = document.createElement("h2");
  heading.textContent = title;
  const close = document.createElement("button");
  close.className = "quiet";
  close.textContent = say("close");
  close.addEventListener("click", () => element.close());
  head.append(heading, close);
  element.append(head);
  element.addEventListener("close", () => element.remove());
  element.addEventListener("click", (event) => { if (event.target === element) element.close(); });
  document.body.append(element);
  return element;
}

function showKeys() {
  const box = dialog(say("shortcuts"));
  const body = document.createElement("dl");
  body.className = "keys body";
  for (const [keys, name] of list()) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    term.textContent = name;
    const value = document.createElement("dd");
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      value.append(cap, " ");
    }
    row.append(term, value);
    body.append(row);
  }
  box.append(body);
  box.showModal();
}

export function begin() {
  document.addEventListener("keydown", typed);
  const button = document.querySelector("#shortcuts-open");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", showKeys);
}

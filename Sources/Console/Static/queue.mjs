/** The queue: keys, selection, acts without leaving, more rows, and changes as they come. */
import { piece, settled } from "./ask.mjs";
import { onKey } from "./keys.mjs";
import { follow } from "./live.mjs";
import { localise } from "./time.mjs";
import { say } from "./words.mjs";

/** Rows on one page, all of them live; beyond it the link leads to the next page. */
const rowsMax = 500;
const work = document.querySelector("#work");
const rowsOf = (root) => [...root.querySelectorAll("#rows > li")];
let current = null;

// MARK: Where one is

function stand(row, moves = true) {
  if (!row) return;
  current?.classList.remove("current");
  current = row;
  row.classList.add("current");
  if (!moves) return;
  row.querySelector(".what").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(count) {
  if (!current?.isConnected) {
    // The first in sight, so that nobody is taken away from where he looks.
    const rows = rowsOf(document);
    stand(rows.find((row) => row.getBoundingClientRect().top >= 48) ?? rows[0]);
    return;
  }
  let row = current;
  const next = count > 0 ? row.nextElementSibling : row.previousElementSibling;
  if (next) row = next;
  stand(row);
  if (count > 0 && !row.nextElementSibling?.nextElementSibling) more();
}

// MARK: What is selected

const picks = () => [...work.querySelectorAll("input[name=pick]:checked")];

function showPicked() {
  const count = picks().length;
  const bar = document.querySelector("#bar");
  if (!bar) return;
  bar.classList.toggle("has-picks", count > 0);
  document.querySelector("#picked").textContent = count > 0 ? String(count) : "";
}

function pick(row = current) {
  const box = row?.querySelector("input[name=pick]");
  if (!box) return;
  box.checked = !box.checked;
  showPicked();
}

/** An act without a selection is one on the row where one is. */
function pickCurrent() {
  if (!picks().length && current?.isConnected) pick();
  return picks().length > 0;
}

let lastPicked = null;
function pickRange(event) {
  const box = event.target.closest("input[name=pick]");
  if (!box) return;
  if (event.shiftKey && lastPicked?.isConnected) {
    const boxes = [...work.querySelectorAll("input[name=pick]")];
    const [from, to] = [boxes.indexOf(lastPicked), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
  }
  lastPicked = box;
  showPicked();
}

// MARK: Changes

/** Puts fresh rows into place of those shown; where one is, what is selected and the scroll stay. */
function merge(page, isWhole) {
  for (const id of ["filters", "told"]) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!old || !fresh || old.contains(document.activeElement)) continue;
    if (id === "told" && !fresh.childElementCount) continue;
    old.replaceChildren(...fresh.childNodes);
  }
  const list = document.querySelector("#rows");
  const fresh = page.querySelector("#rows");
  if (!list || !fresh) {
    document.querySelector("#queue")?.replaceChildren(...page.querySelector("#queue").childNodes);
    localise();
    return;
  }
  const known = new Map(rowsOf(document).map((row) => [row.dataset.key, row]));
  const hadFocus = current?.contains(document.activeElement);
  const order = [];
  for (const row of [...fresh.children]) {
    const old = known.get(row.dataset.key);
    known.delete(row.dataset.key);
    if (!old) {
      row.classList.add("fresh");
      order.push(row);
      continue;
    }
    const box = old.querySelector("input[name=pick]");
    const value = row.querySelector("input[name=pick]").value;
    if (box.value !== value) {
      row.querySelector("input[name=pick]").checked = box.checked;
      row.classList.add("fresh");
      if (old === current) {
        current = row;
        row.classList.add("current");
      }
      old.replaceWith(row);
      order.push(row);
    } else {
      old.querySelector(".due").replaceWith(row.querySelector(".due"));
      order.push(old);
    }
  }
  if (isWhole) {
    const place = current ? [...list.children].indexOf(current) : -1;
    for (const gone of known.values()) gone.remove();
    order.forEach((row, index) => {
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
    const more = document.querySelector("#more");
    const next = page.querySelector("#more");
    if (more && next) more.href = next.getAttribute("href");
    else if (more) more.remove();
    if (current && !current.isConnected) {
      stand(list.children[Math.min(Math.max(place, 0), list.children.length - 1)], hadFocus);
    } else if (hadFocus) {
      current.querySelector(".what").focus({ preventScroll: true });
    }
  } else {
    // What moved up meanwhile is shown already.
    list.append(...order.filter((row) => !list.contains(row)));
  }
  localise(list);
  showPicked();
}

let isLoading = false;
async function more() {
  const link = document.querySelector("#more");
  if (!link || isLoading || document.querySelector("#rows").childElementCount >= rowsMax) return;
  isLoading = true;
  try {
    const address = new URL(link.href);
    address.searchParams.set("rows", "150");
    const page = await piece(address);
    merge(page, false);
    const next = page.querySelector("#more");
    if (next) link.href = next.getAttribute("href");
    else link.remove();
  } finally {
    isLoading = false;
  }
}

const renew = settled(async () => {
  if (work.querySelector("details[open]") || document.hidden) {
    setTimeout(renew, 1000);
    return;
  }
  const address = new URL(location.href);
  const count = rowsOf(document).length;
  address.searchParams.set("rows", Math.min(Math.max(count, 50), rowsMax));
  address.searchParams.delete("told");
  try {
    merge(await piece(address), count <= rowsMax);
  } catch { /* The feed says that the server is away; the next change asks again. */ }
}, 300);

/** Sends the form, and shows what came of it where one is. */
async function send(event) {
  const button = event.submitter;
  if (!button?.name) return;
  event.preventDefault();
  if (!pickCurrent()) {
    const told = document.querySelector("#told");
    told.textContent = say("nothingSelected");
    return;
  }
  const body = new URLSearchParams(new FormData(work, button));
  const answer = await fetch(work.action, { method: "POST", body });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const menu of work.querySelectorAll("details[open]")) menu.open = false;
  if (!page.querySelector("#queue")) {
    document.querySelector("#told").textContent = page.querySelector(".detail, h1")?.textContent ?? "";
    return;
  }
  work.reset();
  merge(page, rowsOf(document).length <= 50);
  showPicked();
  renew();
}

function begin() {
  onKey("j", say("next"), () => step(1));
  onKey("k", say("previous"), () => step(-1));
  onKey("ArrowDown", "", () => step(1));
  onKey("ArrowUp", "", () => step(-1));
  onKey("x", say("selectIt"), () => pick());
  onKey("o", say("openIt"), () => current?.querySelector(".what").click());
  onKey("Enter", "", () => current?.querySelector(".what").click());
  onKey("Escape", "", () => {
    for (const box of picks()) box.checked = false;
    showPicked();
  });
  work.addEventListener("submit", send);
  work.addEventListener("reset", () => setTimeout(showPicked));
  work.addEventListener("click", pickRange);
  work.addEventListener("focusin", (event) => {
    const row = event.target.closest("#rows > li");
    if (row && row !== current) stand(row, false);
  });
  for (const menu of work.querySelectorAll("details.menu")) {
    menu.addEventListener("toggle", () => {
      if (!menu.open) return;
      pickCurrent();
      menu.querySelector("input, button")?.focus();
    });
  }
  document.querySelector("#act-close")?.addEventListener("click", (event) => {
    pickCurrent();
    const isUndecided = picks().some((box) => !box.closest("li").dataset.decided);
    if (!isUndecided) return;
    event.preventDefault();
    document.querySelector("#act-decide").open = true;
  });
  const edge = document.querySelector("#more");
  if (edge) {
    edge.addEventListener("click", (event) => {
      if (document.querySelector("#rows").childElementCount >= rowsMax) return;
      event.preventDefault();
      more();
    });
    new IntersectionObserver(([seen]) => { if (seen.isIntersecting) more(); }, {
      rootMargin: "600px",
    }).observe(edge);
  }
  const address = new URL(location.href);
  if (address.searchParams.has("told")) {
    address.searchParams.delete("told");
    history.replaceState(null, "", address);
  }
  follow(address.searchParams.get("tenant"), renew, renew);
  setInterval(renew, 60_000);
}

if (work) begin();

/** One incident: forms without leaving the page, changes as they come, details in place, and lines as one scrolls. */
import { ask, piece, settled } from "./ask.mjs";
import { onKey } from "./keys.mjs";
import { follow } from "./live.mjs";
import { localise } from "./time.mjs";
import { say } from "./words.mjs";

const root = () => document.querySelector("#incident");

/** Puts parts of a fresh page into place; what somebody writes in stays as it is. */
function swap(page, ids) {
  const fresh = page.querySelector("#incident");
  if (!fresh) return false;
  for (const name of ["revision", "unseen"]) root().dataset[name] = fresh.dataset[name];
  for (const id of ids) {
    const [old, next] = [document.getElementById(id), page.getElementById(id)];
    if (old && next) old.replaceWith(next);
  }
  for (const field of document.querySelectorAll("input[name=revision]")) {
    field.value = root().dataset.revision;
  }
  localise();
  return true;
}

const isWriting = (place) => {
  const open = place?.querySelector("details[open] form, details.menu[open]");
  const written = [...(place?.querySelectorAll("textarea, input:not([type=hidden])") ?? [])]
    .some((field) => field.type !== "checkbox" && field.type !== "radio" && field.value !== field.defaultValue);
  return Boolean(open) || written || place?.contains(document.activeElement);
};

async function send(event) {
  const form = event.target.closest("form.act");
  if (!form) return;
  event.preventDefault();
  const focused = document.activeElement?.id;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.action, { method: "POST", body });
  const arrived = new URL(answer.url);
  if (answer.redirected && arrived.pathname !== location.pathname) {
    location.href = arrived;
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const ids = answer.ok ? ["head", "case"] : ["head"];
  if (!swap(page, ids)) {
    location.reload();
    return;
  }
  if (focused) document.getElementById(focused)?.focus();
}

const renew = settled(async () => {
  try {
    const page = await piece(location.href);
    swap(page, ["head", "case"].filter((id) => !isWriting(document.getElementById(id))));
  } catch { /* The sign at the top says that the server is away. */ }
}, 300);

/** The first look of somebody who works on it is noted: T3. */
async function see() {
  const { tenant, incident, revision, csrf, unseen } = root().dataset;
  if (!unseen || !csrf) return;
  try {
    await ask(`/api/v1/incidents/${tenant}/${incident}/see`, {
      method: "POST", body: {}, csrf, etag: `"${revision}"`,
    });
  } catch { /* Somebody else was faster, or it has changed: then it is told anew. */ }
  renew();
}

// MARK: Details in place

function evidenceForm(sequence) {
  const { csrf, revision, tenant, incident } = root().dataset;
  if (!document.querySelector("#case form.act")) return null;
  const form = document.createElement("form");
  form.className = "act line";
  form.method = "post";
  form.action = `/incidents/${tenant}/${incident}/acts${location.search}`;
  for (const [name, value] of Object.entries({ csrf, revision, sequence, act: "evidence" })) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  const note = document.createElement("input");
  Object.assign(note, { name: "note", required: true, placeholder: say("evidenceNote") });
  note.setAttribute("aria-label", say("evidenceNote"));
  const button = document.createElement("button");
  button.textContent = say("keepEvidence");
  form.append(note, button);
  return form;
}

async function unfold(event) {
  const link = event.target.closest("a[data-inline]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = link.closest("li") ?? link.parentElement;
  const known = row.querySelector(":scope > .inline");
  if (known) {
    const isSame = known.dataset.of === link.href;
    known.remove();
    if (isSame) return;
  }
  const box = document.createElement("div");
  box.className = "inline waiting";
  box.dataset.of = link.href;
  box.textContent = say("loading");
  row.append(box);
  try {
    const page = await piece(link.href);
    const detail = page.querySelector("#detail");
    detail.removeAttribute("id");
    detail.querySelector("h1")?.remove();
    box.replaceChildren(detail);
    const form = link.dataset.sequence ? evidenceForm(link.dataset.sequence) : null;
    if (form) box.append(form);
    localise(box);
  } catch (error) {
    box.textContent = `${say("loadFailed")} ${error.message}`;
  }
  box.classList.remove("waiting");
}

// MARK: Lines as one scrolls

let isLoading = false;
async function more() {
  const link = document.querySelector("#more-lines");
  if (!link || isLoading) return;
  isLoading = true;
  try {
    const page = await piece(link.href);
    const list = document.querySelector("#lines");
    list.append(...(page.querySelector("#lines")?.children ?? []));
    localise(list);
    const next = page.querySelector("#more-lines");
    if (next) link.href = next.getAttribute("href");
    else link.remove();
  } finally {
    isLoading = false;
  }
}

let current = null;
function step(count) {
  const rows = [...document.querySelectorAll("#part ol.rows > li")];
  if (!rows.length) return;
  const place = current?.isConnected ? rows.indexOf(current) + count : 0;
  current?.classList.remove("current");
  current = rows[Math.min(Math.max(place, 0), rows.length - 1)];
  current.classList.add("current");
  current.querySelector("a[data-inline], input")?.focus({ preventScroll: true });
  current.scrollIntoView({ block: "nearest" });
}

function begin() {
  document.addEventListener("submit", send);
  document.addEventListener("click", unfold);
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("#head details.menu") && event.target.open) {
      event.target.querySelector("input:not([type=hidden]), button, textarea")?.focus();
    }
  }, true);
  onKey("j", say("next"), () => step(1));
  onKey("k", say("previous"), () => step(-1));
  onKey("x", say("selectIt"), () => current?.querySelector("input[type=checkbox]")?.click());
  onKey("Escape", "", () => document.querySelector(".inline")?.remove());
  const edge = document.querySelector("#more-lines");
  if (edge) {
    edge.addEventListener("click", (event) => { event.preventDefault(); more(); });
    new IntersectionObserver(([seen]) => { if (seen.isIntersecting) more(); }, {
      rootMargin: "1200px",
    }).observe(edge);
  }
  const { tenant, incident } = root().dataset;
  follow(tenant, (change) => { if (change.incident === incident) renew(); });
  see();
}

if (root()) begin();

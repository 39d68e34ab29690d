/** The search: bars that are dragged over, events that open in their place, j and k. */
import { piece } from "./ask.mjs";
import { onKey } from "./keys.mjs";
import { localise } from "./time.mjs";

const seconds = (moment) => new Date(moment * 1000).toISOString().slice(0, 19) + "Z";

function brush(bars) {
  const { from, seconds: width, count } = bars.dataset;
  const bar = (event) => {
    const box = bars.getBoundingClientRect();
    const part = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.floor(part * Number(count));
  };
  const high = bars.viewBox.baseVal.height;
  const one = bars.viewBox.baseVal.width / Number(count);
  const shade = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  shade.setAttribute("class", "shade");
  shade.setAttribute("height", high);
  let first = null;
  function draw(to) {
    const [left, right] = [Math.min(first, to), Math.max(first, to) + 1];
    shade.setAttribute("x", left * one);
    shade.setAttribute("width", (right - left) * one);
    return [left, right];
  }
  bars.addEventListener("pointerdown", (event) => {
    first = bar(event);
    bars.append(shade);
    bars.setPointerCapture(event.pointerId);
    draw(first);
  });
  bars.addEventListener("pointermove", (event) => { if (first !== null) draw(bar(event)); });
  bars.addEventListener("pointerup", (event) => {
    const [left, right] = draw(bar(event));
    first = null;
    const place = new URL(location.href);
    place.searchParams.set("from", seconds(Number(from) + left * Number(width)));
    place.searchParams.set("to", seconds(Number(from) + right * Number(width)));
    place.searchParams.delete("cursor");
    location.href = place.href;
  });
}

async function open(row) {
  const next = row.nextElementSibling;
  if (next?.matches(".opened")) {
    next.remove();
    row.querySelector("a.open").setAttribute("aria-expanded", "false");
    return;
  }
  const link = row.querySelector("a.open");
  const page = await piece(link.href);
  const found = page.querySelector("#event");
  if (!found) return;
  found.removeAttribute("id");
  for (const heading of found.querySelectorAll("h1")) heading.remove();
  const opened = document.createElement("tr");
  opened.className = "opened";
  const cell = document.createElement("td");
  cell.colSpan = row.children.length;
  cell.append(found);
  opened.append(cell);
  row.after(opened);
  link.setAttribute("aria-expanded", "true");
  localise(opened);
}

function rows() {
  const all = [...document.querySelectorAll("tr[data-row]")];
  for (const row of all) {
    const link = row.querySelector("a.open");
    link.setAttribute("aria-expanded", "false");
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open(row);
    });
  }
  const move = (step) => {
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const to = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    to?.querySelector("a.open").focus();
    to?.scrollIntoView({ block: "nearest" });
  };
  onKey("j", "", () => move(1));
  onKey("k", "", () => move(-1));
}

const bars = document.querySelector("#bars");
if (bars) brush(bars);
rows();
if (matchMedia("(max-width: 760px)").matches) document.querySelector("#facets")?.removeAttribute("open");

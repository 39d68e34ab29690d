/** On every page: times, keys, palette, menus, and how pages look. Without it all of them work as plain links and forms. */
import * as keys from "./keys.mjs";
import * as palette from "./palette.mjs";
import { localise } from "./time.mjs";

function look() {
  const form = document.querySelector("#look");
  form?.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button || button.name === "language") return;
    event.preventDefault();
    document.documentElement.dataset[button.name] = button.value;
    for (const other of form.querySelectorAll(`button[name="${button.name}"]`)) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    const body = new URLSearchParams({ [button.name]: button.value, back: "/" });
    await fetch("/look", { method: "POST", body, redirect: "manual" });
  });
}

function menus() {
  const all = [...document.querySelectorAll("details.menu")];
  document.addEventListener("click", (event) => {
    for (const menu of all) if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all.filter((found) => found.open)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

localise();
look();
menus();
keys.begin();
palette.begin();

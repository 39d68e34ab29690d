/** Moments in the zone of the browser, with UTC on hover. */
import { language, say } from "./words.mjs";

const parts = {
  day: { dateStyle: "medium" },
  minute: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  second: {
    month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
    hourCycle: "h23",
  },
};
const formats = new Map();

function format(form, withYear) {
  const name = `${form}${withYear}`;
  if (!formats.has(name)) {
    const chosen = { ...(parts[form] ?? parts.minute) };
    if (withYear && !chosen.dateStyle) chosen.year = "numeric";
    formats.set(name, new Intl.DateTimeFormat(language, chosen));
  }
  return formats.get(name);
}

/** `2026-11-28 05:00:03 UTC` of a date. */
export const utc = (date) => `${date.toISOString().slice(0, 19).replace("T", " ")} ${say("utc")}`;

/** A date as the page's language writes it in the browser's zone. */
export function local(date, form = "minute") {
  const isOfThisYear = date.getFullYear() === new Date().getFullYear();
  return format(form, !isOfThisYear).format(date);
}

/** Rewrites every `<time>` within `root` that was not rewritten yet. */
export function localise(root = document) {
  for (const time of root.querySelectorAll("time[data-form]:not([title])")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    time.title = utc(date);
    time.textContent = local(date, time.dataset.form);
  }
}

/** The feed of changes, and a sign that says whether it is open. */
import { say } from "./words.mjs";

function tell(state) {
  const pulse = document.querySelector("#pulse");
  if (!pulse || pulse.dataset.state === state) return;
  pulse.hidden = false;
  pulse.dataset.state = state;
  pulse.textContent = say(state);
}

/**
 * Calls `changed` with each change of an incident: `{ tenant, incident, kind, actor, time }`.
 * @param {string | null} tenant only of this one
 * @param {() => void} opened whenever the feed is open (again): what changed since the page was made may have been missed
 */
export function follow(tenant, changed, opened) {
  const feed = new EventSource(`/api/v1/feed${tenant ? `?tenant=${encodeURIComponent(tenant)}` : ""}`);
  feed.addEventListener("open", () => {
    tell("live");
    opened?.();
  });
  feed.addEventListener("error", () => tell("offline"));
  feed.addEventListener("incident", (event) => changed(JSON.parse(event.data)));
  addEventListener("pagehide", () => feed.close());
  return feed;
}

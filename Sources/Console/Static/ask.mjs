/** Requests to this console. */

/** Why something was not done, in the server's words. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * Asks the API; answers the value of the body and its ETag.
 * @param {string} path
 * @param {{method?: string, body?: unknown, csrf?: string, etag?: string, signal?: AbortSignal}} options
 */
export async function ask(path, { method = "GET", body, csrf, etag, signal } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (csrf) headers["x-csrf-token"] = csrf;
  if (etag) headers["if-match"] = etag;
  const answer = await fetch(path, {
    method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const value = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Refused(answer.status, value?.detail ?? String(answer.status));
  return { value, etag: answer.headers.get("etag") };
}

/** Fetches a piece of a page and answers its nodes, in a fragment. */
export async function piece(path, { signal } = {}) {
  const answer = await fetch(path, { headers: { accept: "text/html" }, signal });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok) throw new Refused(answer.status, page.querySelector("h1")?.textContent ?? "");
  return page;
}

/** A function that runs once, `wait` milliseconds after its last call. */
export function settled(act, wait) {
  let timer;
  return (...words) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...words), wait);
  };
}

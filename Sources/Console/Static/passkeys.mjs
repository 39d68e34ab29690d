/** Passkeys need the browser's own interface; without this module pages offer passwords and providers. */
const bytes = (text) => Uint8Array.from(
  atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const letters = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function ask(path, body, csrf) {
  const headers = { "content-type": "application/json" };
  if (csrf) headers["x-csrf-token"] = csrf;
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.detail);
  return value;
}

function offer(button, act) {
  if (!button || !window.PublicKeyCredential) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const wrong = document.querySelector("#passkey-wrong");
    try { await act(); } catch (error) { wrong.textContent = error.message; }
  });
}

const enter = document.querySelector("#passkey-sign-in");
offer(enter, async () => {
  const asked = await ask("/api/v1/session/passkey/options", {});
  const { ceremony, ...publicKey } = asked;
  publicKey.challenge = bytes(asked.challenge);
  const { rawId, response } = await navigator.credentials.get({ publicKey });
  await ask("/api/v1/session/passkey", {
    ceremony, id: letters(rawId), client_data: letters(response.clientDataJSON),
    authenticator_data: letters(response.authenticatorData),
    signature: letters(response.signature),
    user_handle: response.userHandle ? letters(response.userHandle) : null });
  location.href = enter.dataset.next || "/";
});

const add = document.querySelector("#passkey-add");
offer(add, async () => {
  const csrf = add.dataset.csrf;
  const publicKey = await ask("/api/v1/me/passkeys/options", {}, csrf);
  publicKey.challenge = bytes(publicKey.challenge);
  publicKey.user.id = bytes(publicKey.user.id);
  for (const known of publicKey.excludeCredentials) known.id = bytes(known.id);
  const { response } = await navigator.credentials.create({ publicKey });
  await ask("/api/v1/me/passkeys", {
    name: document.querySelector("#passkey-name").value || "Passkey",
    client_data: letters(response.clientDataJSON),
    attestation: letters(response.attestationObject) }, csrf);
  location.reload();
});

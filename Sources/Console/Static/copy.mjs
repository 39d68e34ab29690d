/** A button beside text that is to be taken along. */
import { say } from "./words.mjs";

for (const box of document.querySelectorAll(".copyable")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = say("copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(box.querySelector("pre").textContent);
    button.textContent = say("copied");
  });
  box.append(button);
}

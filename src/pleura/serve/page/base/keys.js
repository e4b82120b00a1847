// @ts-check
/** Keys and what they do: one table a screen, from which both the keyboard and the help are made. */

import { h } from "./dom.js";
import { t } from "./text.js";

/** @typedef {{keys: string[], text: string, run: (event: KeyboardEvent) => void, shown?: string}} Shortcut
 *   `keys` as KeyboardEvent.key gives them, "Ctrl+z" with Ctrl or Cmd; `text` is a key of texts.json */

/** @type {Shortcut[]} */
let table = [];

/** The keys of the screen that is shown. @param {Shortcut[]} shortcuts */
export function setKeys(shortcuts) {
  table = [...shortcuts, { keys: ["?"], text: "key.help", run: showHelp }];
}

/** Begin to listen, once. */
export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.altKey || wantsIt(event)) return;
    const pressed = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + event.key;
    const found = table.find((shortcut) => shortcut.keys.includes(pressed));
    if (found === undefined) return;
    event.preventDefault();
    found.run(event);
  });
}

/** A focused control has the first word on keys that it uses itself. @param {KeyboardEvent} event */
function wantsIt(event) {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("input:not([type=range], [type=radio], [type=checkbox]), select, textarea")) return true;
  if (target.matches("input"))
    return event.key.startsWith("Arrow") || [" ", "Home", "End", "PageUp", "PageDown"].includes(event.key);
  return target.matches("button, a, summary") && ["Enter", " "].includes(event.key);
}

/** Show every key of this screen. */
export function showHelp() {
  const rows = table.map((shortcut) =>
    h(
      "tr",
      {},
      h("td", {}, h("kbd", {}, shortcut.shown ?? shortcut.keys.map(named).join(" "))),
      h("td", {}, t(shortcut.text)),
    ),
  );
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, t("help.title")),
    h("table", {}, h("tbody", {}, ...rows)),
    h("form", { method: "dialog" }, h("button", { class: "primary" }, t("help.close"))),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {string} key */
function named(key) {
  const arrows = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", " ": "␣", Escape: "Esc" };
  return arrows[/** @type {keyof typeof arrows} */ (key)] ?? key;
}

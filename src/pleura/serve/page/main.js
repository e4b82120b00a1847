// @ts-check
/** The page: its head, and which screen is shown. Addresses are "#/" and "#/film/ID". */

import { json, onTokenWanted } from "./base/api.js";
import { h, refill } from "./base/dom.js";
import { showHelp, startKeys } from "./base/keys.js";
import { currentLanguage, LANGUAGES, loadTexts, setLanguage, t } from "./base/text.js";
import { readingScreen } from "./reading/screen.js";
import { worklistScreen } from "./worklist/screen.js";

/** @typedef {{element: HTMLElement, close: () => void, leave?: () => boolean}} Screen */

const place = /** @type {HTMLElement} */ (document.getElementById("screen"));
/** @type {Screen|null} */
let screen = null;
let address = "";

/** Show what the address asks for; a reader who will not leave unsaved work stays. */
function show() {
  const asked = location.hash;
  if (asked === "#main") return;
  if (screen?.leave && !screen.leave()) return history.replaceState(null, "", address);
  address = asked || "#/";
  screen?.close();
  const film = /^#\/film\/([\w-]+)$/.exec(asked);
  screen = film ? readingScreen(film[1]) : worklistScreen();
  document.title = film ? t("title.film") : t("title.list");
  refill(place, screen.element);
  window.scrollTo(0, 0);
}

/** The head of the page: name, research use, language, help. */
function drawHead() {
  const languages = h(
    "select",
    { "aria-label": t("head.language"), on: { change: () => changeLanguage(languages.value) } },
    ...LANGUAGES.map((each) => h("option", { value: each, lang: each }, each.toUpperCase())),
  );
  languages.value = currentLanguage();
  refill(
    /** @type {HTMLElement} */ (document.getElementById("top")),
    h("a", { class: "brand", href: "#/" }, h("img", { src: "icon.svg", alt: "", width: 26, height: 26 }), "pleura"),
    h("p", { class: "research" }, t("research")),
    h("span", { class: "model", id: "model" }),
    languages,
    h(
      "button",
      { class: "quiet", "aria-label": t("key.help"), title: `${t("key.help")} (?)`, on: { click: showHelp } },
      "?",
    ),
  );
  refill(/** @type {HTMLElement} */ (document.getElementById("skip")), t("head.skip"));
  json("model")
    .then((model) =>
      refill(/** @type {HTMLElement} */ (document.getElementById("model")), `${model.name} ${model.version}`),
    )
    .catch((error) => console.info("which model runs is not known", error));
}

/** @param {string} wished */
function changeLanguage(wished) {
  if (screen?.leave && !screen.leave()) return drawHead();
  screen?.close();
  screen = null;
  setLanguage(/** @type {import("./base/text.js").Language} */ (wished));
  drawHead();
  show();
}

/**
 * Ask for the token that the server's keeper gave out.
 * @param {boolean} refused the last one was not taken
 * @returns {Promise<string|null>}
 */
function askToken(refused) {
  const input = h("input", { type: "password", id: "token", autocomplete: "off", required: true });
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "token-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "token-title" }, t("token.title")),
      refused && h("p", { role: "alert", class: "bad", id: "token-refused" }, t("token.refused")),
      h("label", { for: "token" }, t("token.words")),
      input,
      h("button", { class: "primary", value: "given" }, t("token.send")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "given" ? input.value.trim() : null);
    }),
  );
}

await loadTexts();
onTokenWanted(askToken);
startKeys();
drawHead();
window.addEventListener("hashchange", show);
window.addEventListener("beforeunload", (event) => {
  if (document.body.classList.contains("unsaved")) event.preventDefault();
});
show();

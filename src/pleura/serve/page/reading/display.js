// @ts-check
/** The controls of how film and finding are shown. */

import { h } from "../base/dom.js";
import { number, t } from "../base/text.js";
import { PRESETS } from "../film/window.js";

/** @typedef {import("./stage.js").Stage} Stage */

const LAYERS = /** @type {const} */ (["outline", "fill", "map"]);

/** @param {Stage} stage @returns {{element: HTMLElement, refresh: () => void}} */
export function displayPanel(stage) {
  const names = Object.keys(PRESETS).filter((name) => name !== "header" || stage.reading.picture.header !== null);
  const presets = h(
    "select",
    { id: "preset", on: { change: () => presets.value && stage.usePreset(presets.value) } },
    h("option", { value: "" }, t("preset.own")),
    ...names.map((name) => h("option", { value: name }, t(`preset.${name}`))),
  );
  const invert = check("display.invert", (on) => stage.set({ inverted: on }));
  const hide = check("display.hide", (on) => ((stage.hidden = on), stage.redraw()));
  const calipers = check("display.calipers", (on) => ((stage.calipers = on), stage.redraw()));
  const sliders = LAYERS.map((layer) => slider(stage, layer));
  const refresh = () => {
    presets.value = stage.presetName;
    invert.box.checked = stage.look.inverted;
    hide.box.checked = stage.hidden;
    calipers.box.checked = stage.calipers;
  };
  refresh();
  const element = h(
    "section",
    { "aria-labelledby": "display-title" },
    h("h2", { id: "display-title" }, t("display.title")),
    h("div", { class: "labelled" }, h("label", { for: "preset" }, t("display.window")), presets),
    ...sliders,
    h("div", { class: "checks" }, invert.element, hide.element, stage.lines.length > 0 && calipers.element),
  );
  return { element, refresh };
}

/** @param {string} text @param {(on: boolean) => void} onChange */
function check(text, onChange) {
  const box = h("input", { type: "checkbox", on: { change: () => onChange(box.checked) } });
  return { box, element: h("label", { class: "check" }, box, t(text)) };
}

/** @param {Stage} stage @param {typeof LAYERS[number]} layer */
function slider(stage, layer) {
  const output = h("output", { for: `opacity-${layer}` });
  const input = h("input", {
    type: "range",
    id: `opacity-${layer}`,
    min: 0,
    max: 1,
    step: 0.01,
    disabled: layer === "map" && stage.reading.map === null,
  });
  input.value = stage.look[layer];
  const tell = () => (output.textContent = `${number(100 * Number(input.value))} %`);
  input.addEventListener("input", () => (tell(), stage.set({ [layer]: Number(input.value) })));
  tell();
  return h("div", { class: "slider" }, h("label", { for: `opacity-${layer}` }, t(`display.${layer}`)), input, output);
}

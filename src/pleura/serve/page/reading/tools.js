// @ts-check
/** The bar of tools beside the film, and the keys of the reading view. */

import { h } from "../base/dom.js";
import { icon } from "../base/icons.js";
import { t } from "../base/text.js";
import { dragged, PRESETS } from "../film/window.js";
import { mirroredView, panned, trueSize, turned, zoomed } from "../film/view.js";

/** @typedef {import("./stage.js").Stage} Stage @typedef {import("../base/keys.js").Shortcut} Shortcut */

const TOOLS = /** @type {const} */ ([
  ["window", "w"],
  ["pan", "m"],
  ["ruler", "l"],
  ["brush", "b"],
  ["polygon", "g"],
]);
const PAN_PX = 60;
const ZOOM = 1.25;
const WINDOW_PX = 25;
const BRUSH = 1.25;
const SHIFTED = 5;

/** What the bar and the keys do to a stage. */
export class Tools {
  /** @param {Stage} stage @param {() => void} onChange the state of a control changed */
  constructor(stage, onChange) {
    this.stage = stage;
    this.onChange = onChange;
    this.buttons = TOOLS.map(([tool, key]) => this.button(`tool.${tool}`, key, tool, () => this.use(tool), tool));
    this.erase = this.button("tool.erase", "e", "erase", () => this.toggleErase());
    const once = [
      this.button("key.undo", "Ctrl+Z", "undo", () => stage.editor.undo()),
      this.button("key.fit", "0", "fit", () => this.fit()),
      this.button("key.true", "1", "1:1", () => this.trueSize()),
      this.button("key.in", "+", "in", () => this.zoom(ZOOM)),
      this.button("key.out", "-", "out", () => this.zoom(1 / ZOOM)),
      this.button("key.turn", "r", "turn", () => this.turn(1)),
      this.button("key.mirror", "f", "mirror", () => this.mirror()),
    ];
    this.element = h(
      "div",
      { class: "tools", role: "toolbar", "aria-label": t("tools.title"), "aria-orientation": "vertical" },
      ...this.buttons,
      this.erase,
      ...once,
    );
    this.mark();
  }

  /** @param {string} text @param {string} key @param {string} sign @param {() => void} run @param {string} [tool] */
  button(text, key, sign, run, tool) {
    return h(
      "button",
      {
        type: "button",
        "aria-label": t(text),
        title: `${t(text)} (${key})`,
        "data-tool": tool,
        on: { click: () => (run(), this.mark()) },
      },
      icon(sign),
    );
  }

  mark() {
    const { hand, editor } = this.stage;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.tool === hand.tool));
    this.erase.setAttribute("aria-pressed", String(editor.erases));
    this.erase.disabled = hand.tool !== "brush" && hand.tool !== "polygon";
    this.stage.main.element.dataset.tool = hand.tool;
    this.onChange();
  }

  /** @param {typeof TOOLS[number][0]} tool */
  use(tool) {
    this.stage.editor.closePolygon();
    this.stage.hand.tool = tool;
    this.stage.redraw();
    this.mark();
  }

  toggleErase() {
    this.stage.editor.erases = !this.stage.editor.erases;
    this.stage.redraw();
    this.mark();
  }

  fit() {
    this.stage.set({ view: this.stage.look.view && { ...this.stage.look.view, ...this.fitting() } });
  }

  /** A film that is turned or mirrored stays so when it is fitted. */
  fitting() {
    const { main } = this.stage;
    const { width, height, aspect } = main.film;
    const [across, down] = main.view.turns % 2 ? [height * aspect, width] : [width, height * aspect];
    return { x: width / 2, y: height / 2, scale: Math.min(main.size.width / across, main.size.height / down) };
  }

  trueSize() {
    this.stage.set({ view: trueSize(this.stage.main.view, devicePixelRatio) });
  }

  /** @param {number} factor */
  zoom(factor) {
    const { main } = this.stage;
    this.stage.set({ view: zoomed(main.view, main.film, main.size, factor) });
  }

  /** @param {number} quarters */
  turn(quarters) {
    this.stage.set({ view: turned(this.stage.main.view, quarters) });
    this.fit();
  }

  mirror() {
    this.stage.set({ view: mirroredView(this.stage.main.view) });
  }

  /**
   * An arrow moves the film, the grey values (with Shift) or the drawing hand.
   * @param {number} across
   * @param {number} down
   * @param {KeyboardEvent} event
   */
  arrow(across, down, event) {
    const { stage } = this;
    const { main, hand } = stage;
    if (hand.draws) {
      const by = event.shiftKey ? SHIFTED : 1;
      hand.step(across * by, down * by, [main.view.x, main.view.y]);
    } else if (event.shiftKey) {
      stage.useWindow(dragged(stage.look.window, across * WINDOW_PX, down * WINDOW_PX));
    } else {
      stage.set({ view: panned(main.view, main.film, -across * PAN_PX, -down * PAN_PX) });
    }
  }

  nextPreset() {
    const names = /** @type {(keyof typeof PRESETS)[]} */ (Object.keys(PRESETS));
    const usable = names.filter((name) => name !== "header" || this.stage.reading.picture.header !== null);
    this.stage.usePreset(usable[(usable.indexOf(/** @type {any} */ (this.stage.presetName)) + 1) % usable.length]);
    this.onChange();
  }

  hide() {
    this.stage.hidden = !this.stage.hidden;
    this.stage.redraw();
    this.onChange();
  }

  /** @returns {Shortcut[]} */
  keys() {
    const { stage } = this;
    const { editor, hand } = stage;
    const press = () => hand.draws && hand.press([stage.main.view.x, stage.main.view.y]);
    return [
      ...TOOLS.map(([tool, key]) => ({ keys: [key], text: `tool.${tool}`, run: () => this.use(tool) })),
      { keys: ["e"], text: "tool.erase", run: () => this.toggleErase() },
      { keys: ["ArrowLeft"], shown: "← → ↑ ↓", text: "key.arrows", run: (event) => this.arrow(-1, 0, event) },
      ...[
        ["ArrowRight", 1, 0],
        ["ArrowUp", 0, -1],
        ["ArrowDown", 0, 1],
      ].map(([key, across, down]) => ({
        keys: [String(key)],
        text: "key.arrows",
        run: (/** @type {KeyboardEvent} */ event) => this.arrow(Number(across), Number(down), event),
      })),
      { keys: [" "], text: "key.press", run: press },
      { keys: ["Enter", "c"], text: "key.close", run: () => (editor.closePolygon(), stage.redraw()) },
      {
        keys: ["[", "]"],
        text: "key.brush",
        run: (event) => (editor.resize(event.key === "]" ? BRUSH : 1 / BRUSH), stage.redraw()),
      },
      { keys: ["Ctrl+z"], text: "key.undo", run: () => (editor.undo(), stage.redraw()) },
      { keys: ["Ctrl+y", "Ctrl+Z"], text: "key.redo", run: () => (editor.redo(), stage.redraw()) },
      { keys: ["Delete", "Backspace"], text: "key.noruler", run: () => (hand.rulers.pop(), stage.redraw()) },
      { keys: ["+", "="], text: "key.in", run: () => this.zoom(ZOOM) },
      { keys: ["-"], text: "key.out", run: () => this.zoom(1 / ZOOM) },
      { keys: ["0"], text: "key.fit", run: () => this.fit() },
      { keys: ["1"], text: "key.true", run: () => this.trueSize() },
      { keys: ["r"], text: "key.turn", run: () => this.turn(1) },
      { keys: ["f"], text: "key.mirror", run: () => this.mirror() },
      {
        keys: ["i"],
        text: "display.invert",
        run: () => (stage.set({ inverted: !stage.look.inverted }), this.onChange()),
      },
      { keys: ["q"], text: "key.preset", run: () => this.nextPreset() },
      { keys: ["h"], text: "key.hide", run: () => this.hide() },
    ];
  }
}

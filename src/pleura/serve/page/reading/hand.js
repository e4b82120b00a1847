// @ts-check
/** What the hand draws on the film: rulers, brush strokes, polygons; by pointer or by keys. */

import { brush, polygon, ruler } from "../film/marks.js";

/** @typedef {import("../film/pane.js").Pane} Pane @typedef {import("../film/view.js").Point} Point */

/** One hand, with one tool in it. */
export class Hand {
  /**
   * @param {import("./editor.js").Editor} editor @param {import("../film/lengths.js").Spacing} spacing
   * @param {() => void} onChange something to draw anew
   */
  constructor(editor, spacing, onChange) {
    this.editor = editor;
    this.spacing = spacing;
    this.onChange = onChange;
    /** @type {"window"|"pan"|"ruler"|"brush"|"polygon"} */
    this.tool = "window";
    /** @type {[Point, Point][]} */
    this.rulers = [];
    this.pulling = false;
  }

  /** Whether keys move a place on the film, and not the film. */
  get draws() {
    return this.tool !== "window" && this.tool !== "pan";
  }

  /** @param {Point} at */
  begin(at) {
    this.editor.at = at;
    if (this.tool === "ruler") this.rulers.push([at, at]);
    if (this.tool === "brush") this.editor.beginStroke(at);
    if (this.tool === "polygon") this.editor.addCorner(at);
    this.pulling = true;
    this.onChange();
  }

  /** @param {Point} at */
  move(at) {
    this.editor.at = at;
    if (!this.pulling) return;
    const last = this.rulers.at(-1);
    if (this.tool === "ruler" && last) last[1] = at;
    if (this.tool === "brush") this.editor.moveStroke(at);
    this.onChange();
  }

  end() {
    this.pulling = false;
    const last = this.rulers.at(-1);
    if (this.tool === "ruler" && last && last[0][0] === last[1][0] && last[0][1] === last[1][1]) this.rulers.pop();
    this.editor.endStroke();
    this.onChange();
  }

  /** What was begun was not meant. */
  cancel() {
    this.pulling = false;
    if (this.tool === "ruler") this.rulers.pop();
    if (this.tool === "polygon") this.editor.corners.pop();
    this.editor.cancelStroke();
    this.editor.at = null;
    this.onChange();
  }

  /** The space bar: a dab, a corner, the beginning or the end of a ruler. @param {Point} from where keys start */
  press(from) {
    const at = this.editor.at ?? from;
    if (this.tool !== "ruler") {
      this.begin(at);
      this.end();
    } else if (this.pulling) {
      this.end();
    } else {
      this.begin(at);
    }
  }

  /** An arrow key. @param {number} across @param {number} down @param {Point} from */
  step(across, down, from) {
    this.editor.moveBy(across, down, from);
    this.move(/** @type {Point} */ (this.editor.at));
    this.onChange();
  }

  /** What is under way over the film. @param {Pane} pane @returns {Element[]} */
  drawn(pane) {
    const { editor } = this;
    const cursor =
      editor.at !== null && this.draws
        ? brush(pane, editor.at, this.tool === "brush" ? editor.radius : 0, editor.erases)
        : [];
    return [
      ...this.rulers.map((ends) => ruler(pane, ends, this.spacing)),
      ...polygon(pane, editor.corners),
      ...cursor,
    ];
  }
}

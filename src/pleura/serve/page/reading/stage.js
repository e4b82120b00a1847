// @ts-check
/** The films on the screen: the one that is read, and beside it the same without outlines, or an older one. */

import { h } from "../base/dom.js";
import { day, moment, number, t } from "../base/text.js";
import { gestures } from "../film/gestures.js";
import { calipersOf } from "../film/lengths.js";
import { measured, orientation, scaleBar, title } from "../film/marks.js";
import { Pane } from "../film/pane.js";
import { dragged, preset } from "../film/window.js";
import { panned, zoomed } from "../film/view.js";
import { Editor } from "./editor.js";
import { Hand } from "./hand.js";
import { loadPicture, loadSoft } from "./load.js";
import { endLetters, sideLetters } from "./summary.js";

/**
 * @typedef {import("../film/pane.js").Look} Look
 * @typedef {import("./load.js").Reading} Reading
 * @typedef {import("../base/api.js").Job} Job
 */

/** The film area. */
export class Stage {
  /** @param {Reading} reading @param {() => void} onEdit the outline was corrected */
  constructor(reading, onEdit) {
    this.reading = reading;
    this.onEdit = onEdit;
    const { picture, mask, job } = reading;
    const finding = /** @type {import("../base/api.js").Finding} */ (job.finding);
    this.finding = finding;
    this.editor = new Editor(mask, (box, whole) => this.edited(box, whole));
    this.hand = new Hand(this.editor, finding.spacing, () => this.main.redraw());
    this.presetName = picture.header ? "header" : "film";
    /** @type {Look} */
    this.look = {
      view: null,
      window: preset(/** @type {any} */ (this.presetName), picture.counts, picture.header),
      inverted: false,
      outline: 1,
      fill: 0.12,
      map: 0,
      cut: 0.5,
      fromMap: false,
    };
    /** Told of every window that is set by hand. */
    this.onWindow = () => {};
    this.hidden = false;
    /** Whether a reader has drawn the outline that was loaded or saved. */
    this.reviewed = job.reviews.some((review) => review.edited);
    this.calipers = true;
    this.lines = calipersOf(finding.measures);
    this.element = h("div", { class: "stage" });
    this.main = new Pane(t("film.label"), picture.film, { mask, map: reading.map }, () => this.seen());
    this.main.markers.push(
      (pane) => this.marks(pane, finding),
      (pane) => this.calipersOn(pane),
      (pane) => this.hand.drawn(pane),
    );
    this.element.append(this.main.element);
    this.handle(this.main, () => this.look, true);
    /** @type {Pane|null} */
    this.beside = null;
  }

  /** @returns {Look} */
  seen() {
    return this.hidden ? { ...this.look, outline: 0, fill: 0, map: 0 } : this.look;
  }

  /** @param {Partial<Look>} patch */
  set(patch) {
    Object.assign(this.look, patch);
    this.redraw("view" in patch);
  }

  /** @param {boolean} [marks] whether what is drawn over the films is other now, too */
  redraw(marks = true) {
    this.main.redraw(marks);
    this.beside?.redraw(marks);
  }

  /** @param {keyof typeof import("../film/window.js").PRESETS} name */
  usePreset(name) {
    this.presetName = name;
    this.set({ window: preset(name, this.reading.picture.counts, this.reading.picture.header) });
  }

  /**
   * A window by hand.
   * @param {import("../film/window.js").Window} window
   * @param {Look} [look] of an older film, which has its own
   */
  useWindow(window, look = this.look) {
    look.window = window;
    if (look === this.look) this.presetName = "";
    this.onWindow();
    this.redraw(false);
  }

  /** @param {"none"|"plain"|Job} what */
  async putBeside(what) {
    this.beside?.close();
    this.beside = null;
    this.element.classList.toggle("double", what !== "none");
    if (what === "plain") {
      const bare = () => ({ ...this.look, outline: 0, fill: 0, map: 0 });
      this.add(
        new Pane(t("film.plain"), this.reading.picture.film, { mask: null, map: null }, bare),
        () => this.look,
        this.finding,
      );
    } else if (what !== "none") {
      await this.putPrior(what);
    }
    this.main.resize();
  }

  /**
   * An older film lies as it wishes, for it is another picture; turns and grey values go with neither.
   * @param {Job} job
   */
  async putPrior(job) {
    const asked = (this.asked = {});
    const [picture, mask] = await Promise.all([loadPicture(job), loadSoft(`jobs/${job.id}/mask.png`)]);
    if (this.asked !== asked) return; // another one was asked for meanwhile
    const look = {
      ...this.look,
      view: null,
      fromMap: false,
      map: 0,
      window: preset(picture.header ? "header" : "film", picture.counts, picture.header),
    };
    const pane = new Pane(t("film.prior"), picture.film, { mask, map: null }, () =>
      this.hidden ? { ...look, outline: 0, fill: 0 } : look,
    );
    pane.markers.push(() => [title(`${t("film.prior")}, ${day(job.film?.acquired) || moment(job.received)}`)]);
    this.add(pane, () => look, /** @type {any} */ (job.finding));
  }

  /** @param {Pane} pane @param {() => Look} look @param {import("../base/api.js").Finding} finding */
  add(pane, look, finding) {
    this.beside = pane;
    pane.markers.push((each) => this.marks(each, finding));
    this.element.append(pane.element);
    this.handle(pane, look, false);
  }

  /** @param {Pane} pane @param {() => Look} look @param {boolean} draws */
  handle(pane, look, draws) {
    const change = (/** @type {Partial<Look>} */ patch) => (Object.assign(look(), patch), this.redraw());
    gestures(pane, {
      tool: () => (draws ? this.hand.tool : this.hand.draws ? "pan" : this.hand.tool),
      drag: (across, down) => this.useWindow(dragged(look().window, across, down), look()),
      pan: (across, down) => change({ view: panned(pane.view, pane.film, across, down) }),
      zoom: (factor, at) => change({ view: zoomed(pane.view, pane.film, pane.size, factor, at) }),
      fit: () => change({ view: null }),
      begin: (event) => this.hand.begin(pane.filmAt(event)),
      move: (event) => this.hand.move(pane.filmAt(event)),
      end: () => this.hand.end(),
      cancel: () => this.hand.cancel(),
      hover: (event) => {
        if (!draws || !this.hand.draws || this.hand.pulling) return;
        this.editor.at = event && pane.filmAt(event);
        this.main.redraw();
      },
    });
  }

  /** @param {Pane} pane @param {import("../base/api.js").Finding} finding */
  marks(pane, finding) {
    return [
      ...orientation(pane, sideLetters(finding), endLetters(finding)),
      ...scaleBar(pane, finding.spacing),
    ];
  }

  /** Whether the outline is a reader's, now or before, whose measures are not those of the finding. */
  get corrected() {
    return this.editor.edited || this.reviewed;
  }

  /** @param {Pane} pane */
  calipersOn(pane) {
    if (!this.calipers || this.hidden || this.corrected) return [];
    return this.lines.map(({ ends, cm }) => measured(pane, ends[0], ends[1], `${number(cm, 1)} cm`, "caliper"));
  }

  /** @param {import("../film/strokes.js").Box} box @param {boolean} whole */
  edited(box, whole) {
    this.look.fromMap = false;
    this.main.mask?.put(this.editor.mask.data, box);
    if (whole) this.main.mask?.settle();
    if (whole) this.onEdit();
    this.main.redraw();
  }

  /** Make what the slider cuts the outline that is corrected. */
  takeCut() {
    const { map, mask } = this.reading;
    if (map === null || !this.look.fromMap) return;
    const before = mask.data.slice();
    const level = this.look.cut * 255;
    for (let row = 0, at = 0; row < mask.height; row++) {
      const line = Math.floor(((row + 0.5) * map.height) / mask.height) * map.width;
      for (let column = 0; column < mask.width; column++, at++) {
        mask.data[at] = map.data[line + Math.floor(((column + 0.5) * map.width) / mask.width)] > level ? 255 : 0;
      }
    }
    this.editor.step(before, { left: 0, top: 0, right: mask.width, bottom: mask.height });
  }

  close() {
    this.asked = {};
    this.main.close();
    this.beside?.close();
  }
}

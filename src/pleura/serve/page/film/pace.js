// @ts-check
/**
 * Keeps a pane quick where drawing is slow: what moves is drawn with fewer pixels, and with all of them at rest.
 * Where every frame is in time nothing is ever left out.
 */

const SLOW_MS = 34;
const QUICK_MS = 18;
const LEAST_SHARE = 0.25;
const REST_MS = 180;
const DUE_MS = 16;
const LONGEST_MS = 500;
const QUICK_FRAMES = 30;

/** The pace of one pane. */
export class Pace {
  /** @param {() => void} redraw asks for a frame with all pixels */
  constructor(redraw) {
    this.redraw = redraw;
    /** Share of the pixels, across as down, that a moving picture is drawn with. */
    this.moving = 1;
    this.atRest = true;
    this.quick = 0;
    this.timer = 0;
    /** How long the last frame of something that moved took, in ms. */
    this.last = 0;
    this.settling = false;
  }

  /** What the next frame is drawn with, a share in (0, 1]. */
  get share() {
    return this.atRest ? 1 : this.moving;
  }

  /** Something moves: the picture is at rest once nothing has for a while. */
  stirred() {
    if (this.settling) return;
    this.atRest = false;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.rest(), REST_MS + 2 * this.last);
  }

  rest() {
    this.atRest = true;
    if (this.moving === 1) return; // nothing was left out
    this.settling = true;
    this.redraw();
    this.settling = false;
  }

  /** A frame was handed to the graphics card; how long until the next may begin says how quick that is. */
  drawn() {
    if (this.atRest) return;
    const begun = performance.now();
    requestAnimationFrame(() => this.took(performance.now() - begun));
  }

  /** @param {number} ms of one frame */
  took(ms) {
    this.quick = ms < QUICK_MS ? this.quick + 1 : 0;
    this.last = Math.min(ms, LONGEST_MS);
    // The time goes with the number of pixels, the square of the share.
    if (ms > SLOW_MS) this.moving = Math.max(LEAST_SHARE, this.moving * Math.sqrt(DUE_MS / ms));
    if (this.quick < QUICK_FRAMES || this.moving === 1) return;
    this.moving = Math.min(1, 2 * this.moving);
    this.quick = 0;
  }

  close() {
    clearTimeout(this.timer);
  }
}

// @ts-check
/**
 * Keeps a pane quick where drawing is slow: one frame at a time is under way, what moves is drawn with fewer pixels,
 * and with all of them at rest. Where every frame is in time nothing is ever left out.
 */

const SLOW_MS = 34;
const QUICK_MS = 20;
const DUE_MS = 16;
/** Longer is no frame: the tab was hidden meanwhile. */
const LONGEST_MS = 10000;
const LEAST_SHARE = 1 / 6;
const REST_MS = 180;
const QUICK_FRAMES = 30;
const FORGET_FRAMES = 600;
/** How near to a share that was too slow the next try goes. */
const BELOW = 0.8;

/** The share of pixels that what moves is drawn with; it learns from the time that frames take. */
export class Share {
  constructor() {
    /** Across as down, in (0, 1]. */
    this.value = 1;
    this.tooMuch = Infinity;
    this.quick = 0;
  }

  /** A frame took its time. @param {number} ms @param {number} share it was drawn with @param {boolean} atRest */
  took(ms, share, atRest) {
    if (ms > LONGEST_MS) return;
    if (ms > SLOW_MS) {
      // The time goes with the number of pixels, the square of the share.
      this.value = Math.min(this.value, Math.max(LEAST_SHARE, share * Math.sqrt(DUE_MS / ms)));
      this.tooMuch = Math.min(this.tooMuch, share);
      this.quick = 0;
      return;
    }
    if (atRest || this.value === 1) return;
    this.quick = ms < QUICK_MS ? this.quick + 1 : 0;
    if (this.quick === FORGET_FRAMES) this.tooMuch = Infinity;
    if (this.quick % QUICK_FRAMES === 0 && this.quick > 0)
      this.value = Math.max(this.value, Math.min(1, 2 * this.value, BELOW * this.tooMuch));
  }
}

/** The pace of one pane. */
export class Pace {
  /** @param {WebGL2RenderingContext} gl @param {() => void} redraw asks for a frame with all pixels */
  constructor(gl, redraw) {
    this.gl = gl;
    this.redraw = redraw;
    this.moving = new Share();
    this.atRest = true;
    this.timer = 0;
    this.settling = false;
    /** What the last frame was drawn with. */
    this.shown = 1;
    /** @type {{fence: WebGLSync, begun: number, share: number, atRest: boolean}|null} */
    this.under = null;
  }

  /** What the next frame is drawn with, a share in (0, 1]. */
  get share() {
    return this.atRest ? 1 : this.moving.value;
  }

  /** Something moves: the picture is at rest once nothing has for a while. */
  stirred() {
    if (this.settling) return;
    this.atRest = false;
    this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.rest(), REST_MS);
  }

  rest() {
    if (this.busy) return this.wait(); // while a slow frame is drawn nothing can move, and a drag may go on
    this.atRest = true;
    if (this.shown === 1) return; // nothing was left out
    this.settling = true;
    this.redraw();
    this.settling = false;
  }

  /** Whether the graphics card still works on the last frame; another one would only wait behind it. */
  get busy() {
    if (this.under === null) return false;
    const { gl } = this;
    const { fence, begun, share, atRest } = this.under;
    if (!gl.isContextLost() && gl.getSyncParameter(fence, gl.SYNC_STATUS) === gl.UNSIGNALED) return true;
    gl.deleteSync(fence);
    this.under = null;
    this.moving.took(performance.now() - begun, share, atRest);
    if (!this.atRest) this.wait();
    return false;
  }

  /** A frame was handed to the graphics card; a fence behind it tells when it is drawn. */
  drawn() {
    const { gl, share, atRest } = this;
    this.shown = share;
    if (this.under !== null) gl.deleteSync(this.under.fence);
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    this.under = fence && { fence, begun: performance.now(), share, atRest };
    gl.flush();
    this.watch();
  }

  watch() {
    requestAnimationFrame(() => this.busy && this.watch());
  }

  close() {
    clearTimeout(this.timer);
    this.under = null;
  }
}

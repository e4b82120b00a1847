// @ts-check
/** One pane that shows a film: a canvas that the graphics card fills, and a drawing of marks over it. */

import { h, svg } from "../base/dom.js";
import { programOf, filmTexture, SoftTexture, uniformsOf } from "./gl.js";
import { Pace } from "./pace.js";
import { FRAGMENT, VERTEX } from "./shaders.js";
import { fitted, inverse, toFilm, toScreen } from "./view.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./view.js").Point} Point
 * @typedef {{view: View|null, window: import("./window.js").Window, inverted: boolean, outline: number, fill: number,
 *   map: number, cut: number, fromMap: boolean}} Look how a film is shown; opacities and `cut` in [0, 1]
 * @typedef {{width: number, height: number, aspect: number, levels: import("./pyramid.js").Level[]}} Shown
 * @typedef {{width: number, height: number, data: Uint8Array}} Soft
 */

const LINE_CSS_PX = 0.9;
/** A mask is shown a little blurred, so that its stairs make a smooth line; a map is smooth by itself. */
const [MASK_BLUR, MAP_BLUR] = [1.2, 0.5];
const NOTHING = { width: 1, height: 1, data: new Uint8Array(1) };

/** Shows one film. */
export class Pane {
  /**
   * @param {string} label what it shows, for those who hear it
   * @param {Shown} film
   * @param {{mask: Soft|null, map: Soft|null}} over
   * @param {() => Look} look what it shows now
   * @throws {Error} the browser has no WebGL2
   */
  constructor(label, film, over, look) {
    this.film = film;
    this.look = look;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.marks = svg("svg", { class: "marks", "aria-hidden": "true" });
    this.element = h(
      "div",
      { class: "pane", role: "application", tabindex: 0, "aria-label": label },
      this.canvas,
      this.marks,
    );
    const gl = this.canvas.getContext("webgl2", {
      alpha: false,
      antialias: false,
      powerPreference: "high-performance",
    });
    if (gl === null) throw new Error("WebGL2");
    /** @type {WebGL2RenderingContext} */
    this.gl = gl;
    this.over = over;
    /** @type {((pane: Pane) => Element[])[]} draws marks over the film */
    this.markers = [];
    this.due = false;
    this.marksDue = true;
    this.size = { width: 1, height: 1 };
    this.pace = new Pace(gl, () => this.redraw(false));
    this.setUp();
    this.canvas.addEventListener("webglcontextlost", (/** @type {Event} */ event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => (this.setUp(), this.redraw()));
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
  }

  setUp() {
    this.program = programOf(this.gl, VERTEX, FRAGMENT);
    this.uniforms = uniformsOf(this.gl, this.program);
    this.filmTexture = filmTexture(this.gl, this.film.levels);
    const { mask, map } = this.over;
    this.mask = new SoftTexture(this.gl, ...dimensions(mask ?? NOTHING));
    this.map = new SoftTexture(this.gl, ...dimensions(map ?? NOTHING));
  }

  /** How the film lies here: as asked, or fitted. @returns {View} */
  get view() {
    return this.look().view ?? fitted(this.film, this.size);
  }

  /** @param {Point} point of the film @returns {Point} of the pane */
  screen(point) {
    return toScreen(point, this.view, this.film, this.size);
  }

  /** @param {{clientX: number, clientY: number}} event @returns {Point} of the film */
  filmAt(event) {
    const box = this.element.getBoundingClientRect();
    return toFilm([event.clientX - box.left, event.clientY - box.top], this.view, this.film, this.size);
  }

  resize() {
    const [width, height] = [this.element.clientWidth, this.element.clientHeight].map((each) => Math.max(1, each));
    this.size = { width, height }; // in CSS pixels; asked of the page here alone, for that may cost it a layout
    this.marksDue = true;
    this.marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.draw(); // at once: a canvas that has changed its size is empty
  }

  /**
   * Draw with the next frame that the graphics card is free for; asked twice, drawn once.
   * @param {boolean} [marks] whether the marks over the film are others now, too
   */
  redraw(marks = true) {
    this.marksDue ||= marks;
    this.pace.stirred();
    if (this.due) return;
    this.due = true;
    this.element.dataset.drawing = ""; // until every pixel is drawn
    this.next();
  }

  next() {
    requestAnimationFrame(() => this.due && (this.pace.busy ? this.next() : this.draw()));
  }

  draw() {
    this.due = false;
    const { gl, uniforms, canvas } = this;
    const look = this.look();
    const view = this.view;
    const ratio = this.pace.share * devicePixelRatio;
    this.fill(ratio);
    const [a, b, c, d] = inverse(view, this.film).map((each) => each / ratio);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.useProgram(/** @type {WebGLProgram} */ (this.program));
    [this.filmTexture, this.mask?.texture, this.map?.texture].forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, /** @type {WebGLTexture} */ (texture));
    });
    const at = /** @type {Object<string, WebGLUniformLocation>} */ (uniforms);
    gl.uniform1i(at.film, 0);
    gl.uniform1i(at.mask, 1);
    gl.uniform1i(at.map, 2);
    gl.uniformMatrix2fv(at.toFilm, false, [a, b, c, d]);
    gl.uniform2f(at.here, view.x, view.y);
    gl.uniform2f(at.pane, canvas.width, canvas.height);
    gl.uniform2f(at.size, this.film.width, this.film.height);
    gl.uniform2f(at.window, look.window.centre - look.window.width / 2, look.window.width);
    gl.uniform1i(at.inverted, Number(look.inverted));
    gl.uniform1i(at.level, this.level(view.scale * ratio));
    gl.uniform1f(at.cut, look.fromMap ? look.cut : 0.5);
    gl.uniform1f(at.line, LINE_CSS_PX * ratio);
    gl.uniform2f(
      at.blur,
      this.blur(this.mask, view.scale * ratio) + MASK_BLUR,
      this.blur(this.map, view.scale * ratio) + MAP_BLUR,
    );
    gl.uniform1i(at.unsettled, Number(!this.mask?.settled));
    gl.uniform1i(at.fromMap, Number(look.fromMap));
    gl.uniform3f(at.opacity, look.outline, look.fill, look.map);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    if (this.marksDue) this.marks.replaceChildren(...this.markers.flatMap((marker) => marker(this)));
    this.marksDue = false;
    if (this.pace.share === 1) delete this.element.dataset.drawing;
    this.pace.drawn();
  }

  /** Give the canvas so many of its own pixels a CSS pixel. @param {number} ratio */
  fill(ratio) {
    const [width, height] = [Math.round(this.size.width * ratio), Math.round(this.size.height * ratio)];
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  /**
   * How often a mask or map is halved until it has a pixel for every one of the screen.
   * @param {SoftTexture|undefined} soft
   * @param {number} scale of the film
   */
  blur(soft, scale) {
    return Math.max(0, Math.log2((soft?.width ?? 1) / this.film.width / scale));
  }

  /** The smallest picture of the film that still has a pixel for every one of the screen. @param {number} scale */
  level(scale) {
    return Math.min(this.film.levels.length - 1, Math.max(0, Math.floor(Math.log2(1 / scale) + 1e-6)));
  }

  /** Give back what the graphics card holds. */
  close() {
    this.observer.disconnect();
    this.pace.close();
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.element.remove();
  }
}

/** @param {Soft} soft @returns {[number, number, Uint8Array]} */
function dimensions({ width, height, data }) {
  return [width, height, data];
}

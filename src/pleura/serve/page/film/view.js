// @ts-check
/**
 * How the film lies on the screen. Film coordinates are pixels, (0, 0) the upper left corner of the first pixel; the
 * screen's are CSS pixels of the pane. Pixels that are not square are stretched to their true shape.
 */

/**
 * @typedef {{x: number, y: number, scale: number, turns: number, mirrored: boolean}} View the film's point at the
 *   middle of the pane, screen pixels a film column, quarter turns clockwise, left and right changed over
 * @typedef {{width: number, height: number, aspect: number}} Film `aspect` is a row's height in columns' widths
 * @typedef {{width: number, height: number}} Pane
 * @typedef {[number, number]} Point
 */

const LEAST = 0.02;
const MOST = 40;

/**
 * The whole film, as large as fits.
 * @param {Film} film
 * @param {Pane} pane
 * @param {View} [view] keeps its turns
 * @returns {View}
 */
export function fitted(film, pane, view) {
  const turns = view?.turns ?? 0;
  const [across, down] =
    turns % 2 ? [film.height * film.aspect, film.width] : [film.width, film.height * film.aspect];
  const scale = Math.min(pane.width / across, pane.height / down);
  return { x: film.width / 2, y: film.height / 2, scale, turns, mirrored: view?.mirrored ?? false };
}

/**
 * One screen pixel a film column.
 * @param {View} view
 * @param {number} ratio device pixels a CSS pixel
 * @returns {View}
 */
export function trueSize(view, ratio) {
  return { ...view, scale: 1 / ratio };
}

/**
 * The linear part of film to screen, [a, b, c, d] with x' = a x + c y and y' = b x + d y.
 * @param {View} view
 * @param {Film} film
 */
function linear(view, film) {
  const [cos, sin] = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ][view.turns];
  const across = (view.mirrored ? -1 : 1) * view.scale;
  const down = film.aspect * view.scale;
  return [cos * across, sin * across, -sin * down, cos * down];
}

/** @param {Point} point of the film @param {View} view @param {Film} film @param {Pane} pane @returns {Point} */
export function toScreen([x, y], view, film, pane) {
  const [a, b, c, d] = linear(view, film);
  const [dx, dy] = [x - view.x, y - view.y];
  return [a * dx + c * dy + pane.width / 2, b * dx + d * dy + pane.height / 2];
}

/** @param {Point} point of the pane @param {View} view @param {Film} film @param {Pane} pane @returns {Point} */
export function toFilm([x, y], view, film, pane) {
  const [a, b, c, d] = inverse(view, film);
  const [dx, dy] = [x - pane.width / 2, y - pane.height / 2];
  return [a * dx + c * dy + view.x, b * dx + d * dy + view.y];
}

/** The linear part of screen to film. @param {View} view @param {Film} film */
export function inverse(view, film) {
  const [a, b, c, d] = linear(view, film);
  const area = a * d - b * c;
  return [d / area, -b / area, -c / area, a / area];
}

/**
 * Moved by pixels of the screen.
 * @param {View} view
 * @param {Film} film
 * @param {number} across
 * @param {number} down
 * @returns {View}
 */
export function panned(view, film, across, down) {
  const [a, b, c, d] = inverse(view, film);
  const [x, y] = [view.x - (a * across + c * down), view.y - (b * across + d * down)];
  return { ...view, x: Math.min(Math.max(x, 0), film.width), y: Math.min(Math.max(y, 0), film.height) };
}

/**
 * Zoomed so that a point of the pane stays where it is.
 * @param {View} view
 * @param {Film} film
 * @param {Pane} pane
 * @param {number} factor
 * @param {Point} [at]
 * @returns {View}
 */
export function zoomed(view, film, pane, factor, at = [pane.width / 2, pane.height / 2]) {
  const scale = Math.min(Math.max(view.scale * factor, LEAST), MOST);
  const [x, y] = toFilm(at, view, film, pane);
  const kept = view.scale / scale;
  return { ...view, scale, x: x + (view.x - x) * kept, y: y + (view.y - y) * kept };
}

/** Turned by quarters clockwise. @param {View} view @param {number} quarters @returns {View} */
export function turned(view, quarters) {
  return { ...view, turns: (((view.turns + quarters) % 4) + 4) % 4 };
}

/** Left and right changed over, as the screen shows them. @param {View} view @returns {View} */
export function mirroredView(view) {
  const turns = view.turns % 2 ? (view.turns + 2) % 4 : view.turns;
  return { ...view, mirrored: !view.mirrored, turns };
}

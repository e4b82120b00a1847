// @ts-check
/** Pointers over a pane: what a drag, a wheel, two fingers and a double click mean. */

/**
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {{drag: (across: number, down: number) => void, zoom: (factor: number, at: [number, number]) => void,
 *   pan: (across: number, down: number) => void, fit: () => void, tool: () => string,
 *   begin: (event: PointerEvent) => void, move: (event: PointerEvent) => void, end: () => void, cancel: () => void,
 *   hover: (event: PointerEvent|null) => void}} Actions
 *   `drag` is of the window tool; begin, move, end and cancel are of tools that draw on the film
 */

const WHEEL = 500;
const MIDDLE_BUTTON = 1;
const RIGHT_BUTTON = 2;

/** @param {Pane} pane @param {Actions} actions */
export function gestures(pane, actions) {
  /** @type {HTMLElement} */
  const element = pane.element;
  /** @type {Map<number, PointerEvent>} */
  const down = new Map();
  let doing = "";

  element.addEventListener("pointerdown", (event) => {
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, event);
    if (down.size === 2 && doing === "draw") actions.cancel(); // the first of two fingers draws nothing
    doing = down.size > 1 ? "pinch" : meaning(event, actions.tool());
    if (doing === "draw") actions.begin(event);
    event.preventDefault();
  });

  element.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    actions.hover(event);
    if (before === undefined) return;
    const [across, along] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (doing === "pinch" && down.size === 2) pinched(pane, down, event, actions);
    else if (doing === "pan") actions.pan(across, along);
    else if (doing === "window") actions.drag(across, along);
    else if (doing === "zoom") actions.zoom(2 ** (-along / 150), middle(pane));
    else if (doing === "draw") for (const part of event.getCoalescedEvents?.() ?? [event]) actions.move(part);
    down.set(event.pointerId, event);
  });

  const over = (/** @type {PointerEvent} */ event) => {
    if (!down.delete(event.pointerId)) return;
    // The browser cancels a touch that it takes for another gesture: what it began was not meant.
    if (doing === "draw") event.type === "pointercancel" ? actions.cancel() : actions.end();
    doing = "";
  };
  element.addEventListener("pointerup", over);
  element.addEventListener("pointercancel", over);
  element.addEventListener("pointerleave", () => actions.hover(null));
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  element.addEventListener("dblclick", () => ["window", "pan"].includes(actions.tool()) && actions.fit());
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      actions.zoom(2 ** (-event.deltaY / WHEEL), [event.clientX - box.left, event.clientY - box.top]);
    },
    { passive: false },
  );
}

/** @param {PointerEvent} event @param {string} tool */
function meaning(event, tool) {
  if (event.button === MIDDLE_BUTTON) return "pan";
  if (event.button === RIGHT_BUTTON) return "zoom";
  return tool === "window" || tool === "pan" ? tool : "draw";
}

/** @param {Pane} pane @returns {[number, number]} */
function middle(pane) {
  return [pane.size.width / 2, pane.size.height / 2];
}

/**
 * Two fingers move, and zoom about the point between them.
 * @param {Pane} pane
 * @param {Map<number, PointerEvent>} down
 * @param {PointerEvent} event
 * @param {Actions} actions
 */
function pinched(pane, down, event, actions) {
  const before = /** @type {PointerEvent} */ (down.get(event.pointerId));
  const other = [...down.values()].find((each) => each.pointerId !== event.pointerId);
  if (other === undefined) return;
  const apart = (/** @type {PointerEvent} */ one) =>
    Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  const box = pane.element.getBoundingClientRect();
  const at = [(event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top];
  actions.pan((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
  actions.zoom(apart(event) / Math.max(apart(before), 1), /** @type {[number, number]} */ (at));
}

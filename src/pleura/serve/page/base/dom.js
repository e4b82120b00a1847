// @ts-check
/** Building elements without markup from data: whatever a server says becomes text, never HTML. */

/**
 * @typedef {Object<string, any>} Attributes attributes by name; `on` holds listeners by event, `class` classes;
 *   true sets an empty attribute, false, null and undefined set none
 */

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "open", "indeterminate"]);

/**
 * Make an HTML element.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {any} the element; typed loosely, for each tag has its own properties
 */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {any}
 */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/** @param {Element} element @param {Attributes} attributes @param {any[]} children */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (PROPERTIES.has(name)) {
      /** @type {any} */ (element)[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(/** @type {any} */ (child));
  }
  return element;
}

/** Put children in the place of all that an element holds. @param {Element} element @param {...any} children */
export function refill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
}

/**
 * A control of several exclusive choices, as radio buttons in a named group: arrow keys move among them.
 * @param {string} label name of the group, for those who hear it
 * @param {string} name of the radio inputs; unique on the page
 * @param {[string, string][]} choices value and words of each
 * @param {string} chosen
 * @param {(value: string) => void} onChange
 */
export function choices(label, name, choices, chosen, onChange) {
  const buttons = choices.map(([value, words]) =>
    h(
      "label",
      { class: "choice" },
      h("input", { type: "radio", name, value, checked: value === chosen, on: { change: () => onChange(value) } }),
      h("span", {}, words),
    ),
  );
  return h("fieldset", { class: "choices" }, h("legend", { class: "unseen" }, label), ...buttons);
}

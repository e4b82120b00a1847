// @ts-check
/** The finding in one plain sentence, and what stands beside it: size, classes, likelihood, warnings, sides. Pure. */

import { number, percent, t, tOr } from "../base/text.js";

/** @typedef {import("../base/api.js").Finding} Finding @typedef {import("../base/api.js").Measure} Measure */

const CLASSES = { bts_2010: "BTS 2010", bts_2023: "BTS 2023", accp_2001: "ACCP 2001" };

/** From this probability on "none found" alone would mislead; the package's own overlay has the same bound. */
const NOT_RULED_OUT = 0.1;

/** @param {Finding} finding @returns {string} */
export function sentence(finding) {
  if (!finding.present) return `${noneFound(finding)}. ${likelihood(finding)}.`;
  const sides = [...new Set(finding.regions.map((region) => region.side))];
  return `${sides.map((side) => ofSide(finding, side)).join(" ")} ${likelihood(finding)}.`;
}

/** Of a film without an outline, which need not be one without a pneumothorax. @param {Finding} finding */
export function noneFound({ calibrated, probability }) {
  return t(calibrated && probability >= NOT_RULED_OUT ? "row.doubtful" : "row.clear");
}

/** How likely a pneumothorax is; a score that is not calibrated is no probability. @param {Finding} finding */
export function likelihood({ calibrated, probability }) {
  return calibrated
    ? t("likely.probability", { value: percent(probability) })
    : t("likely.score", { value: number(probability, 2) });
}

/** What to beware of, each once: several may say the same in a reader's words. @param {Finding} finding */
export function warningsOf({ warnings }) {
  return [...new Set(warnings.map((each) => tOr(`warning.${each.code}`, each.text)))];
}

/** @param {Finding} finding @param {string} side */
function ofSide(finding, side) {
  const where = t(`summary.found.${side}`);
  const regions = finding.regions.filter((region) => region.side === side);
  const valid = finding.measures.filter(
    (each) => each.side === side && each.validity === "valid" && each.value !== null,
  );
  const share = valid.find((each) => each.name === "hemithorax_percent");
  const area = regions.every((region) => region.area_cm2 !== null)
    ? t("summary.area", {
        value: number(
          regions.reduce((all, region) => all + Number(region.area_cm2), 0),
          1,
        ),
      })
    : null;
  const classes = valid
    .filter((each) => each.name in CLASSES)
    .map((each) =>
      t("summary.class", {
        size: t(`size.${each.value}`),
        by: CLASSES[/** @type {keyof typeof CLASSES} */ (each.name)],
      }),
    );
  const told = [
    share && t("summary.hemithorax", { value: number(Number(share.value)) }),
    area,
    ...classes,
    regions.length > 1 && t("summary.parts", { count: number(regions.length) }),
  ].filter(Boolean);
  return `${[where, ...told].join(", ")}.`;
}

/**
 * Letters of the film's left and right edge, by the same rule as the package's own overlay: none where a side is
 * uncertain or the film lies sideways.
 * @param {Finding} finding @returns {[string, string]}
 */
export function sideLetters(finding) {
  const [right, left] = [t("letter.right"), t("letter.left")];
  if (
    finding.regions.some((region) => region.side === "uncertain") ||
    finding.warnings.some((warning) => warning.code === "side_uncertain")
  )
    return ["", ""];
  if (!mayBeTurned(finding)) return [right, left];
  const agree = finding.regions.map(
    (region) => (region.box.left + region.box.right) / 2 < finding.shape[1] / 2 === (region.side === "right"),
  );
  if (agree.length === 0) return ["", ""];
  return agree.every(Boolean) ? [right, left] : agree.some(Boolean) ? ["", ""] : [left, right];
}

/**
 * Letters of the film's upper and lower edge: none where it may stand on its head or lie sideways.
 * @param {Finding} finding @returns {[string, string]}
 */
export function endLetters(finding) {
  return mayBeTurned(finding) ? ["", ""] : [t("letter.head"), t("letter.feet")];
}

/** By what the sides are told, in the overlay's words. @param {Finding} finding */
export function sidesTold(finding) {
  const [atLeft] = sideLetters(finding);
  return t(atLeft === "" ? "sides.uncertain" : atLeft === t("letter.right") ? "sides.assumed" : "sides.turned");
}

/** @param {Finding} finding */
function mayBeTurned({ warnings }) {
  return warnings.some((warning) => warning.code === "orientation");
}

// @ts-check
/** The finding in one plain sentence, and what stands beside it: size, classes, likelihood. Pure. */

import { number, percent, t } from "../base/text.js";

/** @typedef {import("../base/api.js").Finding} Finding @typedef {import("../base/api.js").Measure} Measure */

const CLASSES = { bts_2010: "BTS 2010", bts_2023: "BTS 2023", accp_2001: "ACCP 2001" };

/** @param {Finding} finding @returns {string} */
export function sentence(finding) {
  const likely = t(finding.calibrated ? "summary.probability" : "summary.score", {
    value: percent(finding.probability),
  });
  if (!finding.present) return `${t("summary.none")} ${likely}`;
  const sides = [...new Set(finding.regions.map((region) => region.side))];
  return `${sides.map((side) => ofSide(finding, side)).join(" ")} ${likely}`;
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
  const turned = finding.warnings.some((warning) => warning.code === "orientation");
  if (!turned) return [right, left];
  const agree = finding.regions.map(
    (region) => (region.box.left + region.box.right) / 2 < finding.shape[1] / 2 === (region.side === "right"),
  );
  if (agree.length === 0) return ["", ""];
  return agree.every(Boolean) ? [right, left] : agree.some(Boolean) ? ["", ""] : [left, right];
}

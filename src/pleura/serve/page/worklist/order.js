// @ts-check
/** Which films come first, and which are shown: pure, over the jobs that have been told of. */

/** @typedef {import("../base/api.js").Job} Job */
/** @typedef {{order: "urgency"|"newest", show: string, search: string}} Wish */

/** How much of a hemithorax is air at the most, else how much of the film, in per cent. @param {Job} job */
export function sizeOf(job) {
  const finding = job.finding;
  if (finding === null) return 0;
  const shares = finding.measures.filter(
    (each) => each.name === "hemithorax_percent" && typeof each.value === "number",
  );
  if (shares.length > 0) return Math.max(...shares.map((each) => Number(each.value)));
  const pixels = finding.regions.reduce((all, region) => all + region.area_px, 0);
  return (100 * pixels) / (finding.shape[0] * finding.shape[1]);
}

/** The sides on which something was found. @param {Job} job @returns {string[]} */
export function sidesOf(job) {
  return [...new Set(job.finding?.regions.map((region) => region.side) ?? [])];
}

/**
 * Urgency: found and unread first, by probability and then size; what is being read or failed; what is negative, by
 * probability; what a reader has settled comes last.
 * @param {Job} job @returns {[number, number, number]} compared from the left, the smaller first
 */
function urgency(job) {
  const unread = job.reviews.length === 0;
  if (job.finding === null) return [job.status === "cancelled" ? 4 : 1, 0, 0];
  const rank = unread ? (job.finding.present ? 0 : 2) : 3;
  return [rank, -Math.round(100 * job.finding.probability), -sizeOf(job)];
}

/** @param {Job[]} jobs @param {Wish} wish @returns {Job[]} */
export function shown(jobs, wish) {
  const wanted = jobs.filter((job) => matches(job, wish));
  const later = (/** @type {Job} */ one, /** @type {Job} */ other) =>
    other.received.localeCompare(one.received) || one.id.localeCompare(other.id);
  if (wish.order === "newest") return wanted.sort(later);
  return wanted.sort((one, other) => {
    const [a, b] = [urgency(one), urgency(other)];
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || later(one, other);
  });
}

/** @param {Job} job @param {Wish} wish */
export function matches(job, { show, search }) {
  const kinds = {
    all: true,
    found: job.finding?.present === true,
    clear: job.finding?.present === false,
    unread: job.finding !== null && job.reviews.length === 0,
    waiting: job.status === "waiting" || job.status === "running",
    refused: job.status === "refused" || job.status === "failed",
  };
  if (!kinds[/** @type {keyof typeof kinds} */ (show)]) return false;
  const words = search.trim().toLowerCase();
  return words === "" || words.split(/\s+/).every((word) => told(job).includes(word));
}

/** What a search looks at; pseudonyms, never names. @param {Job} job */
function told(job) {
  const film = job.film;
  const codes = job.finding?.warnings.map((warning) => warning.code) ?? [];
  return [
    job.id,
    job.status,
    film?.view,
    film?.patient,
    film?.study,
    film?.acquired,
    job.refusal?.code,
    ...sidesOf(job),
    ...codes,
    ...job.reviews.map((review) => review.reader),
  ]
    .filter(Boolean)
    .join(" ")
    .toLowerCase();
}

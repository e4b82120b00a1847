// @ts-check
/** What the page asks of the server, and how it fails. Addresses are relative, so that a prefix of a proxy works. */

/**
 * @typedef {{code: string, reason: string, remedy: string}} Refusal
 * @typedef {{name: string, side: string|null, value: number|boolean|string|null, unit: string, validity: string,
 *   reason: string, source: string, ends?: [[number, number], [number, number]]|null}} Measure row and column of
 *   each end
 * @typedef {{side: string, area_px: number, area_cm2: number|null,
 *   box: {top: number, left: number, bottom: number, right: number}, outline: [number, number][][]}} Region
 * @typedef {{present: boolean, score: number, threshold: number, probability: number, calibrated: boolean,
 *   regions: Region[], measures: Measure[], shape: [number, number],
 *   spacing: {row_mm: number, column_mm: number, origin: string}|null, view: string,
 *   model: {name: string, version: string, sha256: string}, warnings: {code: string, text: string}[]}} Finding
 * @typedef {{version: number, verdict: string, reader: string, at: string, edited: boolean, links: Object<string,
 *   string>}} Review
 * @typedef {{rows: number, columns: number, view: string, study: string|null, patient: string|null,
 *   acquired: string|null}} Film
 * @typedef {{id: string, status: string, received: string, finished: string|null, progress: number|null,
 *   film: Film|null, finding: Finding|null, refusal: Refusal|null, reviews: Review[], links: Object<string,
 *   string>}} Job
 * @typedef {{name: string, version: string, sha256: string,
 *   thresholds: {presence: number, outline: number|null}}} Model
 */

export const ROOT = "api/v1";
const KEPT = "pleura.token";

/** What the server refused, in words for a reader. */
export class ApiError extends Error {
  /** @param {number} status of HTTP; 0 where the server was not reached @param {Partial<Refusal>} refusal */
  constructor(status, refusal) {
    super(refusal.reason ?? `HTTP ${status}`);
    this.status = status;
    this.code = refusal.code ?? "unknown";
    this.remedy = refusal.remedy ?? "";
  }
}

/** @typedef {(refused: boolean) => Promise<string|null>} AskToken `refused`: the last one was not taken */

/** @type {AskToken} */
let askToken = async () => null;

/** Say who asks the reader for a token once the server wants one. @param {AskToken} ask */
export function onTokenWanted(ask) {
  askToken = ask;
}

/** The token of this tab, if the reader gave one. */
export function keptToken() {
  return sessionStorage.getItem(KEPT);
}

/** The headers that every request carries. @returns {Object<string, string>} */
export function headers() {
  const token = keptToken();
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/**
 * Ask the server; where it wants a token, the reader is asked until it takes one or the reader gives none.
 * @param {string} path below api/v1
 * @param {RequestInit} [request]
 * @returns {Promise<Response>} one that is ok
 * @throws {ApiError}
 */
export async function ask(path, request = {}) {
  let used = keptToken();
  let response = await sent(path, request);
  while (response.status === 401 && (await wantToken(used))) {
    used = keptToken();
    response = await sent(path, request);
  }
  if (!response.ok) throw new ApiError(response.status, await refusalOf(response));
  return response;
}

/** The JSON that stands at a path. @param {string} path @param {RequestInit} [request] @returns {Promise<any>} */
export async function json(path, request) {
  return (await ask(path, request)).json();
}

/** The bytes that stand at a path. @param {string} path */
export async function bytes(path) {
  return new Uint8Array(await (await ask(path)).arrayBuffer());
}

/** Send JSON. @param {string} path @param {any} body @returns {Promise<any>} */
export function post(path, body) {
  return json(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/**
 * Ask for a token and keep it for this tab. One question at a time; none where another was given meanwhile.
 * @param {string|null} used the token that was not taken
 * @returns {Promise<boolean>} false where the reader gave none
 */
export async function wantToken(used) {
  if (keptToken() !== used) return true;
  question ??= askToken(used !== null).then((token) => {
    question = null;
    if (token) sessionStorage.setItem(KEPT, token);
    return Boolean(token);
  });
  return question;
}
/** @type {Promise<boolean>|null} */
let question = null;

/** What a failed answer says. @param {{text: () => Promise<string>}} response @returns {Promise<Partial<Refusal>>} */
export async function refusalOf(response) {
  try {
    return JSON.parse(await response.text()).error ?? {};
  } catch {
    return {}; // a proxy's page, not the server's word: the status has to do
  }
}

/** @param {string} path @param {RequestInit} request */
async function sent(path, request) {
  try {
    return await fetch(`${ROOT}/${path}`, { ...request, headers: { ...headers(), ...request.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "offline", reason: String(error) });
  }
}

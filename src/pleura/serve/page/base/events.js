// @ts-check
/** What happens at the server, as it happens: server-sent events over fetch, for EventSource can send no token. */

import { ask } from "./api.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;

/** Cuts a stream of text into events (WHATWG HTML, 9.2.6). */
export class EventParser {
  constructor() {
    this.rest = "";
  }

  /**
   * @param {string} text the next piece
   * @returns {{event: string, data: string}[]} those that are whole by now
   */
  push(text) {
    const blocks = (this.rest + text).replace(/\r\n?/g, "\n").split("\n\n");
    this.rest = /** @type {string} */ (blocks.pop());
    return blocks.map(parsed).filter((each) => each.data !== "");
  }
}

/** @param {string} block */
function parsed(block) {
  const found = { event: "message", data: "" };
  for (const line of block.split("\n")) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? ["", "", ""];
    if (field === "event") found.event = value;
    if (field === "data") found.data += (found.data ? "\n" : "") + value;
  }
  return found;
}

/**
 * Listen until stopped; a lost line is taken up again, later and later up to 15 s.
 * @param {string} path
 * @param {(event: string, data: any) => void} onEvent
 * @param {(live: boolean) => void} onState whether the line stands; true comes after every new start
 * @returns {() => void} stops it
 */
export function listen(path, onEvent, onState) {
  const stopped = new AbortController();
  let wait = FIRST_WAIT_MS;
  const run = async () => {
    while (!stopped.signal.aborted) {
      try {
        const response = await ask(path, { signal: stopped.signal, headers: { Accept: "text/event-stream" } });
        onState(true);
        wait = FIRST_WAIT_MS;
        await readAll(response, onEvent);
      } catch (error) {
        if (stopped.signal.aborted) return;
        console.info("events: the line to the server is lost, trying again", error);
      }
      if (stopped.signal.aborted) return;
      onState(false);
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  };
  run();
  return () => stopped.abort();
}

/** @param {Response} response @param {(event: string, data: any) => void} onEvent */
async function readAll(response, onEvent) {
  const parser = new EventParser();
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const each of parser.push(decoder.decode(value, { stream: true })))
      onEvent(each.event, JSON.parse(each.data));
  }
}

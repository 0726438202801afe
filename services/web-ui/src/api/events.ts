/** Server-Sent Events over fetch: unlike EventSource it can send the token, and says why it failed. */

import { request } from "./client";

export interface ServerEvent {
  event: string;
  data: string;
}

/** Read one stream to its end. Rejects with ApiError or an AbortError. */
export async function readEvents(
  path: string,
  onEvent: (event: ServerEvent) => void,
  signal: AbortSignal,
  onOpen?: () => void,
): Promise<void> {
  const response = await request(path, { headers: { Accept: "text/event-stream" }, signal });
  onOpen?.();
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parse = eventParser(onEvent);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parse(value);
  }
}

/** A parser that takes the stream in pieces of any size. Comments and fields other than event and data are left out. */
export function eventParser(onEvent: (event: ServerEvent) => void): (text: string) => void {
  let rest = "";
  let event = "message";
  let data: string[] = [];
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) onEvent({ event, data: data.join("\n") });
        event = "message";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") event = value;
      else if (field === "data") data.push(value);
    }
  };
}

export interface Following {
  path: string;
  onEvent: (event: ServerEvent) => void;
  /** Whether the stream is open; false while it is tried again. */
  onConnected?: (connected: boolean) => void;
  signal: AbortSignal;
  /** A stream that ended by itself is opened again, too, unless this says no. */
  again?: () => boolean;
}

/** Follow a stream until the signal: after a break it is opened again, after 0.5 s at first and at most every 5 s. */
export async function followEvents({ path, onEvent, onConnected, signal, again }: Following): Promise<void> {
  let wait = 500;
  while (!signal.aborted) {
    try {
      await readEvents(
        path,
        onEvent,
        signal,
        // A stream of a server on which nothing happens has no events for long.
        () => {
          wait = 500;
          onConnected?.(true);
        },
      );
    } catch {
      if (signal.aborted) return;
    }
    onConnected?.(false);
    if (again?.() === false) return;
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, 5_000);
  }
}

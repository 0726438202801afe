import { describe, expect, it } from "vitest";
import { eventParser, type ServerEvent } from "./events";

const CASES: [string, string[], ServerEvent[]][] = [
  ["one event", ['event: job\ndata: {"id":1}\n\n'], [{ event: "job", data: '{"id":1}' }]],
  ["in pieces", ["eve", "nt: a\nda", "ta: x\n", "\n"], [{ event: "a", data: "x" }]],
  ["several lines of data", ["data: a\ndata: b\n\n"], [{ event: "message", data: "a\nb" }]],
  [
    "comments and other fields",
    [": beat\n\nid: 3\nretry: 9\ndata: x\n\n"],
    [{ event: "message", data: "x" }],
  ],
  [
    "carriage returns",
    ["data: x\r\n\r\ndata: y\r\n", "\r\n"],
    [
      { event: "message", data: "x" },
      { event: "message", data: "y" },
    ],
  ],
  ["an event without data is none", ["event: a\n\n"], []],
  ["an unfinished event is none", ["data: x\n"], []],
];

describe("eventParser", () => {
  it.each(CASES)("reads %s", (_name, pieces, expected) => {
    const found: ServerEvent[] = [];
    const parse = eventParser((event) => found.push(event));
    for (const piece of pieces) parse(piece);
    expect(found).toEqual(expected);
  });
});

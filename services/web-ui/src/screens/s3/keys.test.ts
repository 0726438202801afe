import { describe, expect, it } from "vitest";
import { foldersOf, nameUnder, s3Path } from "./keys";

describe("names of objects", () => {
  it.each([
    ["", []],
    ["a/", ["a/"]],
    ["a/b c/", ["a/", "a/b c/"]],
    ["a//b/", ["a/", "a//", "a//b/"]],
  ])("%j is in the folders %j", (prefix, expected) => {
    expect(foldersOf(prefix).map((folder) => folder.prefix)).toEqual(expected);
  });

  it.each([
    ["a/", "a/b.csv", "b.csv"],
    ["a/", "a/", "."],
    ["", "x", "x"],
  ])("under %j the key %j is called %j", (prefix, key, name) => {
    expect(nameUnder(prefix, key)).toBe(name);
  });

  it("keeps odd letters of a prefix in the address", () => {
    const path = s3Path("b", "a?&/ü +/");
    expect(new URLSearchParams(path.split("?").slice(1).join("?")).get("prefix")).toBe("a?&/ü +/");
  });
});

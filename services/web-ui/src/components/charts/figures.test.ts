import { describe, expect, it } from "vitest";
import { figure, histogramLabel, percent } from "./figures";

describe("figures", () => {
  it.each([
    [0, 10, "0 %"],
    [1, 10_000, "< 0.1 %"],
    [9_999, 10_000, "> 99.9 %"],
    [10, 10, "100 %"],
    [1, 30, "3.3 %"],
    [0, 0, "0 %"],
  ])("%d of %d is %s", (part, whole, text) => {
    expect(percent(part, whole)).toBe(text);
  });

  it.each([
    [null, "NULL"],
    [1234.56789, "1,234.6"],
    [12_345_678, "12.35M"],
    ["2024-01-01", "2024-01-01"],
    [{ a: 1 }, '{"a":1}'],
  ])("%o is shown as %s", (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it("states what a histogram shows", () => {
    const bins = [
      { low: 0, high: 10, count: 1 },
      { low: 10, high: 20, count: 9 },
    ];
    expect(histogramLabel("price", bins)).toBe(
      "Histogram of price, from 0 to 20 in 2 steps; most values (9) are between 10 and 20",
    );
    expect(histogramLabel("price", [])).toBe("price: no values");
  });
});

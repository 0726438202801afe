import { beforeEach, vi } from "vitest";

/** jsdom lays nothing out; what is virtual shows as much as fits into this size. Call it at the top of a file of tests. */
export function fakeLayout(width = 1000, height = 600): void {
  beforeEach(() => {
    vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(width);
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(height);
    vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(height);
    vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(width);
  });
}

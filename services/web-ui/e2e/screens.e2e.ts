/** Every screen, in light and dark, wide and narrow: accessible, quiet, and no wider than the window. */

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  axeFindings,
  DESKTOP,
  expectQuiet,
  launch,
  overflow,
  screenshot,
  settled,
  VIEWS,
  visit,
} from "./browser";
import { experiment, run } from "./environment";

const SCREENS = [
  { name: "overview", path: "/" },
  { name: "experiments", path: "/experiments" },
  { name: "new-experiment", path: "/new-experiment?form=sql" },
  { name: "experiment", path: `/experiments/${experiment}` },
  { name: "key-graph", path: `/experiments/${experiment}/graph` },
  { name: "run", path: `/experiments/${experiment}/runs/${run}` },
  { name: "sql", path: "/sql" },
  { name: "data", path: "/data" },
  { name: "s3", path: "/s3" },
  { name: "no-such-screen", path: "/none/such" },
  { name: "no-such-experiment", path: "/experiments/none_such", refused: true },
];

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(SCREENS)("$name", ({ name, path, refused }) => {
  test("is accessible and fits", async () => {
    const { page, complaints, close } = await visit(browser, path);
    const findings: string[] = [];
    for (const view of VIEWS) {
      const label = `${name}-${view.width}-${view.scheme}`;
      await page.setViewportSize({ width: view.width, height: view.height });
      await page.emulateMedia({ colorScheme: view.scheme });
      await settled(page);
      await screenshot(page, label);
      findings.push(...(await axeFindings(page)).map((finding) => `${label}: ${finding}`));
      const over = await overflow(page);
      if (over > 0) findings.push(`${label}: the page is ${over} pixels wider than the window`);
    }
    expect(findings).toEqual([]);
    // A browser writes a line of its own about every request that is answered with an error.
    expectQuiet(complaints.filter((each) => !(refused === true && each.includes("status of 404"))));
    await close();
  });
});

test("the menu opens on a narrow screen, and leads on", async () => {
  const { page, complaints, close } = await visit(browser, "/", { ...DESKTOP, width: 400 });
  await page.getByRole("button", { name: "Open the menu" }).click();
  await page.getByRole("navigation").getByRole("link", { name: "Experiments" }).click();
  await page.waitForURL("**/experiments");
  await settled(page);
  expectQuiet(complaints);
  await close();
});

test("the colours can be chosen, and are kept", async () => {
  const { page, close } = await visit(browser, "/");
  await page.getByRole("button", { name: "Use dark colours" }).click();
  await page.reload();
  await settled(page);
  expect(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme)).toBe("dark");
  await close();
});

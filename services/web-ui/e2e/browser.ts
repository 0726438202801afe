/** A real Chromium on the served UI, and what every test of it wants to know. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { artifacts, chromiumPath, url } from "./environment";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export type Scheme = "light" | "dark";

export interface View {
  width: number;
  height: number;
  scheme: Scheme;
}

export const DESKTOP: View = { width: 1280, height: 800, scheme: "light" };
export const VIEWS: View[] = [
  DESKTOP,
  { width: 1280, height: 800, scheme: "dark" },
  { width: 400, height: 800, scheme: "light" },
  { width: 400, height: 800, scheme: "dark" },
];

/** Chromium with a profile of its own, which goes when it is closed. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, headless: true, args: FLAGS });
}

export interface Visit {
  page: Page;
  /** What the browser complained about, in its own words. */
  complaints: string[];
  close: () => Promise<void>;
}

export async function visit(browser: Browser, path: string, view: View = DESKTOP): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: view.width, height: view.height },
    colorScheme: view.scheme,
    reducedMotion: "reduce",
    acceptDownloads: true,
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  await page.goto(path);
  await settled(page);
  return { page, complaints, close: () => context.close() };
}

/** Waits until the screen is there: it has its heading, and nothing says that it still loads. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.waitForFunction(
    () =>
      document.querySelectorAll('[aria-busy="true"], .mantine-Skeleton-root, .mantine-Loader-root').length ===
      0,
  );
}

export async function screenshot(page: Page, name: string, folder: string = artifacts): Promise<void> {
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled", caret: "hide" });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The rules of WCAG 2.2 AA, and axe's own of good practice, that the page breaks: one line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's content security policy does not rule.
  await page.evaluate(AXE);
  const results = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return results.violations.flatMap((violation) =>
    violation.nodes.map(
      (node) =>
        `${violation.id} (${violation.impact}): ${node.target.join(" ")}: ${node.failureSummary ?? ""}`,
    ),
  );
}

/** Pixels by which the page is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

export function expectQuiet(complaints: string[]): void {
  expect(complaints).toEqual([]);
}

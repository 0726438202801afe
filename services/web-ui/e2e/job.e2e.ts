/** The whole job in the browser: import DDL, confirm, generate and load with progress, query both, compare, export, delete. */

import { readFile } from "node:fs/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectQuiet, launch, screenshot, settled, visit } from "./browser";

const NAME = "ui_job";
const TABLES = `CREATE TABLE customers (
  id INTEGER NOT NULL PRIMARY KEY,
  name VARCHAR(60) NOT NULL,
  country CHAR(2)
);
CREATE TABLE orders (
  id INTEGER NOT NULL PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  total DECIMAL(10, 2) NOT NULL,
  ordered_at TIMESTAMP
);`;

let browser: Browser;
let page: Page;
let complaints: string[];
let close: () => Promise<void>;

beforeAll(async () => {
  browser = await launch();
  ({ page, complaints, close } = await visit(browser, "/experiments"));
});
afterAll(async () => {
  await close();
  await browser.close();
});

/** Puts a text into one of the code editors. */
async function write(editor: Locator, text: string): Promise<void> {
  await editor.click();
  await editor.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

test("DDL with a mistake is refused at its line, and the text is kept", async () => {
  await page.goto("/new-experiment?form=sql");
  await settled(page);
  await page.getByRole("textbox", { name: "Name" }).fill(NAME);
  const editor = page.getByRole("textbox", { name: "SQL import of the experiment" });
  await write(editor, TABLES.replace("name VARCHAR(60)", "name VARCHAR(60"));
  await page.getByRole("button", { name: "Check" }).click();
  const findings = page.getByRole("region", { name: "What was found" });
  await findings
    .getByText(/^line \d+:\d+$/)
    .first()
    .waitFor();
  await screenshot(page, "job-1-mistake");
  expect(await editor.textContent()).toContain("customer_id INTEGER NOT NULL");
  // The browser itself writes a line about the answer 422.
  expectQuiet(complaints.splice(0).filter((each) => !each.includes("status of 422")));
});

test("the interpreted tables are confirmed before anything is stored", async () => {
  await write(page.getByRole("textbox", { name: "SQL import of the experiment" }), TABLES);
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("heading", { name: "What would be created" }).waitFor();
  await screenshot(page, "job-2-confirm");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.waitForURL(`**/experiments/${NAME}`);
  await settled(page);
});

test("a run is generated and loaded, and the page follows it", async () => {
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "orders" }).fill("20000");
  await dialog.getByRole("checkbox", { name: /Load afterwards/ }).setChecked(true);
  await screenshot(page, "job-3-generate");
  await dialog.getByRole("button", { name: "Generate", exact: true }).click();
  await page.waitForURL(`**/experiments/${NAME}/runs/*`);
  const load = page.getByRole("region", { name: /^Load job/ });
  await load.getByText("completed", { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByRole("heading", { name: "Files" }).waitFor();
  await settled(page);
  await screenshot(page, "job-4-run");
  expectQuiet(complaints.splice(0));
});

const SQL = "select country, count(*) as customers from customers group by country order by country";

/** Opens the workspace with a query, as links of other screens do, and runs it. */
async function run(warehouse: string): Promise<void> {
  await page.goto(`/sql?${new URLSearchParams({ warehouse, experiment: NAME, sql: SQL })}`);
  await settled(page);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page
    .getByRole("status")
    .filter({ hasText: /^[\d,]+ rows? · / })
    .waitFor({ timeout: 30_000 });
}

test("a query runs on both warehouses, and becomes a chart", async () => {
  for (const warehouse of ["redshift", "snowflake"]) {
    await run(warehouse);
    await page.getByRole("grid", { name: /^Result of/ }).waitFor();
    await screenshot(page, `job-5-${warehouse}`);
  }
  await page.locator("label", { hasText: "Chart" }).click();
  await page.locator("svg.recharts-surface").first().waitFor();
  await screenshot(page, "job-6-chart");
  expectQuiet(complaints.splice(0));
});

test("both give the same", async () => {
  await page.getByRole("button", { name: "Compare" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Compare", exact: true }).click();
  await dialog.getByText("The results are equal").waitFor({ timeout: 30_000 });
  await screenshot(page, "job-7-compare");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expectQuiet(complaints.splice(0));
});

test("the result is saved as a file", async () => {
  await run("redshift");
  await page.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "CSV", exact: true }).click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).trim().split(/\r?\n/);
  expect(lines[0]?.toLowerCase()).toBe("country,customers");
  const total = lines.slice(1).reduce((sum, line) => sum + Number(line.split(",").at(-1)), 0);
  expect(total).toBe(1000);
  expectQuiet(complaints.splice(0));
});

test("the experiment is deleted with its tables", async () => {
  await page.goto(`/experiments/${NAME}?tab=settings`);
  await settled(page);
  await page.getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText(/^Deleted ui_job and 4 tables/).waitFor({ timeout: 30_000 });
  await page.waitForURL("**/experiments");
  expectQuiet(complaints.splice(0));
});

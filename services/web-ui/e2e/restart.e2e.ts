/** The API is restarted in the middle of a job: the run is marked, nothing is stuck, and the open page finds back by itself. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, screenshot, settled, visit } from "./browser";
import { dwSim, url } from "./environment";

const NAME = "ui_restart";
const ROWS = 40_000_000;

async function api(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${url}/api/experiments${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
  const sql = "create table events (id int primary key, name varchar(40), note varchar(80), at timestamp)";
  const options = { name: NAME, dialect: "redshift", target_rows: ROWS, target_warehouse: ["sqlite"] };
  expect((await api("POST", "/import-sql", { sql, ...options })).status).toBe(201);
});
afterAll(async () => {
  await browser.close();
  expect((await api("DELETE", `/${NAME}`)).status).toBe(200);
});

async function dwSimulator(...options: string[]): Promise<string> {
  const [command, ...first] = dwSim as [string, ...string[]];
  return (await promisify(execFile)(command, [...first, ...options], { timeout: 60_000 })).stdout;
}

/** Ends the API's process as a crash does; the supervisor starts it again. */
async function crash(): Promise<void> {
  const { services } = JSON.parse(await dwSimulator("status", "--json")) as {
    services: { name: string; pid: number }[];
  };
  const pid = services.find((service) => service.name === "api")?.pid;
  expect(pid).toBeGreaterThan(1);
  process.kill(pid as number, "SIGKILL");
}

const ENDS = [
  { how: "crashes", end: crash, state: "aborted" },
  { how: "is restarted", end: () => dwSimulator("restart", "api"), state: "cancelled" },
];

test.each(ENDS)("an open page finds back when the API $how", async ({ end, state }) => {
  const { page, close } = await visit(browser, `/experiments/${NAME}`);
  await page.getByRole("button", { name: "Generate" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: /Load afterwards/ }).setChecked(false);
  await dialog.getByRole("button", { name: "Generate", exact: true }).click();
  await page.waitForURL(`**/experiments/${NAME}/runs/*`);
  await page.getByText("running", { exact: true }).first().waitFor();

  const ended = end();
  await page.getByText("What you see may be old").waitFor({ timeout: 30_000 });
  await screenshot(page, `restart-${state}-disconnected`);
  await ended;

  await page.getByText("What you see may be old").waitFor({ state: "detached", timeout: 45_000 });
  await page.getByText(state, { exact: true }).first().waitFor({ timeout: 30_000 });
  await settled(page);
  await screenshot(page, `restart-${state}-reconnected`);
  // Nothing holds the experiment: another run could begin.
  expect(await page.getByRole("button", { name: "Generate again" }).isEnabled()).toBe(true);
  await close();
});

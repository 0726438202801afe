/** The pictures of the user guide (`make screenshots`). */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { DESKTOP, launch, type Scheme, screenshot, settled, visit } from "./browser";
import { experiment, run as runId } from "./environment";

const SQL = `select c.country, count(*) as orders, sum(o.amount) as revenue
from orders o
join customers c on c.id = o.customer_id
group by c.country
order by revenue desc
limit 12`;
const workspace = `/sql?${new URLSearchParams({ warehouse: "snowflake", experiment, sql: SQL })}`;

async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("grid", { name: /^Result of/ }).waitFor();
}

interface Shot {
  name: string;
  path: string;
  scheme?: Scheme;
  act?: (page: Page) => Promise<void>;
}

const SHOTS: Shot[] = [
  { name: "overview", path: "/" },
  { name: "experiments", path: "/experiments" },
  {
    name: "import",
    path: "/new-experiment?form=sql",
    act: async (page) => {
      await page.getByRole("button", { name: "Begin with an example" }).click();
      await page.getByRole("button", { name: "Check" }).click();
      await page.getByRole("heading", { name: "What would be created" }).waitFor();
    },
  },
  { name: "experiment", path: `/experiments/${experiment}` },
  {
    name: "generate",
    path: `/experiments/${experiment}`,
    act: async (page) => {
      await page.getByRole("button", { name: "Generate", exact: true }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "run", path: `/experiments/${experiment}/runs/${runId}` },
  { name: "keys", path: `/experiments/${experiment}/graph` },
  { name: "sql", path: workspace, act: run },
  {
    name: "chart",
    path: workspace,
    scheme: "dark",
    act: async (page) => {
      await run(page);
      await page.locator("label", { hasText: "Chart" }).click();
      await page.locator("svg.recharts-surface").first().waitFor();
    },
  },
  {
    name: "compare",
    path: workspace,
    act: async (page) => {
      await page.getByRole("button", { name: "Compare" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Compare", exact: true }).click();
      await page.getByText(/^The results (are equal|differ)$/).waitFor();
    },
  },
  { name: "data", path: "/data" },
  { name: "s3", path: "/s3" },
];

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test.each(SHOTS)("$name", async ({ name, path, scheme = "light", act }) => {
  const { page, close } = await visit(browser, path, { ...DESKTOP, scheme });
  await act?.(page);
  await settled(page);
  await screenshot(page, `ui-${name}`);
  await close();
});

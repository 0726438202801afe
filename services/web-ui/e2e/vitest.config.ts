import { defineConfig } from "vitest/config";

// Started by tests/e2e/test_web_ui.py, which has the stack: see there for the variables.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["*.e2e.ts", "screenshots.ts"],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});

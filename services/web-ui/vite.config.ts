import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env.DW_SIMULATOR_API_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../../src/dw_simulator/api/ui",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    // Browsers that know light-dark(): written out for older ones it takes its scheme from a rule that Mantine does not have.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    // Browsers of the CSP would refuse data: scripts and workers anyway.
    assetsInlineLimit: 0,
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    strictPort: true,
    // The development server is the page's origin; the API must see a request of its own host.
    proxy: {
      "^/(api|health|metrics|openapi.json)": { target: api, changeOrigin: true, headers: { origin: api } },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // Components of a busy machine of CI take their time; what hangs is still found.
    testTimeout: 30_000,
  },
});

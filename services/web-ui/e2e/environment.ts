/** What tests/e2e/test_web_ui.py tells of the stack under test. */

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "")
    throw new Error(`${name} is not set: run pytest tests/e2e/test_web_ui.py`);
  return value;
}

export const url = required("E2E_URL").replace(/\/$/, "");
export const artifacts = required("E2E_ARTIFACTS");
export const chromiumPath = required("E2E_CHROMIUM");
/** The command `dw-sim` of the stack's home, as a list. */
export const dwSim: string[] = JSON.parse(required("E2E_DW_SIM"));
/** An experiment that is loaded into both warehouses. */
export const experiment = required("E2E_EXPERIMENT");
/** A completed run of it. */
export const run = required("E2E_RUN");

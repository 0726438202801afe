/** The tabs of the SQL workspace, kept in the browser. */

import { useCallback, useEffect, useReducer } from "react";
import type { Warehouse } from "~/api/queries";

export interface Tab {
  id: string;
  name: string;
  sql: string;
  warehouse: Warehouse | null;
  experiment: string | null;
  /** The saved query it was opened from or saved as. */
  saved: number | null;
}

export interface Tabs {
  tabs: Tab[];
  active: string;
}

export type TabContent = Partial<Omit<Tab, "id">>;

export type TabAction =
  | { kind: "open"; id: string; content: TabContent }
  | { kind: "change"; id: string; content: TabContent }
  | { kind: "close"; id: string; next: string }
  | { kind: "show"; id: string };

export function tabsAfter(state: Tabs, action: TabAction): Tabs {
  switch (action.kind) {
    case "open": {
      const same = state.tabs.find((each) => isSame(each, action.content));
      if (same) return { ...state, active: same.id };
      const tab = { ...blank(action.id, freeName(state.tabs)), ...action.content };
      const shown = state.tabs.find((each) => each.id === state.active);
      // A tab that nothing was written into gives its place.
      const place = shown && shown.sql.trim() === "" && tab.sql !== "" ? shown.id : null;
      const tabs = place
        ? state.tabs.map((each) =>
            each.id === place ? { ...tab, name: action.content.name ?? each.name } : each,
          )
        : [...state.tabs, tab];
      return { tabs, active: tab.id };
    }
    case "change":
      return {
        ...state,
        tabs: state.tabs.map((tab) => (tab.id === action.id ? { ...tab, ...action.content } : tab)),
      };
    case "close": {
      const place = state.tabs.findIndex((tab) => tab.id === action.id);
      const left = state.tabs.filter((tab) => tab.id !== action.id);
      const tabs = left.length > 0 ? left : [blank(action.next, "Query 1")];
      const neighbour = tabs[Math.min(Math.max(place, 0), tabs.length - 1)];
      return { tabs, active: state.active === action.id ? (neighbour?.id ?? "") : state.active };
    }
    case "show":
      return { ...state, active: action.id };
  }
}

/** The same text in the same place: it is shown, not opened a second time. */
function isSame(tab: Tab, { sql, warehouse, experiment, saved }: TabContent): boolean {
  if (saved != null && tab.saved === saved) return true;
  if (!sql) return false;
  return tab.sql === sql && tab.warehouse === (warehouse ?? null) && tab.experiment === (experiment ?? null);
}

function blank(id: string, name: string): Tab {
  return { id, name, sql: "", warehouse: null, experiment: null, saved: null };
}

function freeName(tabs: readonly Tab[]): string {
  const used = new Set(tabs.map((tab) => tab.name));
  let number = 1;
  while (used.has(`Query ${number}`)) number += 1;
  return `Query ${number}`;
}

const KEY = "dw-simulator-sql-tabs";

export function storedTabs(text: string | null, id: string): Tabs {
  const fresh = { tabs: [blank(id, "Query 1")], active: id };
  try {
    const found = JSON.parse(text ?? "null") as Tabs | null;
    const tabs = (found?.tabs ?? [])
      .filter((tab) => typeof tab.id === "string" && typeof tab.sql === "string")
      .map((tab) => ({ ...blank(tab.id, "Query"), ...tab }));
    const first = tabs[0];
    if (!first) return fresh;
    return {
      tabs,
      active: tabs.some((tab) => tab.id === found?.active) ? (found?.active ?? first.id) : first.id,
    };
  } catch {
    return fresh;
  }
}

export function newId(): string {
  // randomUUID is only there on secure origins.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function useTabs() {
  const [state, dispatch] = useReducer(tabsAfter, null, () => storedTabs(localStorage.getItem(KEY), newId()));
  useEffect(() => {
    const timer = setTimeout(() => keep(state), 300);
    return () => {
      clearTimeout(timer);
      keep(state);
    };
  }, [state]);
  const open = useCallback((content: TabContent) => dispatch({ kind: "open", id: newId(), content }), []);
  const change = useCallback(
    (id: string, content: TabContent) => dispatch({ kind: "change", id, content }),
    [],
  );
  const close = useCallback((id: string) => dispatch({ kind: "close", id, next: newId() }), []);
  const show = useCallback((id: string) => dispatch({ kind: "show", id }), []);
  const active = state.tabs.find((tab) => tab.id === state.active) ?? (state.tabs[0] as Tab);
  return { tabs: state.tabs, active, open, change, close, show };
}

/** Without room in the browser's store the tabs live as long as the page. */
function keep(state: Tabs): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    localStorage.removeItem(KEY);
  }
}

import { QueryClient } from "@tanstack/react-query";
import { type RenderResult, render } from "@testing-library/react";
import type { ReactElement } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { Providers } from "~/Providers";
import { routes } from "~/routes";

function client(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false } } });
}

/** One component, with what all have around them, at an address. */
export function renderAt(element: ReactElement, path = "/", pattern = "*"): RenderResult {
  const router = createMemoryRouter([{ path: pattern, element }], { initialEntries: [path] });
  return render(
    <Providers client={client()}>
      <RouterProvider router={router} />
    </Providers>,
  );
}

/** The whole application at an address. */
export function renderApp(path: string): RenderResult {
  const router = createMemoryRouter(routes, { initialEntries: [path] });
  return render(
    <Providers client={client()}>
      <RouterProvider router={router} />
    </Providers>,
  );
}

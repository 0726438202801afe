import { createBrowserRouter, type RouteObject } from "react-router";
import { NoSuchScreen, RouteError } from "~/components/RouteError";
import { ScreenSkeleton, Shell } from "~/layout/Shell";

/** Each screen is a file of its own that is fetched when it is first shown. */
export const routes: RouteObject[] = [
  {
    path: "/",
    element: <Shell />,
    hydrateFallbackElement: <ScreenSkeleton />,
    children: [
      {
        errorElement: <RouteError />,
        children: [
          {
            index: true,
            lazy: async () => ({ Component: (await import("./screens/overview/Overview")).Overview }),
          },
          {
            path: "experiments",
            lazy: async () => ({
              Component: (await import("./screens/experiments/Experiments")).Experiments,
            }),
          },
          {
            path: "new-experiment",
            lazy: async () => ({ Component: (await import("./screens/create/Create")).Create }),
          },
          {
            path: "experiments/:name",
            lazy: async () => ({
              Component: (await import("./screens/experiment/ExperimentPage")).ExperimentPage,
            }),
          },
          {
            path: "experiments/:name/runs/:id",
            lazy: async () => ({ Component: (await import("./screens/run/RunPage")).RunPage }),
          },
          {
            path: "jobs/:id",
            lazy: async () => ({ Component: (await import("./screens/jobs/JobPage")).JobPage }),
          },
          {
            path: "experiments/:name/graph",
            lazy: async () => ({ Component: (await import("./screens/graph/GraphPage")).GraphPage }),
          },
          ...["data", "data/:warehouse", "data/:warehouse/:database/:schema/:table"].map((path) => ({
            path,
            lazy: async () => ({ Component: (await import("./screens/data/DataBrowser")).DataBrowser }),
          })),
          ...["s3", "s3/:bucket"].map((path) => ({
            path,
            lazy: async () => ({ Component: (await import("./screens/s3/S3Browser")).S3Browser }),
          })),
          {
            path: "sql",
            lazy: async () => ({ Component: (await import("./screens/sql/SqlWorkspace")).SqlWorkspace }),
          },
          { path: "*", element: <NoSuchScreen /> },
        ],
      },
    ],
  },
];

export function createRouter() {
  return createBrowserRouter(routes);
}

/** One stream of the server's events for the whole page; it keeps the cached queries fresh. */

import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { followEvents } from "./events";
import { keys } from "./keys";

const Connected = createContext(true);

/** Whether the server's events arrive; null-free: true until the first break is noticed. */
export function useConnected(): boolean {
  return useContext(Connected);
}

interface EventJob {
  id: number;
  state: string;
}

export function LiveEvents({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [connected, setConnected] = useState(true);

  useEffect(() => {
    const stop = new AbortController();
    let wasConnected = true;
    void followEvents({
      path: "/api/events",
      signal: stop.signal,
      onConnected: (now) => {
        if (now && !wasConnected) void client.invalidateQueries();
        wasConnected = now;
        setConnected(now);
      },
      onEvent: ({ event, data }) => {
        if (event === "job") {
          const job = JSON.parse(data) as EventJob;
          const known = client.getQueryData(keys.job(job.id)) !== undefined;
          client.setQueryData(keys.job(job.id), job);
          client.setQueriesData<EventJob[]>({ queryKey: keys.jobs }, (jobs) =>
            jobs?.map((each) => (each.id === job.id ? job : each)),
          );
          // Its progress comes with the events; what depends on a job changes when it begins and when it ends.
          if (known && job.state === "running") return;
          void client.invalidateQueries({ queryKey: keys.jobs });
          void client.invalidateQueries({ queryKey: keys.experiments });
          if (job.state !== "running") void client.invalidateQueries({ queryKey: keys.warehouses });
        } else if (event === "experiments") {
          const { change } = JSON.parse(data) as { change: string };
          // What is gone is not asked for again: its page is left, or says so when it is next looked at.
          void client.invalidateQueries({ queryKey: keys.experiments, exact: change === "deleted" });
        }
      },
    });
    return () => stop.abort();
  }, [client]);

  return <Connected value={connected}>{children}</Connected>;
}

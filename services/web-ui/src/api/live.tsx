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
          const job = JSON.parse(data) as { id: number; experiment: string; state: string };
          client.setQueryData(keys.job(job.id), job);
          if (job.state !== "running") {
            void client.invalidateQueries({ queryKey: keys.experiments });
            void client.invalidateQueries({ queryKey: keys.warehouses });
          }
          void client.invalidateQueries({ queryKey: keys.jobs });
        } else if (event === "experiments") {
          void client.invalidateQueries({ queryKey: keys.experiments });
        }
      },
    });
    return () => stop.abort();
  }, [client]);

  return <Connected value={connected}>{children}</Connected>;
}

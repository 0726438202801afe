/** The stack itself: its services, how clients connect to them, and what this server is. */

import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, body, call, type Schemas } from "./client";
import { keys } from "./keys";

export type Service = Schemas["ServiceAnswer"];

export interface Connection {
  service: string;
  client: string;
  title: string;
  language: "bash" | "python" | "yaml" | "text";
  text: string;
}

export interface About {
  version: string;
  home: string;
  started_at: string;
  metadata_path: string;
  remote_targets: string[];
}

export function useServices() {
  return useQuery<Schemas["ServicesAnswer"], ApiError>({
    queryKey: keys.services,
    queryFn: () => body(api.GET("/api/services")),
    refetchInterval: 5_000,
  });
}

export function useConnections() {
  return useQuery<Connection[], ApiError>({
    queryKey: keys.connections,
    queryFn: () => call("GET", "/api/connections"),
    staleTime: 60_000,
  });
}

export function useAbout() {
  return useQuery<About, ApiError>({
    queryKey: keys.about,
    queryFn: () => call("GET", "/api/about"),
    staleTime: 60_000,
  });
}

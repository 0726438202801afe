/** The stack itself: its services, how clients connect to them, and what this server is. */

import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, body, type Schemas } from "./client";
import { keys } from "./keys";

export type Service = Schemas["ServiceAnswer"];

export type Connection = Schemas["ConnectionAnswer"];
export type About = Schemas["AboutAnswer"];

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
    queryFn: () => body(api.GET("/api/connections")),
    staleTime: 60_000,
  });
}

export function useAbout() {
  return useQuery<About, ApiError>({
    queryKey: keys.about,
    queryFn: () => body(api.GET("/api/about")),
    staleTime: 60_000,
  });
}

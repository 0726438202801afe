/** The object store of the settings: its buckets, what is under a prefix, the beginning of an object. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";
import { download } from "./download";
import { keys } from "./keys";

export type Bucket = Schemas["BucketAnswer"];
export type StoredObject = Schemas["ObjectAnswer"];
export type ObjectPreview = Schemas["PreviewAnswer"];

export function useBuckets() {
  return useQuery({
    queryKey: [...keys.s3, "buckets"],
    queryFn: ({ signal }) => body(api.GET("/api/s3/buckets", { signal })),
    retry: false,
  });
}

/** What is right under a prefix, page by page. */
export function useObjects(bucket: string, prefix: string) {
  return useInfiniteQuery({
    queryKey: [...keys.s3, "objects", bucket, prefix],
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/s3/buckets/{bucket}/objects", {
          params: { path: { bucket }, query: { prefix, ...(pageParam !== null && { token: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_token,
    retry: false,
  });
}

export function useObjectPreview(bucket: string, key: string) {
  return useQuery({
    queryKey: [...keys.s3, "preview", bucket, key],
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/s3/buckets/{bucket}/preview", {
          params: { path: { bucket }, query: { key, limit: 200 } },
          signal,
        }),
      ),
    refetchOnWindowFocus: false,
    retry: false,
  });
}

export function useDeleteObject(bucket: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: string) =>
      body(api.DELETE("/api/s3/buckets/{bucket}/object", { params: { path: { bucket }, query: { key } } })),
    onSettled: () => client.invalidateQueries({ queryKey: [...keys.s3, "objects", bucket] }),
  });
}

export function downloadObject(bucket: string, key: string): Promise<void> {
  const path = `/api/s3/buckets/${encodeURIComponent(bucket)}/object?${new URLSearchParams({ key })}`;
  return download(path, key.split("/").pop() || "object");
}

/** Downloads go through fetch, because a link cannot send the token. */

import { request } from "./client";

/** The file's name that the server gave, or `fallback`. */
export function fileName(disposition: string | null, fallback: string): string {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  if (extended) return decodeURIComponent(extended);
  return /filename="([^"]+)"/i.exec(disposition ?? "")?.[1] ?? fallback;
}

export async function download(path: string, fallback: string, init?: RequestInit): Promise<void> {
  const response = await request(path, init);
  saveBlob(await response.blob(), fileName(response.headers.get("content-disposition"), fallback));
}

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

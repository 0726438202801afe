/** Names of objects as folders and files, and their addresses in this application. */

export function s3Path(bucket: string, prefix = ""): string {
  const query = prefix === "" ? "" : `?${new URLSearchParams({ prefix })}`;
  return `/s3/${encodeURIComponent(bucket)}${query}`;
}

/** The folders on the way to a prefix: `a/b/` is `a/` and `a/b/`. */
export function foldersOf(prefix: string): { name: string; prefix: string }[] {
  const names = prefix.split("/").slice(0, -1);
  return names.map((name, index) => ({ name, prefix: `${names.slice(0, index + 1).join("/")}/` }));
}

/** What a key or prefix is called under its folder. A folder's own empty object is called `.`. */
export function nameUnder(prefix: string, key: string): string {
  const rest = key.slice(prefix.length);
  return rest === "" ? "." : rest;
}

export const uriOf = (bucket: string, key: string): string => `s3://${bucket}/${key}`;

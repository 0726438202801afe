/** Keys of the cached queries; a prefix invalidates all that begins with it. */
export const keys = {
  services: ["services"] as const,
  connections: ["connections"] as const,
  about: ["about"] as const,
  experiments: ["experiments"] as const,
  experiment: (name: string) => ["experiments", name] as const,
  runs: (name: string) => ["experiments", name, "runs"] as const,
  graph: (name: string) => ["experiments", name, "graph"] as const,
  lineage: (name: string) => ["experiments", name, "lineage"] as const,
  jobs: ["jobs"] as const,
  job: (id: number) => ["job", id] as const,
  warehouses: ["warehouses"] as const,
  catalog: (warehouse: string, experiment?: string) =>
    ["warehouses", warehouse, "catalog", experiment ?? null] as const,
  words: (warehouse: string) => ["words", warehouse] as const,
  savedQueries: ["saved-queries"] as const,
  history: ["query-history"] as const,
  s3: ["s3"] as const,
  rules: ["rules"] as const,
};

/** What is measured of a `Kv` in the process that uses it. */
export const kvWorks = ['put', 'get', 'get-serializable', 'mixed-90-10'] as const;
export type KvWork = (typeof kvWorks)[number];

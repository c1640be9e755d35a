/** Without the keys that are undefined, which would otherwise cover defaults. */
export function given<T extends object>(block: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(block ?? {}).filter(([, value]) => value !== undefined)) as never
}

/** The default branch of an exhaustive switch: a compile error when a variant is unhandled, a bug report when it happens anyway. */
export function assertNever(value: never): never {
  throw new TypeError(`Unhandled variant: ${JSON.stringify(value)}`)
}

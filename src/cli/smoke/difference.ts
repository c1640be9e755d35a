const MAX_SHOWN = 60

/** Where a JSON value first is not what was expected; null when it is. Maps may have more keys than expected, lists no more elements. */
export function differenceOf(actual: unknown, expected: unknown, at = '$'): string | null {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return mismatch(actual, expected, at)
    if (actual.length !== expected.length) return `${at} has ${actual.length} elements, expected ${expected.length}`
    return firstOf(expected.keys(), (index) => differenceOf(actual[index], expected[index], `${at}[${index}]`))
  }
  if (isMap(expected)) {
    if (!isMap(actual)) return mismatch(actual, expected, at)
    return firstOf(Object.keys(expected), (key) =>
      Object.hasOwn(actual, key) ? differenceOf(actual[key], expected[key], `${at}.${key}`) : `${at}.${key} is missing`,
    )
  }
  return Object.is(actual, expected) ? null : mismatch(actual, expected, at)
}

/** A value in a message. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

function mismatch(actual: unknown, expected: unknown, at: string): string {
  return `${at} is ${shown(actual)}, expected ${shown(expected)}`
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | null): string | null {
  for (const item of items) {
    const found = find(item)
    if (found !== null) return found
  }
  return null
}

/**
 * One line of JSON that is safe to show on a terminal. JSON escapes the C0 control characters by itself, but leaves DEL and C1 (U+009B starts a
 * control sequence like ESC [) as they are.
 */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(/[\u007f-\u009f]/g, escapeUnit)}\n`
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** What takes the place of a secret wherever values are shown. */
export const REDACTED = '***'

const SECRET_NAME = /secret|token|password|passwd|key|credential|auth|cookie|dsn|private/i
// The look behind keeps a long word from being tried from each of its letters.
const USER_INFO = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/[^/@:\s]*):[^/@\s]+@/gi
const MASKED_OR_KEPT = /(\$\{[A-Za-z_]\w*(?:\}|:[-?])|^[ \t]+)|[^\r\n]/gm

/** The value as it may be shown: nothing of it when its name sounds like a secret, else without the passwords of URLs. */
export function redactNamed(name: string, value: string): string {
  return isSecretName(name) && value !== '' ? REDACTED : redactUrls(value)
}

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** `postgres://app:***@db/shop` */
export function redactUrls(text: string): string {
  return text.replace(USER_INFO, `$1:${REDACTED}@`)
}

/** The same, but as long as it was. */
export function maskUrls(text: string): string {
  return text.replace(USER_INFO, (whole: string, before: string) => `${before}:${maskValue(whole.slice(before.length + 1, -1))}@`)
}

/** As many asterisks, but for line breaks, indentation, the quotes around it, and references to variables: `${NAME}`, `${NAME:-*******`. */
export function maskValue(text: string): string {
  const [, quote = '', inner = text] = /^(["'])([^]*)\1$/.exec(text) ?? []
  return `${quote}${inner.replace(MASKED_OR_KEPT, (_part, kept?: string) => kept ?? '*')}${quote}`
}

/** Values whose key sounds like a secret, at any depth, and passwords in URLs. */
export function redactTree(value: unknown): unknown {
  if (typeof value === 'string') return redactUrls(value)
  if (Array.isArray(value)) return value.map(redactTree)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isSecretName(name) ? REDACTED : redactTree(inner)]))
}

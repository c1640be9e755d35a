import * as z from 'zod'
import { maskSecrets } from './mask-secrets.ts'
import { MAX_DURATION_MS, formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

/** What the schema is made of: fields that say in words what they accept, and keys that carry their default and their description. */

export interface Field<T> {
  readonly schema: z.ZodType<T>
  /** Completes "must be …". */
  readonly expects: string
}

/** What is known of a key besides its type; `docs/configuration.md` is made of it. */
export interface KeyInfo {
  readonly about: string
  readonly expects: string
  /** As one would write it in the file. */
  readonly fallback?: string | number | boolean
  /** Where the default depends on something. */
  readonly fallbackNote?: string
  /** The keys of a block. */
  readonly keys?: z.ZodRawShape
  /** They are those of another block, which is the one to show. */
  readonly repeats?: boolean
}

const infos = new WeakMap<z.core.$ZodType, KeyInfo>()

/** What is known of the key whose schema this is in a shape. */
export function keyInfo(schema: z.core.$ZodType | undefined): KeyInfo | undefined {
  return schema && infos.get(schema)
}

export function withInfo<T extends z.core.$ZodType>(schema: T, info: KeyInfo): T {
  infos.set(schema, info)
  return schema
}

export function key<T>(field: Field<T>, info: Omit<KeyInfo, 'expects' | 'keys' | 'repeats'>): z.ZodOptional<z.ZodType<T>> {
  return withInfo(field.schema.optional(), { ...info, expects: field.expects })
}

/** A map with these keys and no others. Left empty, as when all its keys are commented out, it counts as `{}`. */
export function block<S extends z.ZodRawShape>(keys: S, about: string, shorthand: Shorthand = NO_SHORTHAND) {
  const schema = z.preprocess((value) => emptyToMap(shorthand.expand(value)), z.strictObject(keys))
  return withInfo(schema.optional(), { about, expects: shorthand.expects, keys })
}

/** A list of maps with these keys and no others. */
export function listOf<S extends z.ZodRawShape>(keys: S, about: string) {
  const schema = z.preprocess((value) => value ?? [], z.array(z.strictObject(keys)))
  return withInfo(schema.optional(), { about, expects: 'a list of maps', keys, fallbackNote: 'none' })
}

/** A block whose keys are known from elsewhere. */
export function repeated<S extends z.ZodRawShape>(keys: S, about: string) {
  const schema = z.preprocess(emptyToMap, z.strictObject(keys))
  return withInfo(schema.optional(), { about, expects: 'a map', keys, repeats: true, fallbackNote: 'nothing' })
}

/** A shorter way to write a block: `watch: false`. */
export interface Shorthand {
  readonly expects: string
  /** Anything but the shorthand is returned as it is. */
  readonly expand: (value: unknown) => unknown
}

const NO_SHORTHAND: Shorthand = { expects: 'a map', expand: (value) => value }

/** A map from names to values that are all of one type. */
export function mapOf<T extends z.ZodType>(value: T, about: string) {
  return withInfo(z.preprocess(emptyToMap, z.record(z.string(), value)).optional(), { about, expects: 'a map' })
}

/** One value that `read` understands; undefined from `read` means that it does not. */
export function field<T>(expects: string, read: (value: unknown) => T | undefined): Field<T> {
  const schema = z.unknown().transform((value, context): T => {
    const result = read(value)
    if (result !== undefined) return result
    context.addIssue({ code: 'custom', message: `must be ${expects}, ${describeGiven(value)}` })
    return z.NEVER
  })
  return { schema, expects }
}

export function oneOf<const T extends readonly (string | boolean)[]>(...values: T): Field<T[number]> {
  return field(listOr(values.map((value) => `\`${value}\``)), (value) => values.find((known) => known === value))
}

export function either<A, B>(first: Field<A>, second: Field<B>): Field<A | B> {
  return field<A | B>(`${first.expects}, or ${second.expects}`, (value) => {
    const result = first.schema.safeParse(value)
    return result.success ? result.data : second.schema.safeParse(value).data
  })
}

export function flag(): Field<boolean> {
  return field('true or false', (value) => (typeof value === 'boolean' ? value : undefined))
}

/** Text without control characters. */
export function text(expects = 'text'): Field<string> {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return field(expects, (value) => (typeof value === 'string' && value.length > 0 && !/[\0-\x1f\x7f]/.test(value) ? value : undefined))
}

export function textMatching(expects: string, pattern: RegExp): Field<string> {
  return field(expects, (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined))
}

export function texts(expects: string): Field<readonly string[]> {
  const item = text().schema
  return field(expects, (value) => (Array.isArray(value) && value.every((entry) => item.safeParse(entry).success) ? value : undefined))
}

export interface Range {
  readonly min: number
  readonly max: number
}

export function integer(range: Range): Field<number> {
  return field(`a whole number from ${range.min} to ${range.max}`, (value) =>
    typeof value === 'number' && Number.isInteger(value) && within(value, range) ? value : undefined,
  )
}

export function decimal(range: Range): Field<number> {
  return field(`a number from ${range.min} to ${range.max}`, (value) =>
    typeof value === 'number' && within(value, range) ? value : undefined,
  )
}

/** Milliseconds. */
export function duration(range: Partial<Range> = {}): Field<number> {
  const { min = 0, max = MAX_DURATION_MS } = range
  const bound = min > 0 ? ` of at least ${formatDuration(min)},` : ''
  return field(`a duration${bound} such as 5s, 250ms or 1m`, (value) => {
    const ms = parseDuration(value)
    return ms !== null && within(ms, { min, max }) ? ms : undefined
  })
}

/** Bytes. */
export function size(range: Range): Field<number> {
  return field(`a size such as 256mb or 32kb, from ${formatSize(range.min)} to ${formatSize(range.max)}`, (value) => {
    const bytes = parseSize(value)
    return bytes !== null && within(bytes, range) ? bytes : undefined
  })
}

function within(value: number, range: Range): boolean {
  return value >= range.min && value <= range.max
}

function emptyToMap(value: unknown): unknown {
  return value === null ? {} : value
}

function listOr(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`
}

const MAX_SHOWN = 40

/** Completes "must be …, ". */
export function describeGiven(value: unknown): string {
  if (value === null || value === undefined) return 'but has no value'
  if (Array.isArray(value)) return 'not a list'
  if (typeof value === 'object') return 'not a map'
  if (typeof value !== 'string') return `not ${JSON.stringify(value)}`
  // `DB_PASSWORD=x` where a map should be.
  const shown = maskSecrets(value, null)
  return `not ${JSON.stringify(shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown)}`
}

/**
 * `${VAR}`, `${VAR:-default}` and `${VAR:?message}` in a text; `$${` is a literal `${`. A default may contain references itself.
 * As in a shell, `:-` and `:?` also apply to a variable that is set but empty. A value is taken as it is: references in it are not followed.
 */
export function interpolate(text: string, lookup: Lookup): Interpolation {
  if (!text.includes('${')) return { text, faults: [], touched: false }
  const reader = new Reader(text, lookup)
  return { text: reader.readUntil(false), faults: reader.faults, touched: true }
}

export type Lookup = (name: string) => string | undefined

export interface Interpolation {
  readonly text: string
  readonly faults: readonly Fault[]
  /** False when there was nothing to replace. */
  readonly touched: boolean
}

/** A reference that has no value; `reference` is how it is written, as far as it could be read. */
export interface Fault {
  readonly reference: string
  readonly index: number
  readonly message: string
  readonly hint: string
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const MAX_DEPTH = 10
const MAX_SHOWN = 40
const SYNTAX_HINT = 'Write ${NAME}, ${NAME:-default} or ${NAME:?message}; $${ stands for a literal ${.'

class Reader {
  readonly faults: Fault[] = []
  readonly #text: string
  readonly #lookup: Lookup
  #at = 0
  #depth = 0
  /** More than 0 while in a default that is not used: nothing in it can be missing. */
  #unused = 0
  /** Where a reference begins that cannot be read, the rest of the text is not understood either. */
  #broken = false

  constructor(text: string, lookup: Lookup) {
    this.#text = text
    this.#lookup = lookup
  }

  /** Reads literal text and references up to the end, or (nested) up to the brace that closes the default. */
  readUntil(nested: boolean): string {
    let result = ''
    while (this.#at < this.#text.length) {
      if (nested && this.#text[this.#at] === '}') return result
      if (this.#text.startsWith('$${', this.#at)) {
        result += '${'
        this.#at += 3
      } else if (this.#text.startsWith('${', this.#at)) {
        result += this.#readReference()
      } else {
        result += this.#text[this.#at++]
      }
    }
    return result
  }

  #readReference(): string {
    const start = this.#at
    NAME.lastIndex = start + 2
    const name = NAME.exec(this.#text)?.[0]
    if (name === undefined || this.#depth >= MAX_DEPTH) return this.#giveUp(start, 'is not a reference to a variable')
    this.#at = NAME.lastIndex
    const operator = /^(?::-|:\?|)/.exec(this.#text.slice(this.#at, this.#at + 2))?.[0] ?? ''
    this.#at += operator.length
    const value = this.#lookup(name)
    const usable = operator === '' ? value !== undefined : value !== undefined && value !== ''
    const operand = operator === '' ? '' : this.#readOperand(operator === ':?' || usable)
    if (this.#broken) return ''
    if (this.#text[this.#at] !== '}') return this.#giveUp(start, 'is not closed by }')
    this.#at++
    if (usable) return value ?? ''
    if (operator === ':-') return operand
    this.#report(start, operator === ':?' && operand !== '' ? `\${${name}} is not set: ${operand}` : `\${${name}} is not set`, {
      hint: `Set ${name} in the environment, or give a default: \${${name}:-value}.`,
    })
    return ''
  }

  #readOperand(unused: boolean): string {
    this.#depth++
    if (unused) this.#unused++
    const operand = this.readUntil(true)
    if (unused) this.#unused--
    this.#depth--
    return operand
  }

  #giveUp(start: number, problem: string): string {
    this.#at = this.#text.length
    this.#broken = true
    const reference = this.#text.slice(start, start + MAX_SHOWN)
    this.faults.push({ reference, index: start, message: `${JSON.stringify(reference)} ${problem}`, hint: SYNTAX_HINT })
    return ''
  }

  #report(start: number, message: string, options: { readonly hint: string }): void {
    if (this.#unused > 0) return
    this.faults.push({ reference: this.#text.slice(start, this.#at), index: start, message, hint: options.hint })
  }
}

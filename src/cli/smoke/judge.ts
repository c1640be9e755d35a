import { sanitise } from '../../log/sanitise.ts'
import type { SmokeExpectation } from '../../model/smoke.ts'
import { differenceOf, shown } from './difference.ts'

export interface Expected {
  readonly expect: SmokeExpectation
  /** The highest status that is good, when none is expected. */
  readonly maxStatus: number
}

const MAX_EXCERPT = 120

/** What is wrong with an answer; null when it is as expected. */
export function judgeAnswer(
  { status, body }: { readonly status: number; readonly body: Uint8Array },
  { expect, maxStatus }: Expected,
): string | null {
  const text = Buffer.from(body).toString('utf8')
  if (expect.status === undefined ? status > maxStatus : status !== expect.status) {
    const wanted = expect.status === undefined ? `one below ${maxStatus + 1}` : expect.status
    return `status ${status}, expected ${wanted}${excerpt(text)}`
  }
  if (expect.contains !== undefined && !text.includes(expect.contains)) return `no ${shown(expect.contains)} in its body${excerpt(text)}`
  return expect.json === undefined ? null : judgeJson(text, expect.json)
}

function judgeJson(text: string, expected: unknown): string | null {
  try {
    return differenceOf(JSON.parse(text), expected)
  } catch (error) {
    if (error instanceof SyntaxError) return `its body is not JSON${excerpt(text)}`
    throw error
  }
}

function excerpt(text: string): string {
  if (text === '') return ': it is empty'
  return `: ${sanitise(text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text)}`
}

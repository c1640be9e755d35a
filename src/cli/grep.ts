import { MeshrtError } from '../errors/meshrt-error.ts'
import { stripEscapes } from '../log/sanitise.ts'

/**
 * A test for lines that hold the pattern, a regular expression of JavaScript. It runs here and not in the runtime, where a pattern that takes
 * for ever, or only many lines, would keep the main thread from everything else.
 * @throws MESHRT_USAGE
 */
export function parsePattern(pattern: string): (text: string) => boolean {
  let expression: RegExp
  try {
    expression = new RegExp(pattern, 'u')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new MeshrtError('MESHRT_USAGE', `Cannot look for ${JSON.stringify(pattern.slice(0, 100))}: ${error.message}`)
  }
  // A word in colours is found as well: what it looks like is no part of what it says.
  return (text) => expression.test(stripEscapes(text))
}

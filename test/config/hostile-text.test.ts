import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseScale } from '../../src/cli/scale-arguments.ts'
import { parseSince } from '../../src/cli/since.ts'
import { interpolate } from '../../src/config/interpolate.ts'
import { maskSecrets } from '../../src/config/mask-secrets.ts'
import { parseDuration, parseSize } from '../../src/config/units.ts'
import { parseClaim } from '../../src/control/claims.ts'
import { fitsPattern } from '../../src/control/event-filter.ts'
import { guessName } from '../../src/errors/guess-name.ts'
import { sanitise } from '../../src/log/sanitise.ts'
import { parseTarget } from '../../src/model/ids.ts'
import { pinoLevel } from '../../src/model/log-level.ts'
import { maskValue, redactUrls } from '../../src/model/redact.ts'

/** Everything that reads text of people, files or services by a pattern. What it answers is tested elsewhere; here only that it does. */
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseDuration,
  parseSize,
  parseSince: (text) => parseSince(text, 0),
  parseScale: (text) => parseScale([text]),
  parseTarget,
  parseClaim: (text) => parseClaim(`x${text}`, 'x'),
  'fitsPattern, the text': (text) => fitsPattern(text, 'a*a*a*b'),
  'fitsPattern, the pattern': (text) => fitsPattern('worker.exited', text),
  interpolate: (text) => interpolate(text, () => 'x'),
  guessName: (text) => guessName(text, ['auth', 'gateway']),
  redactUrls,
  'maskSecrets, of lines': (text) => maskSecrets(text, null),
  maskValue,
  sanitise,
  pinoLevel: (text) => pinoLevel(`{"${text}`),
}

const PIECES = ['1', '9', '.', 's', 'ms', 'a', 'a.', '*', '/', ':', '://', '@', 'x://a:', '-', '=', '${', '${A:-', '}', '$${', '\u001b', '\u001b[', '\u001b];', '\u009b', ';', '0;', ' ', '\n', '"', '\\', '\ud800', 'T00:', '🎉', 'KEY: ', '\''] // prettier-ignore
/** As long as a line of a service may be. */
const CHARS = 65_536
/** What takes milliseconds when it is linear takes minutes when it is not. */
const DEADLINE_MS = 1500

for (const [name, parse] of Object.entries(PARSERS)) {
  test(`${name} does not take longer for a text that was made to make it`, () => {
    const attack = (text: string): void => {
      // Its own time on the processor: how long a busy machine takes says nothing.
      const before = process.threadCpuUsage()
      try {
        parse(text)
      } catch (error) {
        assert.ok(error instanceof Error)
      }
      const tookMs = process.threadCpuUsage(before).user / 1000
      assert.ok(tookMs < DEADLINE_MS, `${Math.round(tookMs)} ms for ${JSON.stringify(text.slice(0, 60))}… of ${text.length} characters`)
    }
    for (const piece of PIECES) {
      const long = piece.repeat(CHARS / piece.length)
      for (const end of ['', '!', '\0', 'b']) attack(`${long}${end}`)
    }
    const mixed = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(mixed, (pump) => attack(`${pump.repeat(CHARS / pump.length)}!`)),
      { numRuns: 30, interruptAfterTimeLimit: 2000 },
    )
  })
}

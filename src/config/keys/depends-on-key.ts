import * as z from 'zod'
import { START_CONDITIONS, type StartCondition } from '../../model/spec.ts'
import { describeGiven, oneOf, withInfo } from '../fields.ts'

/** One edge as it was written. */
export interface WrittenDependency {
  /** Null = the default of what it waits for. */
  readonly condition: StartCondition | null
  /** Its place in a list; null in a map. */
  readonly index: number | null
}

/** An entry of the short form, which is a list. */
class Listed {
  readonly index: number

  constructor(index: number) {
    this.index = index
  }
}

const condition = oneOf(...START_CONDITIONS)

const edge = z.unknown().transform((value, context): WrittenDependency => {
  if (value instanceof Listed) return { condition: null, index: value.index }
  const result = condition.schema.safeParse(value)
  if (result.success) return { condition: result.data, index: null }
  context.addIssue({ code: 'custom', message: `must be ${condition.expects}, ${describeGiven(value)}` })
  return z.NEVER
})

export const dependsOn = () =>
  withInfo(z.preprocess(fromList, z.record(z.string(), edge)).optional(), {
    about:
      'What this service waits for before it starts: `[db]`, or `{ db: ready, migrate: completed }`. In a list it is `completed` for a `oneshot`, else `ready`; `started` only waits for its launch.',
    expects: 'a list of service ids, or a map from service ids to `started`, `ready` or `completed`',
    fallbackNote: 'none',
  })

/** The list as a map; said twice is said once. */
function fromList(value: unknown): unknown {
  if (value === null) return {}
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' || typeof item === 'number')) return value
  return Object.fromEntries(value.map((item, index) => [String(item), new Listed(index)]))
}

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

/** Ids that the puppets of a service recorded in their `recordFile`, in order. */
export function recordedIds(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[0] || [])
}

/** Nothing was handled twice, and whatever was answered had been handled. Returns what was handled without an answer. */
export function assertHandledOnce(recorded: readonly string[], answered: readonly string[]): ReadonlySet<string> {
  const unanswered = new Set<string>()
  const twice = recorded.filter((id) => unanswered.has(id) || !unanswered.add(id))
  assert.deepEqual(twice, [], 'handled more than once')
  const unhandled = answered.filter((id) => !unanswered.delete(id))
  assert.deepEqual(unhandled, [], 'answered but never handled')
  return unanswered
}

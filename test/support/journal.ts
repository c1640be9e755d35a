import { readFileSync } from 'node:fs'

/** What the puppets of a service wrote into their `recordFile` about one request. */
export interface JournalEntry {
  readonly id: string
  /** `auth/0#3`. */
  readonly worker: string
  readonly step: 'taken' | 'done'
}

/** In the order in which it was written. @throws Error on a line that no puppet writes */
export function readJournal(file: string): readonly JournalEntry[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id, worker, step] = line.split(' ')
      if (!id || !worker || (step !== 'taken' && step !== 'done')) throw new Error(`${file} holds a line that is no record: ${line}`)
      return { id, worker, step }
    })
}

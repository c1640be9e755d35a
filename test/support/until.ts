import { setTimeout as pause } from 'node:timers/promises'

const LOOK_AGAIN_MS = 20

/** Looks again and again for what has no event. @throws when it does not hold within the deadline */
export async function until(what: string, holds: () => boolean | Promise<boolean>, deadlineMs = 20_000): Promise<void> {
  const endMs = performance.now() + deadlineMs
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${what}`)
    await pause(LOOK_AGAIN_MS)
  }
}

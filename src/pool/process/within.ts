import type { Clock } from '../../model/clock.ts'

/** Waits for the work, but not longer than that. */
export async function within(work: Promise<unknown>, deadlineMs: number, clock: Clock): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const cancel = clock.schedule(deadlineMs, resolve)
  await Promise.race([work, late])
  cancel()
}

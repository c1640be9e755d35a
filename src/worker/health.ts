import { getHeapStatistics, queryObjects } from 'node:v8'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { CheckAnswer, Pong, Weight } from '../itc/protocol.ts'
import type { CheckSpec } from '../model/spec.ts'
import { workerClock as clock } from './clock.ts'

export async function measureHealth(): Promise<Pong> {
  const beforeMs = clock.nowMs()
  await new Promise<void>((resolve) => void clock.schedule(0, resolve))
  return {
    ...weight(),
    inspected: isInspected(),
    // Node rounds a delay of zero up to one millisecond.
    loopDelayMs: Math.max(0, clock.nowMs() - beforeMs - 1),
  }
}

/** What is left after a collection of all garbage: V8 lets it pile up as long as its own limit, far above the worker's, allows. */
export function weighLive(): Weight {
  // Only living objects can be counted, so this collects first; there is no other way to ask for it without a flag of the process.
  queryObjects(DataView, { format: 'count' })
  return weight()
}

function weight(): Weight {
  const heap = getHeapStatistics()
  return { heapUsedBytes: heap.used_heap_size, externalBytes: heap.external_memory, heapLimitBytes: heap.heap_size_limit }
}

/** Of this thread alone; the runtime sees its own. */
function isInspected(): boolean {
  return process.features.inspector && process.getBuiltinModule('node:inspector').url() !== undefined
}

/**
 * Well unless it throws, rejects, or says otherwise: `false`, or an object whose `ok` is false or whose `status` is a number that is no
 * success. A function that only looks and returns nothing has found nothing.
 */
export async function runOwnCheck(check: (() => unknown) | null): Promise<CheckAnswer> {
  try {
    const said = await check?.()
    if (said === false) return { ok: false, detail: 'it returned false' }
    if (typeof said !== 'object' || said === null) return { ok: true, detail: '' }
    const { ok, status } = said as { readonly ok?: unknown; readonly status?: unknown }
    if (ok === false) return { ok: false, detail: reasonOf(said) ?? 'it returned ok: false' }
    if (typeof status === 'number' && (status < 200 || status > 399)) return { ok: false, detail: reasonOf(said) ?? String(status) }
    return { ok: true, detail: '' }
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Whoever asks while one runs waits for the answer of that one. The runtime gives a check up and asks again at the next; a function that never
 * settles would be called over and over, each time with whatever it holds.
 */
export function joinRunning<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null
  return () => (running ??= run().finally(() => (running = null)))
}

function reasonOf(said: object): string | null {
  for (const name of ['reason', 'message', 'error']) {
    const value: unknown = (said as Record<string, unknown>)[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

/** @throws MeshrtError MESHRT_CHECK_MISSING when the runtime file asks for a check that the service cannot answer. */
export function requireCheck(
  check: CheckSpec,
  { service, loaded }: { readonly service: string; readonly loaded: { readonly kind: string; readonly check: (() => unknown) | null } },
): void {
  if (check.kind === 'export' && loaded.check === null) {
    throw new MeshrtError('MESHRT_CHECK_MISSING', `Cannot check "${service}": its module exports no function \`health\``)
  }
  if (check.kind === 'path' && loaded.kind === 'background') {
    throw new MeshrtError('MESHRT_CHECK_MISSING', `Cannot check "${service}" at ${check.path}: it has no server`)
  }
}

import type { LimitsSpec } from '../model/spec.ts'

const KB = 1024
const MB = 1024 * KB

/** V8 sizes the young generation by one of its three semi-spaces. */
const SEMI_SPACES = 3

/** The same limits as a thread's `resourceLimits`: V8's own lies well above the one that the runtime enforces. */
export function v8Flags(limits: LimitsSpec): readonly string[] {
  const flags: string[] = []
  if (limits.heapBytes !== null) flags.push(`--max-old-space-size=${hardHeapMb(limits.heapBytes)}`)
  if (limits.youngGenerationBytes !== null) {
    flags.push(`--max-semi-space-size=${Math.max(1, Math.round(limits.youngGenerationBytes / SEMI_SPACES / MB))}`)
  }
  if (limits.stackBytes !== null) flags.push(`--stack-size=${Math.floor(limits.stackBytes / KB)}`)
  return flags
}

/** Of V8: reaching it aborts the process, and may abort that of a thread; so it lies well above the soft one that the runtime enforces. */
export function hardHeapMb(softBytes: number): number {
  return Math.ceil((2 * softBytes) / MB) + 64
}

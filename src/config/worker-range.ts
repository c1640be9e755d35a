import { DEFAULTS } from './defaults.ts'
import { given } from './given.ts'
import type { RuntimeFile } from './schema.ts'

type WorkersBlock = RuntimeFile['workers']

/** `workers` of a service with everything filled in: its own keys, else the runtime's, else the defaults. */
export function workerRange({ inherited, own, parallelism }: WorkerRangeSources) {
  const { max, ...rest } = { ...DEFAULTS.workers, max: undefined, ...given(inherited), ...given(own) }
  const min = rest.min === 'auto' ? parallelism : rest.min
  // A small machine does not make a file wrong that says `auto`.
  if (max === 'auto') return { ...rest, min, max: Math.max(min, parallelism) }
  return { ...rest, min, max: max ?? min }
}

interface WorkerRangeSources {
  readonly inherited: WorkersBlock
  readonly own: WorkersBlock
  /** What `auto` means. */
  readonly parallelism: number
}

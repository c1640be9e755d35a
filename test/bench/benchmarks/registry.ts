import type { Benchmark } from './benchmark.ts'
import { mesh } from './mesh.ts'

/** In the order in which they run when none is named. */
export const benchmarks: readonly Benchmark[] = [mesh]

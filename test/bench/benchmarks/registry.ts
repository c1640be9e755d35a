import type { Benchmark } from './benchmark.ts'
import { boot } from './boot.ts'
import { cli } from './cli.ts'
import { entrypoint } from './entrypoint.ts'
import { hop } from './hop.ts'
import { mesh } from './mesh.ts'
import { scale } from './scale.ts'
import { stream } from './stream.ts'

/** In the order in which they run when none is named. */
export const benchmarks: readonly Benchmark[] = [mesh, hop, stream, entrypoint, boot, cli, scale]

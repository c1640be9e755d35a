import { loadSpec } from '../config/load-spec.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Mode, RuntimeSpec } from '../model/spec.ts'
import type { CommandContext } from './context.ts'
import { parseScale } from './scale-arguments.ts'

/** What was typed in place of what the runtime file says. */
export interface Overrides {
  /** `auth=3` */
  readonly scale?: readonly string[]
  /** Of the entrypoint; null = that of the file. */
  readonly port?: number | null
}

interface SpecPlace {
  readonly file: string
  readonly mode: Mode
  readonly env: CommandContext['env']
  /** A runtime that has been started with these arguments reads its file again. */
  readonly again?: boolean
}

/** The spec that a runtime is asked to start with. @throws as `loadSpec`, MESHRT_USAGE, MESHRT_UNKNOWN_SERVICE, MESHRT_SCALE_REFUSED */
export async function loadStartSpec({ scale = [], port = null, again = false, ...source }: Overrides & SpecPlace): Promise<RuntimeSpec> {
  const workers = parseScale(scale)
  const spec = withPort(await loadSpec(source), port)
  return workers.size === 0 ? spec : (await import('../runtime/apply-scale.ts')).applyScale(spec, workers, again ? 'ignored' : 'refused')
}

function withPort(spec: RuntimeSpec, port: number | null): RuntimeSpec {
  if (port === null) return spec
  if (spec.entrypoint === null) throw new MeshrtError('MESHRT_USAGE', `Cannot listen on port ${port}: ${spec.file} has no entrypoint`)
  return { ...spec, server: { ...spec.server, port } }
}

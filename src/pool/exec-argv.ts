import type { ServiceSpec } from '../model/spec.ts'
import { permissionFlags } from './permission-flags.ts'

/** The options of Node.js that a worker is started with; those of the service last, because the last one counts. */
export function execArgvOf({ node, permissions }: Pick<ServiceSpec, 'node' | 'permissions'>, options: ExecArgvOptions): string[] {
  return [
    ...(permissions ? permissionFlags(permissions, options) : []),
    ...(node.sourceMaps ? ['--enable-source-maps'] : []),
    ...options.compiler,
    ...node.execArgv,
  ]
}

interface ExecArgvOptions {
  /** What has TypeScript compiled that Node.js cannot strip. */
  readonly compiler: readonly string[]
  /** What the worker must be able to read, whatever its service may. */
  readonly readable: readonly string[]
  /** As `readable`. */
  readonly writable: readonly string[]
  readonly canDenyNet: boolean
}

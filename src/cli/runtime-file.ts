import { findRuntimeFile } from '../config/find-file.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { resolve } from 'node:path'
import type { CommandContext } from './context.ts'

/** The file of -c, or the nearest one. @throws MESHRT_CONFIG_NOT_FOUND */
export function theRuntimeFile({ options, cwd }: CommandContext): string {
  const file = options.config === null ? findRuntimeFile(cwd) : resolve(cwd, options.config)
  if (file === null) throw new MeshrtError('MESHRT_CONFIG_NOT_FOUND', `Cannot find a meshrt.yaml in ${cwd} or in any folder above it`)
  return file
}

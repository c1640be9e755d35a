import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { isErrno } from '../errors/meshrt-error.ts'
import type { WorkerId } from '../model/ids.ts'
import type { Mode, ServiceSpec } from '../model/spec.ts'

type Environment = Readonly<Record<string, string>>

/** Everything a worker's `process.env` is made of. */
export interface EnvironmentSources {
  readonly worker: WorkerId
  readonly mode: Mode
  /** The runtime's own environment. */
  readonly real: NodeJS.ProcessEnv
  /** Contents of the environment files, the weakest first. */
  readonly files: readonly Environment[]
  /** `env` of the runtime file. */
  readonly configured: Environment
}

/** `env` of the runtime file > the real environment > environment files; identity last, because it is not for anybody to set. */
export function mergeEnvironment(sources: EnvironmentSources): Record<string, string> {
  const { worker, mode } = sources
  const merged: Record<string, string> = {}
  for (const file of sources.files) Object.assign(merged, file)
  for (const [key, value] of Object.entries(sources.real)) if (value !== undefined) merged[key] = value
  Object.assign(merged, sources.configured)
  if (mode === 'start' && merged['NODE_ENV'] === undefined) merged['NODE_ENV'] = 'production'
  return Object.assign(merged, {
    MESHRT_SERVICE: worker.service,
    MESHRT_SLOT: String(worker.slot),
    MESHRT_GENERATION: String(worker.generation),
    MESHRT_MODE: mode,
  })
}

/** Reads the files at every launch, so that a restarted worker sees what they say now. A file that has gone is an empty one. */
export async function readEnvironment(spec: ServiceSpec, worker: WorkerId, mode: Mode): Promise<Record<string, string>> {
  const files = await Promise.all(spec.envFiles.map(readEnvFile))
  return mergeEnvironment({ worker, mode, real: process.env, files, configured: spec.env })
}

async function readEnvFile(path: string): Promise<Environment> {
  try {
    // parseEnv's type allows undefined values; it never yields any.
    return parseEnv(await readFile(path, 'utf8')) as Environment
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return {}
    throw error
  }
}

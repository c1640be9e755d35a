import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { isErrno } from '../errors/meshrt-error.ts'
import type { WorkerId } from '../model/ids.ts'
import type { Mode, ServiceSpec } from '../model/spec.ts'
import { identityOf, mergeEnvironment, type EnvironmentSources, type Variables } from './trace-environment.ts'

/** Reads the files at every launch, so that a restarted worker sees what they say now. */
export async function readEnvironment(spec: ServiceSpec, worker: WorkerId, mode: Mode): Promise<Record<string, string>> {
  return mergeEnvironment(await readSources(spec, { real: process.env, mode, identity: identityOf(worker, mode) }))
}

type Surroundings = Pick<EnvironmentSources, 'real' | 'mode' | 'identity'>

/** What a service's environment is made of now. A file that has gone is an empty one. */
export async function readSources(
  { env, envFiles, node }: Pick<ServiceSpec, 'env' | 'envFiles' | 'node'>,
  surroundings: Surroundings,
): Promise<EnvironmentSources> {
  const [runtime, service] = await Promise.all([envFiles.runtime, envFiles.service].map(readEnvFile))
  return { ...surroundings, configured: env, nodeOptions: node.nodeOptions, files: { runtime: runtime ?? {}, service: service ?? {} } }
}

async function readEnvFile(path: string | null): Promise<Variables> {
  if (path === null) return {}
  try {
    // parseEnv's type allows undefined values; it never yields any.
    return parseEnv(await readFile(path, 'utf8')) as Variables
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return {}
    throw error
  }
}

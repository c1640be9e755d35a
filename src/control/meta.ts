import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isErrno } from '../errors/meshrt-error.ts'
import { PROTOCOL_VERSION } from './protocol.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

/** What lies beside a control socket, so that the runtimes of a machine can be listed and named without asking them. */
export interface Meta extends ProcessIdentity {
  readonly schema: 'meshrt.meta/v1'
  readonly protocol: number
  readonly name: string
  readonly file: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly socket: string
  /** Whoever starts the runtime again when it dies. */
  readonly guardian: ProcessIdentity | null
}

export function makeMeta(facts: Omit<Meta, 'schema' | 'protocol'>): Meta {
  return { schema: 'meshrt.meta/v1', protocol: PROTOCOL_VERSION, ...facts }
}

/** Whole or not at all: a reader never sees half of it. */
export function writeMeta(path: string, meta: Meta): void {
  const temporary = `${path}.${process.pid}`
  rmSync(temporary, { force: true })
  // `wx` never writes through a symbolic link that somebody else has put there.
  try {
    writeFileSync(temporary, `${JSON.stringify(meta, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

export function removeMeta(path: string): void {
  rmSync(path, { force: true })
}

/** Null when there is none, or it is not one of ours. */
export function readMeta(path: string): Meta | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isMeta(value) ? value : null
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EISDIR', 'EACCES') || error instanceof SyntaxError) return null
    throw error
  }
}

/** Those that are running, or being started again, in a folder that has been verified. */
export function listLiveMetas(dir: string): readonly Meta[] {
  return listMetas(dir)
    .map(({ meta }) => meta)
    .filter((meta) => isAlive(meta) || isGuarded(meta))
}

/** All in a folder that has been verified, with the names of their files, without `.json`. */
export function listMetas(dir: string): readonly { readonly base: string; readonly meta: Meta }[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const meta = readMeta(join(dir, name))
      return meta === null ? [] : [{ base: basename(name, '.json'), meta }]
    })
}

/** Its guardian is alive. */
export function isGuarded({ guardian }: Meta): boolean {
  return guardian !== null && isAlive(guardian)
}

/** Of a runtime that does not listen any more: it has left, and nobody is about to start it again. */
export function hasLeft(path: string): boolean {
  const meta = readMeta(path)
  return meta === null || (!isAlive(meta) && !isGuarded(meta))
}

function isMeta(value: unknown): value is Meta {
  if (typeof value !== 'object' || value === null) return false
  const meta = value as Partial<Record<keyof Meta, unknown>>
  return (
    meta.schema === 'meshrt.meta/v1' &&
    isIdentity(value) &&
    typeof meta.name === 'string' &&
    typeof meta.file === 'string' &&
    typeof meta.socket === 'string' &&
    typeof meta.startedAt === 'number' &&
    (meta.guardian === null || isIdentity(meta.guardian))
  )
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false
  const identity = value as Partial<Record<keyof ProcessIdentity, unknown>>
  return Number.isSafeInteger(identity.pid) && typeof identity.startTicks === 'string'
}

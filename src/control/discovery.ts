import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { liveRivals } from './claims.ts'
import { realFile } from './here.ts'
import { knownPathsOfFile } from './known-paths.ts'
import { isGuarded, listLiveMetas, readMeta, type Meta } from './meta.ts'
import { verifyControlDir, verifySocket } from './private-dir.ts'
import { isAlive } from './process-identity.ts'
import { probeSocket } from './probe.ts'
import { controlDir, pathsOfSocket, type ControlPaths, type Place } from './socket-path.ts'

/** What the operator said, or where they stand; the first that applies decides, and nothing else is tried. */
export type Selection =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'name'; readonly name: string }
  /** `named` = by the operator with -c; otherwise the nearest runtime file upwards. */
  | { readonly kind: 'file'; readonly file: string; readonly named: boolean }
  | { readonly kind: 'folder'; readonly path: string }

export interface FoundRuntime {
  readonly socket: string
  /** Where its meta file lies. */
  readonly meta: string
  /** For the operator, when it is not the one they stand in. */
  readonly note: string | null
  /** Its guardian is just about to start it again: nobody answers there. Only when `whileRebooting` is `tell`. */
  readonly rebooting: Meta | null
}

export interface FindOptions {
  readonly place: Place
  /** Take the only running one if nobody named another: for commands that change nothing. */
  readonly orOnly: boolean
  /** What to do when the runtime has died and its guardian is about to start it again; by default that is waited for. */
  readonly whileRebooting?: 'wait' | 'tell'
}

const PROBE_MS = 1000
/** How long a reboot is waited for. */
const REBOOT_MS = 10_000
const POLL_MS = 20

/** @throws MESHRT_NO_RUNTIME, MESHRT_NOT_ANSWERING, MESHRT_SOCKET_UNSAFE, MESHRT_USAGE when several apply */
export async function findRuntime(selection: Selection, options: FindOptions): Promise<FoundRuntime> {
  switch (selection.kind) {
    case 'socket':
      return need(pathsOfRunning(realFile(selection.path), options), `at ${selection.path}`, options)
    case 'name':
      return pickOne(
        runningOnes(options).filter((meta) => meta.name === selection.name),
        `named "${selection.name}"`,
        options,
      )
    case 'file': {
      const file = realFile(selection.file)
      const paths = knownPathsOfFile(file, options.place)
      const found = await lookAt(paths, options)
      if (found !== null) return found
      if (!selection.named && options.orOnly) return theOnlyOne(`of ${file}`, options)
      throw noRuntime(`of ${file}`, options)
    }
    case 'folder': {
      const folder = realFile(selection.path)
      const here = runningOnes(options).filter((meta) => dirname(meta.file) === folder)
      if (here.length === 0 && options.orOnly) return theOnlyOne(`in ${folder}`, options)
      return pickOne(here, `in ${folder}`, options)
    }
  }
}

/** The socket that is named may be one that an operator has placed, or one in its usual place: what lies beside it is named differently. */
function pathsOfRunning(socket: string, { place }: FindOptions): ControlPaths {
  const placed = pathsOfSocket(socket, place.platform)
  const base = /^(.+)\.sock$/.exec(basename(socket))?.[1]
  const file = join(placed.dir, `${base}.json`)
  const meta = base === undefined ? null : readMeta(file)
  return meta === null || realFile(meta.socket) !== socket ? placed : { ...placed, meta: file, claimPrefix: `${base}.lock.` }
}

async function need(paths: ControlPaths, what: string, options: FindOptions): Promise<FoundRuntime> {
  const found = await lookAt(paths, options)
  if (found !== null) return found
  throw noRuntime(what, options)
}

async function pickOne(metas: readonly Meta[], what: string, options: FindOptions): Promise<FoundRuntime> {
  const [only, ...others] = metas
  if (only === undefined) throw noRuntime(what, options)
  if (others.length > 0) {
    throw new MeshrtError('MESHRT_USAGE', `Cannot choose between the runtimes ${what}: ${list(metas)}. Name one with -c FILE`)
  }
  return need(knownPathsOfFile(only.file, options.place), what, options)
}

async function theOnlyOne(what: string, options: FindOptions): Promise<FoundRuntime> {
  const [only, ...others] = runningOnes(options)
  if (only === undefined || others.length > 0) throw noRuntime(what, options)
  const found = await need(knownPathsOfFile(only.file, options.place), what, options)
  return { ...found, note: `No runtime ${what} is running; this is the only running one: "${only.name}" (${only.file}).` }
}

async function lookAt(paths: ControlPaths, { whileRebooting = 'wait' }: FindOptions): Promise<FoundRuntime | null> {
  let endMs: number | null = null
  for (;;) {
    const rebooting = whoReboots(paths)
    const found = { socket: paths.socket, meta: paths.meta, note: null, rebooting }
    if (rebooting === null) return (await isRunning(paths)) ? found : null
    if (whileRebooting === 'tell') return found
    endMs ??= performance.now() + REBOOT_MS
    if (performance.now() > endMs) {
      const who = `its guardian (process ${rebooting.guardian?.pid ?? '?'})`
      throw new MeshrtError(
        'MESHRT_NOT_ANSWERING',
        `Cannot talk to "${rebooting.name}": it has died, and ${who} is about to start it again`,
      )
    }
    await delay(POLL_MS)
  }
}

/** The meta file of a dead runtime whose guardian lives. The next one writes its own as soon as its socket is open. */
function whoReboots(paths: ControlPaths): Meta | null {
  if (!verifyControlDir(paths)) return null
  const meta = readMeta(paths.meta)
  return meta !== null && !isAlive(meta) && isGuarded(meta) ? meta : null
}

/** @throws MESHRT_NOT_ANSWERING, MESHRT_SOCKET_UNSAFE */
async function isRunning(paths: ControlPaths): Promise<boolean> {
  if (!verifyControlDir(paths) || !verifySocket(paths.socket)) return false
  const state = await probeSocket(paths.socket, PROBE_MS)
  if (state === 'open') return true
  const owner = liveRivals(paths.dir, { prefix: paths.claimPrefix, own: null })[0]
  if (state === 'stuck' || (state === 'refused' && owner !== undefined)) {
    const who = owner === undefined ? 'its owner' : `its process ${owner.pid}`
    throw new MeshrtError('MESHRT_NOT_ANSWERING', `Cannot talk to the runtime at ${paths.socket}: ${who} does not accept connections`)
  }
  return false
}

function runningOnes({ place }: FindOptions): readonly Meta[] {
  const dir = controlDir(place)
  return verifyControlDir({ dir, socket: '', meta: '', claimPrefix: '', private: true }) ? listLiveMetas(dir) : []
}

function noRuntime(what: string, options: FindOptions): MeshrtError {
  const others = runningOnes(options)
  const running = others.length === 0 ? 'none is running' : `it is not running (running: ${list(others)})`
  return new MeshrtError('MESHRT_NO_RUNTIME', `Cannot reach a runtime ${what}: ${running}`)
}

function list(metas: readonly Meta[]): string {
  return metas.map((meta) => `"${meta.name}" ${meta.file}`).join(', ')
}

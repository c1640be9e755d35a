import { setTimeout as delay } from 'node:timers/promises'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { decideClaim, findClaim, liveRivals, makeClaim, putClaim, removeClaim, type Claim } from './claims.ts'
import { describeAge } from './age.ts'
import { readMeta } from './meta.ts'
import { ownIdentity, type ProcessIdentity } from './process-identity.ts'
import { probeSocket } from './probe.ts'
import type { ControlPaths } from './socket-path.ts'
import { requestHealth } from './health-request.ts'

export interface Lock {
  /** The guardian in whose name it is held has gone: from now on it is this process's own. */
  makeOwn(): void
  release(): void
}

export interface LockOptions {
  readonly deadlineMs: number
  /** The lock is held in its name, so that it outlives this process. */
  readonly guardian: ProcessIdentity | null
}

const POLL_MS = 20
const PROBE_MS = 1000

/**
 * Takes the lock of a runtime, or waits up to `deadlineMs` for its owner to answer or to go away.
 * @throws MESHRT_ALREADY_RUNNING when the owner is alive, MESHRT_NOT_ANSWERING when its socket accepts and stays silent
 */
export async function takeLock(paths: ControlPaths, { deadlineMs, guardian }: LockOptions): Promise<Lock> {
  const held = guardian === null ? null : findClaim(paths.dir, { prefix: paths.claimPrefix, of: guardian })
  const claim = held ?? makeClaim(paths.claimPrefix, guardian ?? ownIdentity())
  const lock = lockOf(paths, claim)
  const endMs = performance.now() + deadlineMs
  try {
    for (;;) {
      // A claim that has held the lock for the last runtime of this guardian still does: nobody else can have got it meanwhile.
      const rival = held === null ? tryToHold(paths, claim) : null
      const state = await probeSocket(paths.socket, PROBE_MS)
      // A socket that accepts has an owner, even if none of its claims is there.
      if (rival === null && (state === 'absent' || state === 'refused')) return lock
      const owner = state === 'open' ? await requestHealth(paths.socket, { deadlineMs: Math.min(PROBE_MS, remaining(endMs)) }) : null
      if (owner !== null && owner.state !== 'stopping') throw alreadyRunning(paths, owner)
      if (remaining(endMs) <= 0) throw giveUp(paths, { rival, state, answered: owner !== null })
      await delay(POLL_MS)
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

function lockOf({ dir, claimPrefix }: ControlPaths, taken: Claim): Lock {
  let claim = taken
  return {
    makeOwn() {
      const own = makeClaim(claimPrefix, ownIdentity())
      putClaim(dir, own)
      removeClaim(dir, claim)
      claim = own
    },
    release: () => removeClaim(dir, claim),
  }
}

/** For those who have not begun to start yet. @throws MESHRT_ALREADY_RUNNING when a runtime answers there and is not stopping */
export async function refuseIfRunning(paths: ControlPaths): Promise<void> {
  if ((await probeSocket(paths.socket, PROBE_MS)) !== 'open') return
  const owner = await requestHealth(paths.socket, { deadlineMs: PROBE_MS })
  if (owner !== null && owner.state !== 'stopping') throw alreadyRunning(paths, owner)
}

/** Null when the claim is the only live one. Synchronous, so that claimants of one process cannot meet half-way. */
function tryToHold(paths: ControlPaths, claim: Claim): Claim | null {
  const scope = { prefix: paths.claimPrefix, own: claim }
  const [first] = liveRivals(paths.dir, scope)
  // Somebody is there already, and was before this claim: no reason to disturb those who are settling it.
  if (first !== undefined && decideClaim(claim, [first]) === 'withdraw') {
    removeClaim(paths.dir, claim)
    return first
  }
  removeClaim(paths.dir, claim)
  putClaim(paths.dir, claim)
  const rivals = liveRivals(paths.dir, scope)
  if (decideClaim(claim, rivals) === 'withdraw') removeClaim(paths.dir, claim)
  return rivals[0] ?? null
}

function remaining(endMs: number): number {
  return Math.max(0, endMs - performance.now())
}

function giveUp(paths: ControlPaths, seen: { rival: Claim | null; state: string; answered: boolean }): MeshrtError {
  const silent = seen.state === 'open' || seen.state === 'stuck'
  if (silent && !seen.answered) {
    return new MeshrtError('MESHRT_NOT_ANSWERING', `Cannot start: ${paths.socket} accepts connections but does not answer`)
  }
  const meta = readMeta(paths.meta)
  return alreadyRunning(paths, { pid: seen.rival?.pid ?? meta?.pid ?? null, startedAt: meta?.startedAt ?? null })
}

function alreadyRunning(paths: ControlPaths, owner: { pid: number | null; startedAt: number | null }): MeshrtError {
  const name = readMeta(paths.meta)?.name
  const who = name === undefined ? 'it is' : `"${name}" is`
  const pid = owner.pid === null ? '' : ` as process ${owner.pid}`
  const age = owner.startedAt === null ? '' : `, for ${describeAge(Date.now() - owner.startedAt)}`
  return new MeshrtError('MESHRT_ALREADY_RUNNING', `Cannot start: ${who} already running${pid}${age}`)
}

import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from '../errors/meshrt-error.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

/**
 * A lock made of claims: files whose unique names tell whose they are. Whoever has put down a claim and *then* sees no other live one
 * holds the lock; of two that put theirs down at once, at least the later sees the earlier. Because no name is ever used
 * twice, a dead process's claim can be removed at any time without taking away somebody's new lock, which is the race of every lock file with
 * one fixed name.
 */
export interface Claim extends ProcessIdentity {
  readonly fileName: string
}

/** A new claim in the name of a process: this one, or the guardian that outlives it. */
export function makeClaim(prefix: string, { pid, startTicks }: ProcessIdentity): Claim {
  return { pid, startTicks, fileName: `${prefix}${pid}.${startTicks}.${randomBytes(4).toString('hex')}` }
}

/** The claim that a process has put down already, through an earlier runtime of its. */
export function findClaim(dir: string, { prefix, of }: { prefix: string; of: ProcessIdentity }): Claim | null {
  const claims = liveRivals(dir, { prefix, own: null })
  return claims.find((claim) => claim.pid === of.pid && claim.startTicks === of.startTicks) ?? null
}

export function putClaim(dir: string, claim: Claim): void {
  closeSync(openSync(join(dir, claim.fileName), 'wx', 0o600))
}

export function removeClaim(dir: string, claim: Claim): void {
  rmSync(join(dir, claim.fileName), { force: true })
}

/** Live claims other than `own`; dead ones are removed on the way. */
export function liveRivals(dir: string, { prefix, own }: { prefix: string; own: Claim | null }): readonly Claim[] {
  const rivals: Claim[] = []
  for (const fileName of readDirOrEmpty(dir)) {
    const claim = parseClaim(fileName, prefix)
    if (claim === null || claim.fileName === own?.fileName) continue
    if (isAlive(claim)) rivals.push(claim)
    else removeClaim(dir, claim)
  }
  return rivals
}

/** What a claimant does who sees these rivals: of several, the one with the smallest claim stays, so that one of them gets the lock. */
export function decideClaim(own: Claim, rivals: readonly Claim[]): 'hold' | 'stay' | 'withdraw' {
  if (rivals.length === 0) return 'hold'
  return rivals.every((rival) => precedes(own, rival)) ? 'stay' : 'withdraw'
}

export function parseClaim(fileName: string, prefix: string): Claim | null {
  if (!fileName.startsWith(prefix)) return null
  const match = /^(\d{1,10})\.(\d{1,20})\.[0-9a-f]{8}$/.exec(fileName.slice(prefix.length))
  return match?.[1] === undefined || match[2] === undefined ? null : { fileName, pid: Number(match[1]), startTicks: match[2] }
}

function precedes(a: Claim, b: Claim): boolean {
  return a.pid === b.pid ? a.fileName < b.fileName : a.pid < b.pid
}

function readDirOrEmpty(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}

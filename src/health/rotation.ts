import type { Standing } from './assessment.ts'

/**
 * Which workers of a pool get no requests. Suspects are left out only while at least half of the workers remain: with fewer, what is
 * doubted is more likely the evidence than the workers, and few would have to bear the load of all. A blocked worker
 * cannot serve, so it is out whatever that leaves; callers still turn to it when nobody else is there.
 */
export function outOfRotation<T>(pool: ReadonlyMap<T, Standing>): ReadonlySet<T> {
  const having = (standing: Standing) => [...pool].filter(([, one]) => one === standing).map(([worker]) => worker)
  const blocked = having('blocked')
  const suspects = having('suspect')
  const left = pool.size - blocked.length - suspects.length
  return new Set(left > 0 && left * 2 >= pool.size ? [...blocked, ...suspects] : blocked)
}

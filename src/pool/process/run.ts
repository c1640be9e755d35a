import { readlinkSync } from 'node:fs'

/** The variable by which everything that a worker's process has started is found, whatever group or session it is in. */
export const RUN_ID = 'MESHRT_RUN_ID'

/** One life of a runtime. A pid is used again, and means another process in another container: neither may be taken for this one. */
export interface Life {
  readonly pid: number
  /** When the kernel started it, in its own ticks; '0' where that is unknown. */
  readonly startTicks: string
  /** The pid namespace that `pid` is of; '0' where there are none. */
  readonly namespace: string
}

export interface Run extends Life {
  /** The same for every runtime of one runtime file. */
  readonly application: string
}

/** A `Run` as text: what stands in the environment, before a slash and the worker's name. */
export type RunId = string

export function formatRun(run: Run): RunId {
  return `${run.application}.${formatLife(run)}`
}

/** @param text may have more behind a slash. */
export function parseRun(text: string): Run | null {
  const [, application, rest = ''] = /^(\w+)\.([^/]*)/.exec(text) ?? []
  const life = parseLife(rest)
  return application === undefined || life === null ? null : { application, ...life }
}

export function formatLife({ pid, startTicks, namespace }: Life): string {
  return [pid, startTicks, namespace].join('.')
}

export function parseLife(text: string): Life | null {
  const [, pid, startTicks, namespace] = /^(\d+)\.(\d+)\.(\d+)$/.exec(text) ?? []
  if (pid === undefined || startTicks === undefined || namespace === undefined) return null
  return { pid: Number(pid), startTicks, namespace }
}

export function ownNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}

import { readdirSync, readFileSync } from 'node:fs'

/** What a process holds, read from the outside. */
export interface ProcessVitals {
  readonly rssMb: number
  readonly threads: number
  readonly descriptors: number
}

/** Linux only. @throws when there is no such process */
export function processVitals(pid: number): ProcessVitals {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  return { rssMb: Math.round(field('VmRSS') / 1024), threads: field('Threads'), descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

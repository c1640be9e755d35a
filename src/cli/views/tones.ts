import type { ServiceState, WorkerState } from '../../model/view.ts'
import type { VerdictKind } from '../../model/verdict.ts'
import type { Tone } from '../colour.ts'

export const SERVICE_TONES: Readonly<Record<ServiceState, Tone>> = {
  pending: 'quiet',
  waiting: 'warn',
  starting: 'warn',
  running: 'good',
  degraded: 'warn',
  backoff: 'bad',
  failed: 'bad',
  stopped: 'quiet',
  completed: 'good',
}

export const WORKER_TONES: Readonly<Record<WorkerState, Tone>> = {
  empty: 'quiet',
  starting: 'warn',
  ready: 'good',
  replacing: 'warn',
  backoff: 'bad',
  draining: 'warn',
  stopped: 'quiet',
  completed: 'good',
  quarantined: 'bad',
}

export const VERDICT_TONES: Readonly<Record<VerdictKind, Tone>> = {
  grace: 'quiet',
  ok: 'good',
  pressed: 'warn',
  suspect: 'bad',
  unhealthy: 'bad',
  blocked: 'bad',
}

import * as z from 'zod'
import { SERVICE_TYPES, START_CONDITIONS } from '../../model/spec.ts'
import type { AbandonedView, RuntimeView, ServiceView, Vitals, WorkerView } from '../../model/view.ts'
import type { CheckResult } from '../../model/verdict.ts'
import type { MeshCounts } from '../../model/worker-row.ts'
import { exitSchema } from './exit.ts'
import { epochMsSchema, serviceIdSchema, workerKeySchema } from './names.ts'

const count = z.int().min(0)
const measure = z.number().nullable().meta({ description: 'Null = not measured' })

const SERVICE_STATES = ['pending', 'waiting', 'starting', 'running', 'degraded', 'backoff', 'failed', 'stopped', 'completed'] as const
const WORKER_STATES = ['empty', 'starting', 'ready', 'replacing', 'backoff', 'draining', 'stopped', 'completed', 'quarantined'] as const
const VERDICTS = ['grace', 'ok', 'pressed', 'suspect', 'unhealthy', 'blocked'] as const

export const runtimeStateSchema = z.enum(['starting', 'running', 'stopping', 'stopped'])
export const serviceStateSchema = z.enum(SERVICE_STATES)
export const dependencySchema = z.object({ service: serviceIdSchema, condition: z.enum(START_CONDITIONS) })

const vitals = {
  elu: measure,
  heapUsedBytes: measure,
  heapLimitBytes: measure,
  externalBytes: measure,
  cpu: measure,
  loopDelayMs: measure,
  p99Ms: measure,
  requestsPerSecond: measure,
} satisfies Record<keyof Vitals, z.ZodType>

const checkResultSchema = z.object({ ok: z.boolean(), durationMs: z.number(), detail: z.string() }) satisfies z.ZodType<CheckResult>

const meshCountsSchema = z.object({
  retries: count,
  replays: count,
  sheds: count,
  holdsExpired: count,
  failedFast: count,
  denied: count,
}) satisfies z.ZodType<MeshCounts>

/** One slot and the worker in it. */
export const workerViewSchema = z.object({
  id: z.string().meta({ examples: ['auth/2'] }),
  slot: count,
  generation: z.int().nullable(),
  state: z.enum(WORKER_STATES),
  verdict: z.enum(VERDICTS).nullable(),
  reason: z.string(),
  badChecks: count,
  check: checkResultSchema.nullable(),
  pid: z.int().nullable(),
  threadId: z.int().nullable(),
  ...vitals,
  inFlight: z.int(),
  mesh: meshCountsSchema,
  restarts: count,
  lastExit: z.object({ at: epochMsSchema, exit: exitSchema }).nullable(),
  since: epochMsSchema.nullable(),
  retryAt: epochMsSchema.nullable(),
}) satisfies z.ZodType<WorkerView>

const abandonedSchema = z.object({
  id: workerKeySchema,
  threadId: z.int().nullable(),
  since: epochMsSchema,
}) satisfies z.ZodType<AbandonedView>

export const serviceViewSchema = z.object({
  id: serviceIdSchema,
  state: serviceStateSchema,
  type: z.enum(SERVICE_TYPES),
  waitingFor: z.array(dependencySchema),
  ready: count,
  desired: count,
  health: z.partialRecord(z.enum(VERDICTS), count),
  restarts: count,
  lastRestartAt: epochMsSchema.nullable(),
  since: epochMsSchema,
  url: z.string().nullable(),
  elu: measure,
  heapUsedBytes: measure,
  heapLimitBytes: measure,
  p99Ms: measure,
  requestsPerSecond: measure,
  workers: z.array(workerViewSchema),
}) satisfies z.ZodType<ServiceView>

/** What `meshrt ps --json` prints. */
export const runtimeViewSchema = z.object({
  schema: z.literal('meshrt.ps/v1'),
  runtime: z.object({
    pid: z.int(),
    guardianPid: z.int().nullable(),
    name: z.string(),
    file: z.string(),
    mode: z.enum(['start', 'dev']),
    startedAt: epochMsSchema,
    state: runtimeStateSchema,
    url: z.string().nullable(),
  }),
  services: z.array(serviceViewSchema),
  abandoned: z.array(abandonedSchema),
}) satisfies z.ZodType<RuntimeView>

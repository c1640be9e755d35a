import { z } from 'zod'
import { descriptionSchema } from '../../src/control/schemas/description.ts'
import { configSchema, errorSchema } from '../../src/control/schemas/documents.ts'
import { serviceIdSchema, workerKeySchema } from '../../src/control/schemas/names.ts'
import { reloadPlanSchema, scaleReportSchema, stopReportSchema, targetStopReportSchema } from '../../src/control/schemas/reports.ts'
import { eventLineSchema, outputLineSchema } from '../../src/control/schemas/streams.ts'
import { runtimeViewSchema } from '../../src/control/schemas/view.ts'

const tookMs = z.int().min(0)
const services = z.array(serviceIdSchema)
const origin = z.string()
const place = { line: z.int().min(1), column: z.int().min(1) }

/** Every document that a command prints with `--json`, by its name. Strict: a key that nobody has described does not slip in. */
const DOCUMENTS = {
  'meshrt.ps/v1': runtimeViewSchema,
  'meshrt.config/v1': configSchema,
  'meshrt.config-check/v1': z.strictObject({
    schema: z.literal('meshrt.config-check/v1'),
    ok: z.literal(true),
    file: z.string(),
    services,
    autoloaded: services,
  }),
  'meshrt.env/v1': z.strictObject({
    schema: z.literal('meshrt.env/v1'),
    service: serviceIdSchema,
    mode: z.enum(['start', 'dev']),
    revealed: z.boolean(),
    variables: z.array(
      z.strictObject({ name: z.string(), value: z.string(), origin, overrides: z.array(z.strictObject({ origin, value: z.string() })) }),
    ),
  }),
  'meshrt.build/v1': z.strictObject({
    schema: z.literal('meshrt.build/v1'),
    built: z.array(z.strictObject({ service: serviceIdSchema, command: z.string(), tookMs })),
    skipped: services,
  }),
  'meshrt.config-origin/v1': z.strictObject({
    schema: z.literal('meshrt.config-origin/v1'),
    file: z.string(),
    mode: z.enum(['start', 'dev']),
    values: z.array(
      z.strictObject({
        key: z.string(),
        value: z.unknown(),
        origin: z.discriminatedUnion('kind', [
          z.strictObject({ kind: z.enum(['file', 'autoload']), ...place }),
          z.strictObject({ kind: z.literal('variable'), names: z.array(z.string()), ...place }),
          z.strictObject({ kind: z.enum(['dev', 'default']) }),
        ]),
      }),
    ),
  }),
  'meshrt.describe/v1': descriptionSchema,
  'meshrt.reload/v1': reloadPlanSchema
    .extend({ schema: z.literal('meshrt.reload/v1'), dryRun: z.boolean(), applied: z.boolean(), abandoned: z.array(z.string()), tookMs })
    .strict(),
  'meshrt.request/v1': z.strictObject({
    schema: z.literal('meshrt.request/v1'),
    status: z.int(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    body: z.string().exactOptional(),
    bodyBase64: z.base64().exactOptional(),
    tookMs,
  }),
  'meshrt.wait/v1': z.strictObject({
    schema: z.literal('meshrt.wait/v1'),
    condition: z.enum(['ready', 'stopped', 'completed']),
    services,
    tookMs,
  }),
  'meshrt.restart/v1': z.strictObject({ schema: z.literal('meshrt.restart/v1'), replaced: z.array(workerKeySchema), tookMs }),
  'meshrt.scale/v1': z.strictObject({ schema: z.literal('meshrt.scale/v1'), scaled: z.array(scaleReportSchema) }),
  'meshrt.start-service/v1': z.strictObject({ schema: z.literal('meshrt.start-service/v1'), started: z.array(workerKeySchema), tookMs }),
  'meshrt.stop-service/v1': z.strictObject({
    schema: z.literal('meshrt.stop-service/v1'),
    stopped: z.array(targetStopReportSchema.extend({ target: z.string() }).strict()),
  }),
  'meshrt.stop/v1': z.union([
    stopReportSchema.extend({ schema: z.literal('meshrt.stop/v1'), left: z.boolean() }).strict(),
    z.strictObject({
      schema: z.literal('meshrt.stop/v1'),
      left: z.boolean(),
      ok: z.null(),
      killed: z.null(),
      abandoned: z.null(),
      cut: z.null(),
    }),
  ]),
  'meshrt.version/v1': z.strictObject({
    schema: z.literal('meshrt.version/v1'),
    version: z.string(),
    node: z.string(),
    protocol: z.int(),
  }),
  'meshrt.start/v1': z.strictObject({
    schema: z.literal('meshrt.start/v1'),
    tookMs,
    runtime: runtimeViewSchema.shape.runtime,
    log: z.string().exactOptional(),
    stderr: z.string().exactOptional(),
  }),
  'meshrt.smoke/v1': z.strictObject({
    schema: z.literal('meshrt.smoke/v1'),
    ok: z.boolean(),
    checks: z.array(
      z.strictObject({
        service: serviceIdSchema,
        via: z.enum(['mesh', 'entrypoint', 'none']),
        method: z.string().nullable(),
        path: z.string().nullable(),
        ok: z.boolean(),
        status: z.int().nullable(),
        durationMs: z.number().nullable(),
        error: z.string().nullable(),
      }),
    ),
    interruptedBy: z.enum(['SIGINT', 'SIGTERM', 'SIGHUP']).exactOptional(),
  }),
  'meshrt.error/v1': errorSchema,
} as const

/** What streams print instead: a value per line. */
const LINES = { 'a line of output': outputLineSchema, 'an event': eventLineSchema } as const

export type DocumentName = keyof typeof DOCUMENTS | keyof typeof LINES

/** @throws when the text is not exactly one such document, or for streams not lines of such values */
export function checkDocument(text: string, name: DocumentName): void {
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new Error('The text has no line break at its end')
  if (!(name in LINES) && lines.length !== 1) throw new Error(`${lines.length} lines in place of one document`)
  const schema: z.ZodType = { ...DOCUMENTS, ...LINES }[name]
  for (const line of lines) schema.parse(JSON.parse(line))
}

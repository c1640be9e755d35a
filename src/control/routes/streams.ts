import { z } from 'zod'
import type { LogLine } from '../../model/log-line.ts'
import { parseTarget, type Target } from '../../model/ids.ts'
import { matchesTargets } from '../port.ts'
import { route } from '../route.ts'
import { eventLineSchema, outputLineSchema, streamQuery } from '../schemas/streams.ts'
import { checkTargets } from '../targets.ts'

const MAX_TARGETS = 1000

/** `auth` or `auth/2`. */
const targetSchema = z.string().transform((text, context): Target => {
  const target = parseTarget(text)
  if (target !== null) return target
  context.addIssue({ code: 'custom', message: 'must be a service or a service/slot' })
  return z.NEVER
})

const logsQuery = z.strictObject({
  ...streamQuery,
  service: z
    .union([targetSchema.transform((target) => [target]), z.array(targetSchema).max(MAX_TARGETS)])
    .default([])
    .meta({ description: 'Only of this service or worker; may come several times' }),
})

export const streamRoutes = [
  route({
    method: 'GET',
    path: '/v1/logs',
    summary: 'Stream what services write, a line of output per line',
    query: logsQuery,
    answer: {
      kind: 'lines',
      schema: outputLineSchema,
      run: ({ query: { service: targets, follow, tail }, port }, open) => {
        checkTargets(targets, port.view())
        const stream = open()
        const send = (line: LogLine): void => {
          if (matchesTargets(targets, line)) stream.send(line)
        }
        const unsubscribe = follow ? port.output(send) : null
        // In the same turn as the subscription: no line is missed and none comes twice.
        for (const line of port.recentOutput({ targets, limit: tail })) stream.send(line)
        return unsubscribe
      },
    },
  }),
  route({
    method: 'GET',
    path: '/v1/events',
    summary: 'Stream what happens, an event per line',
    query: z.strictObject(streamQuery),
    answer: {
      kind: 'lines',
      schema: eventLineSchema,
      run: ({ query: { follow, tail }, port }, open) => {
        const stream = open()
        const unsubscribe = follow ? port.events((stamped) => stream.send(stamped)) : null
        for (const stamped of port.recentEvents(tail)) stream.send(stamped)
        return unsubscribe
      },
    },
  }),
]

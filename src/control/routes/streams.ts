import type * as z from 'zod'
import type { Target } from '../../model/ids.ts'
import { eventMatcher } from '../event-filter.ts'
import type { LineStream } from '../line-stream.ts'
import { logMatcher } from '../log-filter.ts'
import { matchesTargets, type ControlPort } from '../port.ts'
import type { LiveLine } from '../protocol.ts'
import { route } from '../route.ts'
import { eventLineSchema, eventsQuery, logsQuery, outputLineSchema } from '../schemas/streams.ts'
import { checkTargets } from '../targets.ts'

export const streamRoutes = [
  route({
    method: 'GET',
    path: '/v1/logs',
    summary: 'Stream what services write, a line of output per line',
    query: logsQuery,
    answer: {
      kind: 'lines',
      schema: outputLineSchema,
      run: ({ query, port }, open) => {
        checkKept(query.service, port)
        const matches = logMatcher(filterOf(query), port.view())
        const past = () => port.recentOutput(query.tail, matches)
        return stream(open(), { follow: query.follow, past, listen: (tell) => port.output(tell), matches })
      },
    },
  }),
  route({
    method: 'GET',
    path: '/v1/events',
    summary: 'Stream what happens, an event per line',
    query: eventsQuery,
    answer: {
      kind: 'lines',
      schema: eventLineSchema,
      run: ({ query, port }, open) => {
        checkKept(query.service, port)
        const matches = eventMatcher({ targets: query.service, sinceMs: query.since, types: query.type })
        const past = () => port.recentEvents(query.tail, matches)
        return stream(open(), { follow: query.follow, past, listen: (tell) => port.events(tell), matches })
      },
    },
  }),
]

/** Also what a reload or a scaling has removed, for as long as there is something of it. @throws MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER */
function checkKept(targets: readonly Target[], port: ControlPort): void {
  const isKept = (target: Target): boolean =>
    port.recentOutput(1, (line) => matchesTargets([target], line)).length > 0 ||
    port.recentEvents(1, eventMatcher({ targets: [target], types: ['service.*', 'worker.*'], sinceMs: null })).length > 0
  const unheard = targets.filter((target) => !isKept(target))
  checkTargets(unheard, port.view())
}

interface Source<T> {
  readonly follow: boolean
  readonly past: () => readonly T[]
  readonly listen: (tell: (entry: T) => void) => ReturnType<ControlPort['events']>
  readonly matches: (entry: T) => boolean
}

/** The past is taken in the same turn as the subscription: nothing is missed and nothing comes twice. */
function stream<T>(lines: LineStream, { follow, past, listen, matches }: Source<T>): (() => void) | null {
  lines.replay(past())
  if (!follow) return null
  lines.replay([{ live: true } satisfies LiveLine])
  return listen((entry) => {
    if (matches(entry)) lines.send(entry)
  })
}

function filterOf({ service, since, level, previous }: z.output<typeof logsQuery>) {
  return { targets: service, sinceMs: since, level, previous }
}

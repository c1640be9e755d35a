import { BREAKS } from './breaks.ts'
import { EVENT_SOURCES } from './events.ts'
import { FETCHES } from './fetches.ts'
import { REQUESTS } from './requests.ts'
import { RESPONSES } from './responses.ts'
import type { Scenario } from './scenario.ts'
import { SOCKETS } from './sockets.ts'

export const SCENARIOS: readonly Scenario[] = [...REQUESTS, ...RESPONSES, ...BREAKS, ...FETCHES, ...EVENT_SOURCES, ...SOCKETS]

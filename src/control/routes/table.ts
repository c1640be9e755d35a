import type { Route } from '../route.ts'
import { runtimeRoutes } from './runtime.ts'
import { serviceRoutes } from './services.ts'
import { streamRoutes } from './streams.ts'
import { workerRoutes } from './workers.ts'

/** Every route of the management API. What is not here does not exist. */
export const ROUTES: readonly Route[] = [...runtimeRoutes, ...serviceRoutes, ...workerRoutes, ...streamRoutes]

import { join } from 'node:path'
import { FRAMEWORKS } from './install.ts'
import type { Site } from './site.ts'
import * as features from './features.ts'

/** One way to write a service, with a service written that way. */
export type ServiceKind = ServerKind | TaskKind

/** Has a server; `command`: is a program of its own, which serves behind the entrypoint only and does not know the names of the mesh. */
export interface ServerKind {
  readonly shape: 'server' | 'command'
  readonly name: string
  /** Keys of the service in the runtime file. */
  readonly keys: { readonly path: string; readonly entry?: string; readonly workers?: number; readonly command?: readonly string[] }
  readonly routes: Routes
  readonly webSocket: WebSocketTalk | null
  /** What the kind can do beyond what all can. */
  readonly features?: (site: Site) => Promise<void>
}

/** Where this kind answers what all answer. */
export interface Routes {
  readonly hello: Ask
  /** Gives a JSON body back; null when the kind has none. */
  readonly echo: string | null
  /** Calls the URL and answers with what that said. */
  readonly fetch: (url: string) => string
  /** Answers, and ends its worker with an uncaught error. */
  readonly crash: Ask
}

export interface Ask {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

/** What is said on a WebSocket, and what has to be answered. */
export interface WebSocketTalk {
  readonly path: string
  readonly says: readonly string[]
  readonly answers: readonly RegExp[]
}

/** Has none, and calls the sibling by itself. */
interface TaskKind {
  readonly shape: 'background' | 'oneshot'
  readonly name: string
  readonly keys: { readonly path: string; readonly type?: string }
}

const ROUTES: Routes = {
  hello: { method: 'GET', path: '/hello' },
  echo: '/echo',
  fetch: (url) => `/fetch?url=${encodeURIComponent(url)}`,
  crash: { method: 'POST', path: '/crash' },
}

const ECHO: WebSocketTalk = { path: '/ws', says: ['one', 'two'], answers: [/^one$/, /^two$/] }

const graphql = (query: string): string => `/graphql?query=${encodeURIComponent(query)}`

const YOGA_ROUTES: Routes = {
  hello: { method: 'GET', path: graphql('{ hello }') },
  echo: null,
  fetch: (url) => graphql(`{ fetch(url: ${JSON.stringify(url)}) }`),
  crash: { method: 'POST', path: '/graphql', body: JSON.stringify({ query: 'mutation { crash }' }) },
}

const NEXT_ROUTES: Routes = {
  hello: { method: 'GET', path: '/api/hello' },
  echo: '/api/echo',
  fetch: (url) => `/api/fetch?url=${encodeURIComponent(url)}`,
  crash: { method: 'POST', path: '/api/crash' },
}

/** What engine.io and socket.io say when a client comes, connects to the namespace and sends an event. */
const SOCKET_IO: WebSocketTalk = {
  path: '/socket.io/?EIO=4&transport=websocket',
  says: ['', '40', '42["echo","one"]'],
  answers: [/^0\{"sid"/, /^40\{"sid"/, /^42\["echo","one"\]$/],
}

export const KINDS: readonly ServiceKind[] = [
  server('`http`, ES module, exports the server', 'http-esm'),
  server('`http`, CommonJS, calls `listen()`', 'http-cjs'),
  server('`ws` beside `http`', 'ws', { webSocket: ECHO }),
  server('Express 5: session, compression, multer, static files', 'express', { features: features.express }),
  server('Express 5, ordinary `app.listen(3000)`', 'express-listen'),
  server('Fastify with `@fastify/http-proxy`, `@fastify/websocket`', 'fastify', { webSocket: ECHO, features: features.fastify }),
  server('Koa', 'koa'),
  server('Hono', 'hono'),
  // Long polling, with which its clients begin, needs one worker: the requests of a session have to reach the same one.
  server('socket.io', 'socketio', { workers: 1, webSocket: SOCKET_IO, features: features.socketIo }),
  server('GraphQL Yoga', 'yoga', { routes: YOGA_ROUTES, features: features.yoga }),
  server('TypeScript: enum, decorator, path alias, CommonJS', 'typescript', { features: features.typescript }),
  server('Nest, `main.ts` from source', 'nest', { entry: 'src/main.ts' }),
  server('Nest, factory that returns the application', 'nest', { entry: 'src/factory.ts' }),
  server('Nest, built', 'nest', { entry: 'dist/main.js' }),
  server('Next, `output: standalone`', 'next', { entry: '.next/standalone/next/server.js', routes: NEXT_ROUTES, features: features.next }),
  {
    shape: 'command',
    name: 'Python, `http.server`',
    keys: { path: join(FRAMEWORKS, 'python'), workers: 2, command: ['python3', 'app.py'] },
    routes: ROUTES,
    webSocket: null,
  },
  { shape: 'background', name: 'background service', keys: { path: join(FRAMEWORKS, 'background'), type: 'background' } },
  { shape: 'oneshot', name: 'oneshot', keys: { path: join(FRAMEWORKS, 'oneshot'), type: 'oneshot' } },
]

interface ServerDetails {
  readonly workers?: number
  readonly entry?: string
  readonly routes?: Routes
  readonly webSocket?: WebSocketTalk
  readonly features?: (site: Site) => Promise<void>
}

function server(
  name: string,
  folder: string,
  { entry, workers = 2, routes = ROUTES, webSocket, features }: ServerDetails = {},
): ServerKind {
  const keys = { path: join(FRAMEWORKS, folder), workers, ...(entry === undefined ? {} : { entry }) }
  return { shape: 'server', name, keys, routes, webSocket: webSocket ?? null, ...(features ? { features } : {}) }
}

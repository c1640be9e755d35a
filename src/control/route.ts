import type { IncomingMessage, ServerResponse } from 'node:http'
import * as z from 'zod'
import type { StampedEvent } from '../model/events.ts'
import type { ServiceId } from '../model/ids.ts'
import type { LineStream } from './line-stream.ts'
import type { ControlPort } from './port.ts'
import type { HealthDocument } from './protocol.ts'

/** GET changes nothing. `ANY` is for what is passed on to a service, whose methods are its own. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'ANY'

/**
 * One entry of the table: what may be asked, and what comes of it. A path has literal segments, `:service` and `:slot`, and at its end perhaps `*`:
 * whatever follows, as it was sent. The schemas are what requests are held to, and what documentation is made of.
 */
export interface Route {
  readonly method: Method
  readonly path: string
  /** An imperative, for documentation. */
  readonly summary: string
  readonly query: z.ZodType
  readonly body: z.ZodType | null
  readonly answer: Answer<RouteInput>
}

/** A request that has been matched, and read as far as its schemas say. */
export interface RouteInput<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly port: ControlPort
}

/** How a route answers; `schema` describes the document, or each line. */
export type Answer<Input> =
  /** From what the server itself knows: also before there is a runtime to ask. */
  | { readonly kind: 'at-once'; readonly schema: z.ZodType; run(facts: ServerFacts): unknown }
  /** One JSON document, when it is there. */
  | { readonly kind: 'document'; readonly schema: z.ZodType; run(input: Input): unknown }
  /** Lines of progress, and the report as the last one. */
  | { readonly kind: 'operation'; readonly schema: z.ZodType; run(input: Input, progress: Progress): Promise<unknown> }
  /** JSON lines, once `open` was called. Returns what ends the subscription; null when there is no more to come. */
  | { readonly kind: 'lines'; readonly schema: z.ZodType; run(input: Input, open: () => LineStream): (() => void) | null }
  | { readonly kind: 'text'; readonly type: string; run(input: Input): Promise<string> }
  /** The request as it is goes elsewhere, and so does the answer. */
  | { readonly kind: 'passed-on'; run(input: Input, exchange: Exchange): Promise<void> }

export interface ServerFacts {
  readonly health: HealthDocument
}

type Progress = (stamped: StampedEvent) => void

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What stood for `*`, with the query: `/users?id=3`. */
  readonly rest: string
}

/** The parameters that a path names. */
type ParamsOf<Path extends string> = (Path extends `${string}:service${string}` ? { readonly service: ServiceId } : unknown) &
  (Path extends `${string}:slot${string}` ? { readonly slot: number } : unknown)

interface Definition<Path extends string, Query extends z.ZodType, Body extends z.ZodType | null> {
  readonly method: Method
  readonly path: Path
  readonly summary: string
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer<RouteInput<ParamsOf<Path>, z.output<Query>, Body extends z.ZodType ? z.output<Body> : undefined>>
}

const NO_QUERY = z.strictObject({})

/** An entry of the table, with what its handler is given typed by its path and its schemas. */
export function route<Path extends string, Query extends z.ZodType = typeof NO_QUERY, Body extends z.ZodType | null = null>(
  definition: Definition<Path, Query, Body>,
): Route {
  const { query = NO_QUERY, body = null, ...rest } = definition
  return { ...rest, query, body }
}

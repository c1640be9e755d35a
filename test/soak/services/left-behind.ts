import v8 from 'node:v8'
import { MessagePort } from 'node:worker_threads'
import { ClientExchange } from '../../../src/mesh/client/exchange.ts'
import { ServerExchange } from '../../../src/mesh/server/exchange.ts'
import { StreamConsumer } from '../../../src/mesh/stream/consumer.ts'
import { StreamProducer } from '../../../src/mesh/stream/producer.ts'

/** Objects that are alive in this thread, by what they are. */
export type LeftBehind = Readonly<Record<string, number>>

/** Collects all garbage first. */
export function countLeftBehind(): LeftBehind {
  const count = (kind: abstract new (...args: never[]) => unknown): number => v8.queryObjects(kind, { format: 'count' })
  return {
    ports: count(MessagePort),
    'client exchanges': count(ClientExchange),
    'server exchanges': count(ServerExchange),
    'body readers': count(StreamConsumer),
    'body writers': count(StreamProducer),
    'abort signals': count(AbortSignal),
    'listeners of the process': process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  }
}

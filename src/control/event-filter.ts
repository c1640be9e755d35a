import { parseTarget, type SlotId, type Target } from '../model/ids.ts'
import type { RuntimeEvent, StampedEvent } from '../model/events.ts'

/** Which events somebody wants to see. */
export interface EventFilter {
  /** Empty = all, also those of no service. */
  readonly targets: readonly Target[]
  /** `worker.exited` or, with `*` for any text, `worker.*`; one has to fit. Empty = all. */
  readonly types: readonly string[]
  /** Milliseconds since the epoch; null = from the beginning. */
  readonly sinceMs: number | null
}

export function eventMatcher({ targets, types, sinceMs }: EventFilter): (stamped: StampedEvent) => boolean {
  return ({ atMs, event }) =>
    atMs >= (sinceMs ?? 0) &&
    (types.length === 0 || types.some((pattern) => fitsPattern(event.type, pattern))) &&
    (targets.length === 0 || concerns(event, targets))
}

/** `*` stands for any text. The pieces between are looked for one after the other, so that no pattern takes long. */
export function fitsPattern(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Whether the event is about one of the targets. */
export function concerns(event: RuntimeEvent, targets: readonly Target[]): boolean {
  const places = placesOf(event)
  return targets.some(({ service, slot }) => places.some((place) => place.service === service && (slot === null || place.slot === slot)))
}

type Place = { readonly service: string; readonly slot: number | null }

/** Whom an event is about: services, and slots of them. */
function placesOf(event: RuntimeEvent): readonly Place[] {
  if ('worker' in event) return [event.worker]
  if ('slot' in event) return [event.slot satisfies SlotId]
  if ('service' in event) return event.service === null ? [] : [{ service: event.service, slot: null }]
  if ('caller' in event) return [event.caller, event.target].flatMap((key) => parsed(key.replace(/#\d+$/, '')))
  if ('command' in event) return (event.target ?? '').split(' ').flatMap(parsed)
  return []
}

function parsed(text: string): readonly Place[] {
  const place = parseTarget(text)
  return place === null ? [] : [place]
}

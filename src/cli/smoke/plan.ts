import type { SmokeSpec } from '../../model/smoke.ts'
import type { RuntimeSpec } from '../../model/spec.ts'
import type { RuntimeView, ServiceView } from '../../model/view.ts'
import type { Question } from '../../runtime/runtime.ts'

/** Something to ask, and what has to come back. `running`: a service without a server can only be looked at. */
export type SmokeStep =
  | ({ readonly kind: 'ask'; readonly maxStatus: number } & SmokeSpec)
  | { readonly kind: 'running'; readonly service: ServiceView }

/** Of a check that says nothing about the status. */
const GOOD_BELOW = 400
/** Nobody has said that there is anything at `/`; that the service is in its senses shows in any answer but an error of its own. */
const SANE_BELOW = 500
const TIMEOUT_MS = 10_000

export interface SmokePlan {
  /** One after the other, as they are written: a check may need what the one before it has done. */
  readonly inOrder: boolean
  readonly steps: readonly SmokeStep[]
}

/** The checks of the runtime file, or every service once. */
export function planSmoke(
  spec: RuntimeSpec,
  { view, timeoutMs }: { readonly view: RuntimeView; readonly timeoutMs: number | null },
): SmokePlan {
  if (spec.smoke.length > 0) {
    const steps = spec.smoke.map((check) => ({
      kind: 'ask' as const,
      maxStatus: GOOD_BELOW - 1,
      ...check,
      timeoutMs: timeoutMs ?? check.timeoutMs,
    }))
    return { inOrder: true, steps }
  }
  const ask = (service: ServiceView['id'], via: SmokeSpec['via']): SmokeStep => ({
    kind: 'ask',
    maxStatus: SANE_BELOW - 1,
    service,
    via,
    method: 'GET',
    path: '/',
    headers: {},
    timeoutMs: timeoutMs ?? TIMEOUT_MS,
    expect: {},
  })
  const throughMesh = view.services.map((service) =>
    service.url === null ? { kind: 'running' as const, service } : ask(service.id, 'mesh'),
  )
  return { inOrder: false, steps: [...throughMesh, ...(spec.entrypoint === null ? [] : [ask(spec.entrypoint, 'entrypoint')])] }
}

/** A check as a request: a body that is not text goes as JSON. */
export function questionOf({ method, path, headers, body, timeoutMs }: SmokeSpec): Question {
  const isJson = body !== undefined && typeof body !== 'string'
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  return {
    method,
    path,
    headers: isJson && !hasType ? { ...headers, 'content-type': 'application/json' } : headers,
    body: body === undefined ? null : Buffer.from(isJson ? JSON.stringify(body) : body),
    timeoutMs,
  }
}

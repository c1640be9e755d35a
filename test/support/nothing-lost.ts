import type { JournalEntry } from './journal.ts'

/** What the client saw of one request. */
export interface Request {
  readonly id: string
  /** A GET: it may be sent a second time when its first worker ended. */
  readonly repeatable: boolean
  /** Null when it was answered with 2xx. */
  readonly failure: string | null
}

export interface Evidence {
  readonly requests: readonly Request[]
  /** Of every service, in any order between them. */
  readonly journal: readonly JournalEntry[]
  /** Workers that ended without having been asked to: `auth/0#3`. */
  readonly deaths: ReadonlySet<string>
  readonly entrypoint: string
}

export interface Judgement {
  readonly answered: number
  /** Taken by a worker that then died: failed, as they must. */
  readonly lost: number
  /** Taken by a worker that died, and answered by another. */
  readonly repeated: number
  /** On a connection that a dead worker of the entrypoint had accepted, before its service saw them. */
  readonly unseen: number
  /** Whatever should not have happened, in words. */
  readonly violations: readonly string[]
}

const CONNECTION_LOST = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)\b/
const TARGET_LOST = /MESHRT_MESH_TARGET_LOST/

/**
 * Whether nothing was lost: a request fails only if a worker had taken it and died, and then at once and with the error that says so. One that is not
 * repeatable is taken once, ever; one that is, a second time after its first worker died. Whatever was answered was handled to its end.
 */
export function judge({ requests, journal, deaths, entrypoint }: Evidence): Judgement {
  const entries = Map.groupBy(journal, ({ id }) => id)
  const violations: string[] = []
  let lost = 0
  let repeated = 0
  let unseen = 0
  for (const request of requests) {
    const own = entries.get(request.id) ?? []
    const taken = own.filter(({ step }) => step === 'taken')
    const cutShort = taken.filter(({ worker }) => deaths.has(worker) && !isDone(own, worker))
    violations.push(...takenTooOften(request, { taken, deaths }))
    if (request.failure === null) {
      if (cutShort.length > 0) repeated++
      violations.push(...answeredInVain(request, { own, taken, deaths }))
      continue
    }
    const died = taken.filter(({ worker }) => deaths.has(worker)).map(({ worker }) => worker)
    if (died.some((worker) => isProperFailure(request.failure, { worker, entrypoint }))) lost++
    else if (taken.length === 0 && hasDied(deaths, entrypoint) && CONNECTION_LOST.test(request.failure)) unseen++
    else violations.push(`${request.id} failed: ${request.failure}; taken by ${list(taken)}, of which died: ${died.join(', ') || 'none'}`)
  }
  const answered = requests.filter(({ failure }) => failure === null).length
  return { answered, lost, repeated, unseen, violations }
}

function takenTooOften(
  { id, repeatable }: Request,
  { taken, deaths }: { readonly taken: readonly JournalEntry[]; readonly deaths: ReadonlySet<string> },
): readonly string[] {
  return [...Map.groupBy(taken, ({ worker }) => serviceOf(worker)).values()]
    .filter((ofService) => ofService.length > 1)
    .filter(([first, ...others]) => !repeatable || others.length > 1 || !first || !deaths.has(first.worker))
    .map((ofService) => `${id} was taken ${ofService.length} times: ${list(ofService)}`)
}

function answeredInVain(
  { id }: Request,
  {
    own,
    taken,
    deaths,
  }: { readonly own: readonly JournalEntry[]; readonly taken: readonly JournalEntry[]; readonly deaths: ReadonlySet<string> },
): readonly string[] {
  if (taken.length === 0) return [`${id} was answered, but nobody took it`]
  // One that died right after its answer had no time to note it.
  const alive = new Set(taken.filter(({ worker }) => !deaths.has(worker)).map(({ worker }) => serviceOf(worker)))
  return [...alive]
    .filter((service) => !own.some(({ worker, step }) => step === 'done' && serviceOf(worker) === service))
    .map((service) => `${id} was answered, but ${service} never finished it`)
}

/** At the entrypoint a closed connection; from the mesh the error that names the reason. */
function isProperFailure(
  failure: string | null,
  { worker, entrypoint }: { readonly worker: string; readonly entrypoint: string },
): boolean {
  return failure !== null && (serviceOf(worker) === entrypoint ? CONNECTION_LOST : TARGET_LOST).test(failure)
}

function hasDied(deaths: ReadonlySet<string>, service: string): boolean {
  return [...deaths].some((worker) => serviceOf(worker) === service)
}

function isDone(entries: readonly JournalEntry[], by: string): boolean {
  return entries.some(({ worker, step }) => worker === by && step === 'done')
}

function serviceOf(worker: string): string {
  return worker.slice(0, worker.indexOf('/'))
}

function list(entries: readonly JournalEntry[]): string {
  return entries.map(({ worker }) => worker).join(', ') || 'nobody'
}

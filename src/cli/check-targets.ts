import { parseTarget, type Target } from '../model/ids.ts'
import { hasMeshrtCode, MeshrtError } from '../errors/meshrt-error.ts'
import type { RuntimeView } from '../model/view.ts'
import type { ControlClient } from '../control/client.ts'

/**
 * Whether the runtime has what was typed (`auth`, `auth/2`), said before anything is done.
 * @throws MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, with what was probably meant
 */
export async function checkTargets(
  client: ControlClient,
  { targets, verb }: { targets: readonly string[]; verb: string },
): Promise<readonly Target[]> {
  if (targets.length === 0) return []
  const view = await client.view()
  const checked: Target[] = []
  for (const text of targets) checked.push(await checkTarget(view, { text, verb }))
  return checked
}

/**
 * For what the runtime itself checks, because it also knows services and workers of the past.
 * @throws as `work`, and as `checkTargets` where it fails because of the targets
 */
export async function explainTargets<T>(
  client: ControlClient,
  { targets, verb, work }: { targets: readonly string[]; verb: string; work: () => Promise<T> },
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (hasMeshrtCode(error) && OF_TARGETS.has(error.code)) await checkTargets(client, { targets, verb })
    throw error
  }
}

const OF_TARGETS: ReadonlySet<string> = new Set(['MESHRT_UNKNOWN_SERVICE', 'MESHRT_UNKNOWN_WORKER', 'MESHRT_USAGE'])

async function checkTarget(view: RuntimeView, { text, verb }: { text: string; verb: string }): Promise<Target> {
  const [name = ''] = text.split('/')
  const service = view.services.find((candidate) => candidate.id === name)
  if (service === undefined) {
    const known = view.services.map((candidate) => candidate.id)
    const { guessName } = await import('../errors/guess-name.ts')
    const guess = guessName(name, known)
    const help = guess === null ? `The services are ${known.join(', ')}.` : `Did you mean "${text.replace(name, guess)}"?`
    throw new MeshrtError('MESHRT_UNKNOWN_SERVICE', `Cannot ${verb} "${text}": there is no service "${name}". ${help}`)
  }
  const target = parseTarget(text)
  if (target !== null && (target.slot === null || service.workers.some((worker) => worker.slot === target.slot))) return target
  const known = service.workers.map((worker) => worker.id).join(', ')
  throw new MeshrtError('MESHRT_UNKNOWN_WORKER', `Cannot ${verb} "${text}": there is no such worker. The workers are ${known}.`)
}

import { guessName } from '../errors/guess-name.ts'
import { canServe, entrypointOf, typeOf } from './service-type.ts'
import { isEnabled, type Rule, type Subject } from './subject.ts'

/** What must hold for the checks of `meshrt smoke`, which runs the services as `start` does. */
export const SMOKE_RULES: Readonly<Record<string, Rule>> = {
  'smoke-service': (subject) =>
    checks(subject).flatMap(({ service: id, at }) => {
      const path = ['smoke', at, 'service']
      if (id === undefined) {
        if (entrypoint(subject) !== null) return []
        return [{ message: 'A check without `service` asks the entrypoint, and there is none', path, hint: 'Say which `service` to ask.' }]
      }
      const service = subject.file.services?.[id]
      if (!subject.ids.includes(id)) {
        const guess = guessName(id, subject.ids)
        const hint = guess === null ? `The services are: ${subject.ids.slice(0, 20).join(', ')}.` : `Did you mean \`${guess}\`?`
        return [{ message: `\`${id}\` is not a service`, path, hint }]
      }
      if (!isEnabled(service, 'start')) {
        return [{ message: `\`${id}\` is not enabled in \`start\``, path, hint: 'Enable it, or remove the check.' }]
      }
      if (canServe(service)) return []
      return [{ message: `\`${id}\` cannot be asked: its type is \`${typeOf(service)}\``, path, hint: 'That it runs is checked anyhow.' }]
    }),

  'smoke-via': (subject) =>
    checks(subject).flatMap(({ service, via, at }) => {
      if (via !== 'entrypoint' || service === undefined || service === entrypoint(subject)) return []
      const message = `\`${service}\` is not the entrypoint, and is reached through the mesh only`
      return [{ message, path: ['smoke', at, 'via'], hint: 'Leave `via` out.' }]
    }),

  'smoke-body': (subject) =>
    checks(subject).flatMap(({ body, method = 'GET', at }) => {
      if (body === undefined || (method !== 'GET' && method !== 'HEAD')) return []
      return [{ message: `A ${method} request has no body`, path: ['smoke', at, 'body'], hint: 'Use another `method`, such as POST.' }]
    }),
}

function checks({ file }: Subject) {
  return (file.smoke ?? []).map((check, at) => ({ ...check, at }))
}

function entrypoint({ file, ids }: Subject): string | null {
  return entrypointOf(
    file,
    ids.filter((id) => isEnabled(file.services?.[id], 'start')),
  )
}

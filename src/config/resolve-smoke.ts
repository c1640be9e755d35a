import { isServiceId, type ServiceId } from '../model/ids.ts'
import type { SmokeSpec } from '../model/smoke.ts'
import { DEFAULTS } from './defaults.ts'
import { given } from './given.ts'
import type { RuntimeFile } from './schema.ts'

/** The checks of `meshrt smoke`, with whom they ask and how. */
export function smokeOf({ smoke = [] }: RuntimeFile, entrypoint: ServiceId | null): readonly SmokeSpec[] {
  return smoke.flatMap((check) => {
    const service = check.service ?? entrypoint
    if (service === null || !isServiceId(service)) return []
    const { method, path, timeout } = { ...DEFAULTS.smoke, ...given(check) }
    return [
      {
        service,
        via: check.via ?? (service === entrypoint ? 'entrypoint' : 'mesh'),
        method,
        path,
        headers: check.headers ?? {},
        ...(check.body === undefined ? {} : { body: check.body }),
        timeoutMs: timeout,
        expect: given(check.expect),
      },
    ]
  })
}

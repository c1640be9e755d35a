import { EMPTY_SNAPSHOT } from '../../src/model/routes.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import type { HostingOptions } from '../../src/pool/incarnation.ts'
import { realClock } from '../../src/runtime/real-clock.ts'
import { runtimeSpec } from '../support/specs.ts'

/** What a module is hosted with that is alone in the mesh. */
export function hostingOptions(spec: ServiceSpec, overrides: Partial<HostingOptions> = {}): HostingOptions {
  return {
    spec,
    mode: 'start',
    mesh: runtimeSpec([]).mesh,
    routes: () => EMPTY_SNAPSHOT,
    lineDir: null,
    hasProcesses: false,
    ingress: null,
    clock: realClock,
    ...overrides,
  }
}

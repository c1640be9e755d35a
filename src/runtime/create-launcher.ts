import type { MeshCoordinator } from '../mesh/coordinator.ts'
import type { RuntimeSpec, ServiceSpec } from '../model/spec.ts'
import { CommandLauncher } from '../pool/command/command-launcher.ts'
import { RemoteLauncher } from '../pool/command/remote-launcher.ts'
import type { EarlyThreads } from '../pool/early-threads.ts'
import type { IngressSource, Launcher } from '../pool/launcher.ts'
import { ModuleLauncher } from '../pool/module-launcher.ts'
import { processes } from '../pool/process/child.ts'
import { threads } from '../pool/thread.ts'
import type { ProcessPlace } from './process-place.ts'
import { realClock } from './real-clock.ts'

interface LauncherParts {
  /** The runtime that it is a service of. */
  readonly runtime: RuntimeSpec
  readonly coordinator: MeshCoordinator
  readonly place: ProcessPlace
  readonly ingress: IngressSource | null
  /** Started before the runtime was made. */
  readonly early: EarlyThreads | null
}

/** What makes the workers of a service, by what it is. */
export function createLauncher(service: ServiceSpec, { runtime, coordinator, place, ingress, early }: LauncherParts): Launcher {
  const { source, isolation } = service
  const clock = realClock
  switch (source.kind) {
    case 'remote':
      return new RemoteLauncher({ spec: service, url: source.url, clock })
    case 'command':
      return new CommandLauncher({ spec: service, argv: source.argv, mode: runtime.mode, run: place.open(), clock })
    case 'module':
      return new ModuleLauncher(isolation === 'process' ? processes(place.open()) : threads(early), {
        spec: service,
        mode: runtime.mode,
        mesh: { ...runtime.mesh, maxInFlight: service.mesh.maxInFlight },
        routes: () => coordinator.snapshotFor(service.id),
        lineDir: place.lineDir,
        hasProcesses: runtime.services.some(isProcess),
        ingress,
        clock,
      })
  }
}

function isProcess({ isolation, source }: ServiceSpec): boolean {
  return isolation === 'process' || source.kind === 'command'
}

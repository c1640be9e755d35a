import type { MeshCoordinator } from '../mesh/coordinator.ts'
import type { RuntimeSpec, ServiceSpec } from '../model/spec.ts'
import { CommandLauncher } from '../pool/command/command-launcher.ts'
import { RemoteLauncher } from '../pool/command/remote-launcher.ts'
import type { IngressSource, Launcher } from '../pool/launcher.ts'
import { ModuleLauncher } from '../pool/module-launcher.ts'
import { processes } from '../pool/process/child.ts'
import { threads } from '../pool/thread.ts'
import type { ProcessPlace } from './process-place.ts'
import { realClock } from './real-clock.ts'

interface LauncherParts {
  readonly spec: RuntimeSpec
  readonly coordinator: MeshCoordinator
  readonly place: ProcessPlace | null
  readonly ingress: IngressSource | null
}

/** What makes the workers of a service, by what it is. */
export function createLauncher(service: ServiceSpec, { spec, coordinator, place, ingress }: LauncherParts): Launcher {
  const { source, isolation } = service
  const clock = realClock
  switch (source.kind) {
    case 'remote':
      return new RemoteLauncher({ spec: service, url: source.url, clock })
    case 'command':
      return new CommandLauncher({ spec: service, argv: source.argv, mode: spec.mode, run: runOf(place), clock })
    case 'module':
      return new ModuleLauncher(isolation === 'process' ? processes(runOf(place)) : threads, {
        spec: service,
        mode: spec.mode,
        mesh: { ...spec.mesh, maxInFlight: service.mesh.maxInFlight },
        routes: () => coordinator.snapshotFor(service.id),
        lineDir: place?.lineDir ?? null,
        ingress,
        clock,
      })
  }
}

function runOf(place: ProcessPlace | null): string {
  if (place === null) throw new Error('Cannot launch a process: the runtime was made without a place for processes')
  return place.run
}

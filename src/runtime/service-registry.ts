import type { ServiceId } from '../model/ids.ts'
import type { RuntimeSpec, ServiceSpec } from '../model/spec.ts'
import type { IngressSource, Launcher } from '../pool/launcher.ts'
import type { Deployment, PoolOptions } from '../pool/pool-options.ts'
import type { PoolSupervisor } from '../pool/pool-supervisor.ts'
import type { AbandonedWorker } from '../pool/worker-register.ts'
import type { Slot } from '../supervision/slot.ts'
import type { MeshRouting } from './mesh-routing.ts'
import type { ServiceKeeper } from './service-keeper.ts'

/** What a service tells the runtime. */
export interface KeeperHooks {
  readonly onFailed: (error: Error) => void
  readonly onFiles: (files: readonly string[]) => void
  /** After every change of one of its slots. */
  readonly onChange: () => void
}

export interface RegistryParts {
  readonly createLauncher: (
    service: ServiceSpec,
    site: { readonly runtime: RuntimeSpec; readonly ingress: IngressSource | null },
  ) => Launcher
  readonly createKeeper: (pool: Pick<PoolOptions, 'spec' | 'launcher' | 'past'>, hooks: KeeperHooks) => ServiceKeeper
  readonly routing: Pick<MeshRouting, 'introduce' | 'forget'>
  readonly socketsOf: (service: ServiceId) => IngressSource | null
  readonly onFailed: (keeper: ServiceKeeper, error: Error) => void
  readonly onFiles: (service: ServiceId, files: readonly string[]) => void
  readonly onChange: (keeper: ServiceKeeper) => void
}

/** The services that there are. A reload adds some, removes others, and gives the rest another spec. */
export class ServiceRegistry {
  readonly #parts: RegistryParts
  readonly #keepers = new Map<ServiceId, ServiceKeeper>()
  /** Of services that have been removed: one that comes back goes on counting its generations. */
  readonly #past = new Map<ServiceId, readonly Slot[]>()
  /** Pools of removed services of which threads are left that do not end. */
  #haunted: readonly PoolSupervisor[] = []
  /** Services whose failure is the reload's, with the last one. */
  readonly #onTrial = new Map<ServiceId, Error | null>()

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /** Always those of the moment, whoever has got it when. */
  get keepers(): ReadonlyMap<ServiceId, ServiceKeeper> {
    return this.#keepers
  }

  /** Workers that outlived their termination, those of services that are gone included. */
  get abandoned(): readonly AbandonedWorker[] {
    this.#haunted = this.#haunted.filter(({ abandoned }) => abandoned.length > 0)
    const pools = [...[...this.#keepers.values()].map(({ pool }) => pool), ...this.#haunted]
    return pools.flatMap(({ abandoned }) => abandoned)
  }

  /** Nothing of it runs yet. */
  add(service: ServiceSpec, runtime: RuntimeSpec): ServiceKeeper {
    const { id } = service
    const past = this.#past.get(id) ?? []
    const keeper: ServiceKeeper = this.#parts.createKeeper(
      { ...this.deploymentOf(service, runtime), past },
      {
        onFailed: (error) => {
          if (this.#onTrial.has(id)) this.#onTrial.set(id, error)
          else this.#parts.onFailed(keeper, error)
        },
        onFiles: (files) => this.#parts.onFiles(id, files),
        onChange: () => {
          // Not for what happens before it is known.
          if (this.#keepers.has(id)) this.#parts.onChange(keeper)
        },
      },
    )
    this.#keepers.set(id, keeper)
    return keeper
  }

  deploymentOf(spec: ServiceSpec, runtime: RuntimeSpec): Deployment {
    return { spec, launcher: this.#parts.createLauncher(spec, { runtime, ingress: this.#parts.socketsOf(spec.id) }) }
  }

  /** Its workers stay as they are. */
  deploy({ pool }: ServiceKeeper, deployment: Deployment): void {
    const isOther = pool.spec.type !== deployment.spec.type
    pool.deploy(deployment)
    if (isOther) this.#parts.routing.introduce(deployment.spec)
  }

  /** To be called when it has stopped. */
  remove({ id, pool }: ServiceKeeper): void {
    this.#keepers.delete(id)
    this.#past.set(id, pool.history)
    this.#haunted = [...this.#haunted, pool]
    this.#parts.routing.forget(id)
  }

  /** Until the trial ends, a failure of the service does not stop the runtime: it may be undone. */
  beginTrial(service: ServiceId): void {
    this.#onTrial.set(service, null)
  }

  endTrial(service: ServiceId): void {
    const error = this.#onTrial.get(service) ?? null
    this.#onTrial.delete(service)
    const keeper = this.#keepers.get(service)
    if (error !== null && keeper?.state === 'failed') this.#parts.onFailed(keeper, error)
  }
}

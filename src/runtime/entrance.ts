import type { EchoHelper } from '../ingress/echo-helper.ts'
import { openIngress, type Ingress } from '../ingress/open-ingress.ts'
import type { SocketVault } from '../ingress/socket-vault.ts'
import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import type { ServiceId } from '../model/ids.ts'
import { formatOrigin } from '../model/origin.ts'
import { findService, type RuntimeSpec } from '../model/spec.ts'
import type { IngressSource } from '../pool/launcher.ts'
import { Adopter } from './adopter.ts'
import { ingressSource } from './ingress-source.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface EntranceOptions {
  readonly spec: RuntimeSpec
  readonly clock: Clock
  readonly emit: Emit
  /** Null without a guardian. */
  readonly vault: SocketVault | null
  /** Started early, as it takes its time; null = started when it is needed. */
  readonly helper: EchoHelper | null
}

/** The way in from outside: the sockets of the entrypoint, each always accepted from by somebody. */
export class Entrance {
  readonly #options: EntranceOptions
  readonly #sockets = ingressSource(() => this.#ingress)
  readonly #adopter: Adopter
  #ingress: Ingress | null = null

  constructor(options: EntranceOptions) {
    const { clock, emit } = options
    this.#options = options
    this.#adopter = new Adopter({ ingress: this.#sockets, clock, emit })
  }

  /** @throws MeshrtError MESHRT_PORT_IN_USE, MESHRT_PORT_DENIED, MESHRT_INGRESS_FAILED */
  async open(): Promise<void> {
    const { spec, clock, vault, helper } = this.#options
    const service = spec.entrypoint === null ? undefined : findService(spec, spec.entrypoint)
    if (service) this.#ingress = await openIngress({ ...spec.server, slots: service.workers, clock, vault, helper })
  }

  /** Null for any service but the entrypoint. */
  socketsOf(service: ServiceId): IngressSource | null {
    return service === this.#options.spec.entrypoint ? this.#sockets : null
  }

  /** How many workers of the service can accept. */
  maxWorkers(service: ServiceId): number {
    return service === this.#options.spec.entrypoint ? (this.#ingress?.maxWorkers ?? 1) : Number.POSITIVE_INFINITY
  }

  /** To be called after every change of a slot, and when a worker gets stuck or is so no more. */
  attend(keeper: ServiceKeeper): void {
    if (keeper.id === this.#options.spec.entrypoint && this.#ingress?.socketPerSlot === true) this.#adopter.update(keeper)
  }

  /** Null when there is none, or before the sockets are open. */
  get url(): string | null {
    return this.#ingress ? formatOrigin(this.#ingress.address) : null
  }

  /** Nobody takes over a socket any more: the services stop. */
  freeze(): void {
    this.#adopter.close()
  }

  close(): void {
    if (this.#ingress === null) this.#options.helper?.close()
    else this.#ingress.close()
  }
}

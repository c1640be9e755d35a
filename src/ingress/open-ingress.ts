import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import { bindSocket, probePort, resolveBindAddress, type BindAddress } from './bound-socket.ts'
import { DescriptorStock } from './descriptor-stock.ts'
import type { EchoHelper } from './echo-helper.ts'
import { inheritSockets, type SocketVault } from './socket-vault.ts'
import { ingressStrategy, type IngressStrategy } from './strategy.ts'

export interface IngressOptions {
  readonly hostname: string
  /** 0 = any free one. */
  readonly port: number
  /** Slots of the entrypoint at the start; more can come. */
  readonly slots: number
  readonly clock: Clock
  readonly platform?: NodeJS.Platform
  readonly vault?: SocketVault | null
  /** Started early; its owner from now on is the ingress. */
  readonly helper?: EchoHelper | null
}

/** The entrypoint's listening sockets. The runtime owns them until it stops; workers borrow duplicates. */
export interface Ingress {
  readonly address: { readonly hostname: string; readonly port: number }
  /** Slots that have a socket of their own: those that there are, those that there were, and those of the runtime before this one. */
  readonly opened: readonly number[]
  /** How many workers can share the port here. */
  readonly maxWorkers: number
  /** Whether connections that arrive for a slot wait for that slot's worker alone, or one that has adopted its socket. */
  readonly socketPerSlot: boolean
  /**
   * What one more generation of the slot listens on: never the same descriptor twice.
   * @throws MeshrtError MESHRT_PORT_IN_USE or MESHRT_PORT_DENIED for a new slot, MESHRT_INGRESS_FAILED when no duplicate can be made.
   */
  grant(slot: number): Promise<Grant>
  /** Takes back what was granted to a worker that ended before it could use it. */
  takeBack(grant: Grant): void
  close(): void
}

/** Structurally an `IngressGrant` of the worker's protocol. */
type Grant =
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'address'; readonly hostname: string; readonly port: number }

/** @throws MeshrtError MESHRT_PORT_IN_USE, MESHRT_PORT_DENIED */
export async function openIngress(options: IngressOptions): Promise<Ingress> {
  const wanted = await resolveBindAddress(options)
  const strategy = ingressStrategy(options.platform ?? process.platform)
  if (strategy === 'address') {
    if (wanted.port !== 0) probePort(wanted)
    return openAddress(wanted)
  }
  return openSockets(wanted, { ...options, strategy })
}

function openAddress(wanted: BindAddress): Ingress {
  // Bound once to learn the port, and to fail here and not in the worker.
  const { handle, port } = bindSocket(wanted, { reusePort: 'no' })
  handle.close()
  const address = { hostname: wanted.hostname, port }
  return {
    address,
    opened: [],
    maxWorkers: 1,
    socketPerSlot: false,
    grant: () => Promise.resolve({ kind: 'address', hostname: wanted.ip, port }),
    takeBack: () => {},
    close: () => {},
  }
}

function openSockets(
  wanted: BindAddress,
  { slots, clock, strategy, vault = null, helper = null }: IngressOptions & { readonly strategy: Exclude<IngressStrategy, 'address'> },
): Ingress {
  const stock = new DescriptorStock(clock, helper)
  const reusePort = strategy === 'socket-per-slot' ? 'yes' : 'no'
  const keyOf = (slot: number): number => (strategy === 'socket-per-slot' ? slot : 0)
  const inherited = inheritSockets(vault, { wanted, isUsed: (key) => key === keyOf(key) })
  let port = inherited?.port ?? wanted.port
  if (inherited === null && port !== 0) probePort(wanted)
  for (const [key, handle] of inherited?.sockets ?? []) stock.add(key, handle)
  let closed = false
  const open = (slot: number): void => {
    const key = keyOf(slot)
    if (stock.has(key)) return
    const bound = bindSocket({ ...wanted, port }, { reusePort })
    port = bound.port
    stock.add(key, bound.handle)
    vault?.keep(key, bound.handle)
  }
  try {
    for (let slot = 0; slot < Math.max(1, slots); slot++) open(slot)
  } catch (error) {
    stock.close()
    throw error
  }
  // Off the critical path; whoever takes first waits for it, or tries again and reports.
  stock.refill().catch(() => {})
  return {
    address: { hostname: wanted.hostname, port },
    get opened() {
      return strategy === 'socket-per-slot' ? stock.keys : []
    },
    maxWorkers: Number.POSITIVE_INFINITY,
    socketPerSlot: strategy === 'socket-per-slot',
    async grant(slot) {
      if (closed) throw new MeshrtError('MESHRT_STOPPING', `Cannot grant a socket for slot ${slot}: the entrypoint's port is closed`)
      open(slot)
      return { kind: 'descriptor', fd: await stock.take(keyOf(slot)) }
    },
    takeBack(grant) {
      if (grant.kind === 'descriptor') stock.putBack(grant.fd)
    },
    close() {
      if (closed) return
      closed = true
      stock.close()
    },
  }
}

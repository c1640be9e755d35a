import { findRuntimeFile } from '../config/find-file.ts'
import { ControlClient } from '../control/client.ts'
import { findRuntime, type FindOptions, type Selection } from '../control/discovery.ts'
import { here } from '../control/here.ts'
import type { Meta } from '../control/meta.ts'
import type { CommandContext } from './context.ts'

export interface Connection {
  readonly client: ControlClient
  /** Where its meta file lies. */
  readonly meta: string
  /** A runtime that has died, while its guardian is about to start it again; only where it is asked for. */
  readonly rebooting: Meta | null
}

/**
 * The runtime that the operator means.
 * @param options.orOnly take the only running one if nobody named another; for commands that only look
 * @param options.whileRebooting by default a reboot is waited for
 * @throws MESHRT_NO_RUNTIME, MESHRT_NOT_ANSWERING, MESHRT_SOCKET_UNSAFE
 */
export async function connect(context: CommandContext, options: Omit<FindOptions, 'place'>): Promise<Connection> {
  const found = await findRuntime(selectRuntime(context), { ...options, place: here(context.env) })
  if (found.note !== null) context.terminal.note(found.note)
  return { client: new ControlClient(found.socket), meta: found.meta, rebooting: found.rebooting }
}

/** --socket or MESHRT_SOCKET, --name, -c, the nearest runtime file, this folder: the first that applies decides. */
function selectRuntime({ options, env, cwd }: CommandContext): Selection {
  const socket = options.socket ?? env['MESHRT_SOCKET'] ?? ''
  if (socket !== '') return { kind: 'socket', path: socket }
  if (options.name !== null) return { kind: 'name', name: options.name }
  if (options.config !== null) return { kind: 'file', file: options.config, named: true }
  const nearest = findRuntimeFile(cwd)
  return nearest === null ? { kind: 'folder', path: cwd } : { kind: 'file', file: nearest, named: false }
}

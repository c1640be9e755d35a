import { findRuntimeFile } from '../config/find-file.ts'
import { ControlClient } from '../control/client.ts'
import { findRuntime, type Selection } from '../control/discovery.ts'
import { here } from '../control/here.ts'
import type { CommandContext } from './context.ts'

export interface Connection {
  readonly client: ControlClient
  readonly socket: string
}

/**
 * The runtime that the operator means.
 * @param options.orOnly take the only running one if nobody named another; for commands that only look
 * @throws MESHRT_NO_RUNTIME, MESHRT_NOT_ANSWERING, MESHRT_SOCKET_UNSAFE
 */
export async function connect(context: CommandContext, { orOnly }: { orOnly: boolean }): Promise<Connection> {
  const found = await findRuntime(selectRuntime(context), { place: here(context.env), orOnly })
  if (found.note !== null) context.terminal.note(found.note)
  return { client: new ControlClient(found.socket), socket: found.socket }
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

import type { CommandContext } from './context.ts'

/** Where the operator wants the control socket; null = the usual place of the runtime file. */
export function chosenSocket({ options, env }: Pick<CommandContext, 'options' | 'env'>): string | null {
  const socket = options.socket ?? env['MESHRT_SOCKET'] ?? ''
  return socket === '' ? null : socket
}

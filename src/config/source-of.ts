import type { ServiceBlock } from './schema.ts'

/** Which kind of source a service's block names; what several are named is one of the findings. */
export function sourceKind({ command, url }: Pick<ServiceBlock, 'command' | 'url'>): 'module' | 'command' | 'remote' {
  if (url !== undefined) return 'remote'
  return command === undefined ? 'module' : 'command'
}

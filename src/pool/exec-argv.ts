import type { NodeSpec } from '../model/spec.ts'

/** The options of Node.js that a worker is started with; those of the service last, because the last one counts. */
export function execArgvOf(node: NodeSpec, { compile }: { readonly compile: boolean }): string[] {
  return [
    ...(node.sourceMaps ? ['--enable-source-maps'] : []),
    ...(compile ? ['--import', import.meta.resolve('tsx')] : []),
    ...node.execArgv,
  ]
}

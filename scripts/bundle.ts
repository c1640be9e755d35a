import { rmSync } from 'node:fs'
import { build, type BuildOptions } from 'esbuild'

/** Each begins in a thread or process of its own. */
const ALONE = ['src/worker/main.ts', 'src/worker/process/main.ts', 'src/ingress/echo-child.ts', 'src/guardian/main.ts']

/** Load one part or the other, as they are asked. */
const SHARING = ['src/cli/main.ts', 'src/index.ts']

/**
 * One file for each module that a thread or a process begins with: a worker that loads one file is there sooner than one that loads a hundred. What
 * commands load only when they need it lies in chunks of its own. Packages stay packages.
 */
export async function bundle(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true })
  const common = {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.22',
    packages: 'external',
    sourcemap: true,
    outbase: 'src',
    outdir,
    logLevel: 'warning',
  } satisfies BuildOptions
  await Promise.all([
    build({ ...common, entryPoints: SHARING, splitting: true, chunkNames: 'chunks/[name]-[hash]' }),
    ...ALONE.map((entry) => build({ ...common, entryPoints: [entry] })),
  ])
}

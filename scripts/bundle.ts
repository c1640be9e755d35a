import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { builtins, lateBuiltins } from './builtins.ts'
import { bundledPackages, licencesOf } from './licences.ts'

/** Each begins in a thread or process of its own, or is what few workers need. */
const ALONE = [
  'src/worker/main.ts',
  'src/worker/process/main.ts',
  'src/worker/adapt/fetch.ts',
  'src/ingress/echo-child.ts',
  'src/guardian/main.ts',
]

/**
 * Commands, in whose process nobody else's code runs. Each is one file, in which the code of a command begins when it is asked for: every file costs
 * about half a millisecond, and so do 25 KB.
 */
const COMMANDS = ['src/cli/main.ts', 'src/cli/reading.ts']

/** Load what they need when they need it. Not with each other: what both have would be cut into many more pieces. */
const IN_PIECES = ['src/cli/running.ts', 'src/index.ts']

/** Is named to Node as a package, and never loaded by meshrt. */
const LEFT_OUT = ['tsx']

/**
 * One file for each module that a thread or a process begins with, packages included: what loads one file is there sooner than what loads hundreds.
 * What a runtime and the library load only when they need it lies in chunks of their own.
 */
export async function bundle(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true })
  const common = {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.22',
    external: LEFT_OUT,
    plugins: [builtins],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    outbase: 'src',
    outdir,
    logLevel: 'warning',
  } satisfies BuildOptions
  const results = await Promise.all([
    ...COMMANDS.map((entry) => build({ ...common, entryPoints: [entry], plugins: [lateBuiltins] })),
    ...ALONE.map((entry) => build({ ...common, entryPoints: [entry] })),
    ...IN_PIECES.map((entry) => build({ ...common, entryPoints: [entry], splitting: true, chunkNames: 'chunks/[name]-[hash]' })),
  ])
  const packages = bundledPackages(results.flatMap(({ metafile }) => Object.keys(metafile.inputs)))
  writeFileSync(join(outdir, 'THIRD-PARTY-LICENCES.txt'), licencesOf(packages))
}

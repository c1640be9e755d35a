import { readFile, realpath, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { Worker } from 'node:worker_threads'
import { ConfigError } from '../errors/config-error.ts'
import { MeshrtError, isErrno } from '../errors/meshrt-error.ts'
import type { Mode, RuntimeSpec } from '../model/spec.ts'
import { addFolders, readAutoload, type Autoloaded } from './autoload.ts'
import { checkShape } from './check-shape.ts'
import { deepFreeze } from './deep-freeze.ts'
import { isForDev, overlayDev } from './dev-overlay.ts'
import { readOptional } from './disk.ts'
import { isDoubtful, type Finding } from './finding.ts'
import { findFolders } from './find-folders.ts'
import { interpolateTree, type InterpolatedTree } from './interpolate-tree.ts'
import { interpolate, type Lookup } from './interpolate.ts'
import { locateFindings, type Source } from './locate.ts'
import { parseYaml } from './parse-yaml.ts'
import { refusedByWorkers } from './refused-options.ts'
import { resolveSpec } from './resolve-spec.ts'
import { applyRules } from './rules.ts'
import { nodeAt, type SourceNode } from './source-tree.ts'
import { DEFAULT_ENV_FILE, MAX_SIDE_FILE_BYTES, surveyDisk } from './survey.ts'

/**
 * Reads a runtime file into a frozen spec. `env` is what `${VAR}` refers to.
 * @throws MeshrtError MESHRT_CONFIG_NOT_FOUND, MESHRT_CONFIG_UNREADABLE; ConfigError with everything that is wrong in the file.
 */
export async function loadSpec(options: LoadOptions): Promise<RuntimeSpec> {
  return (await loadSource(options)).spec
}

/** The same, with what the spec was made of. @throws as `loadSpec` */
export async function loadSource(options: LoadOptions): Promise<LoadedSource> {
  const { file, text } = await readRuntimeFile(resolve(options.file))
  const root = dirname(file)
  const parsed = parseYaml(text)
  const fail = (findings: readonly Finding[], tree: SourceNode | null): never => {
    throw ConfigError.of(file, locateFindings(findings, { file, text, root: tree } satisfies Source))
  }
  if (!parsed.root) return fail(parsed.findings.length > 0 ? parsed.findings : [EMPTY_FILE], null)

  const lookup = await makeLookup(parsed.root, { env: options.env, root })
  const written = options.mode === 'dev' ? overlayDev(parsed.root) : parsed.root
  const interpolated = interpolateTree(written, { text, lookup })
  const loaded = await autoload(interpolated, root)
  const tree = loaded.root
  const shape = checkShape(tree, interpolated.findings)
  const missing = interpolated.findings.filter(({ path }) => options.mode === 'dev' || !isForDev(path))
  const early = [...missing, ...loaded.findings, ...shape.findings]
  if (!shape.file) return fail(early, tree)

  const parallelism = availableParallelism()
  const rules = applyRules({
    file: shape.file,
    mode: options.mode,
    ids: namedServices(tree),
    parallelism,
    canDenyNet: options.canDenyNet ?? process.allowedNodeEnvironmentFlags.has('--allow-net'),
    refusedOptions: refusedByWorkers,
    measuresWorkerCpu: options.measuresWorkerCpu ?? 'cpuUsage' in Worker.prototype,
    platform: options.platform ?? process.platform,
  })
  const survey = await surveyDisk(shape.file, { root, mode: options.mode })
  const onDisk = options.beforeBuild ? survey.findings.filter(({ isBuilt }) => !isBuilt) : survey.findings
  const late = [...rules, ...onDisk].filter((finding) => !isDoubtful(finding.path, early))
  if (early.length + late.length > 0) return fail([...early, ...late], tree)
  const spec = deepFreeze(resolveSpec(shape.file, { mode: options.mode, file, root, survey, parallelism, autoloaded: loaded.ids }))
  return { spec, file, text, root: tree }
}

export interface LoadedSource extends Source {
  readonly spec: RuntimeSpec
  /** With `dev` laid over it in `dev`, variables replaced, and what `autoload` has found. */
  readonly root: SourceNode
}

export interface LoadOptions {
  readonly file: string
  readonly mode: Mode
  readonly env: NodeJS.ProcessEnv
  /** Modules may be missing that the build of their service makes. */
  readonly beforeBuild?: boolean
  /** Whether the Node.js that runs the services can tell the CPU time of a thread; this one, if not said. */
  readonly measuresWorkerCpu?: boolean
  /** On which the services run; this one, if not said. */
  readonly platform?: NodeJS.Platform
  /** Whether it can keep a service from the network. */
  readonly canDenyNet?: boolean
}

/** A runtime file is written by hand; what is larger than this is something else. */
const MAX_FILE_BYTES = 256 * 1024

const EMPTY_FILE: Finding = {
  rule: 'services-given',
  message: 'The file is empty',
  path: [],
  hint: 'It needs at least one service: services: { web: { path: ./web } }',
}

async function readRuntimeFile(given: string): Promise<{ readonly file: string; readonly text: string }> {
  try {
    const file = await realpath(given)
    const stats = await stat(file)
    if (!stats.isFile()) throw unreadable(given, stats.isDirectory() ? 'it is a folder' : 'it is not a file')
    if (stats.size > MAX_FILE_BYTES) throw unreadable(given, `it is larger than ${MAX_FILE_BYTES / 1024} KiB`)
    const bytes = await readFile(file)
    return { file, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes) }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new MeshrtError('MESHRT_CONFIG_NOT_FOUND', `Cannot find ${given}: no such file`, { cause: error })
    if (isErrno(error, 'ERR_ENCODING_INVALID_ENCODED_DATA')) throw unreadable(given, 'it is not UTF-8 text', error)
    if (isErrno(error, 'EACCES', 'EPERM', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EIO')) throw unreadable(given, String(error.code), error)
    throw error
  }
}

function unreadable(file: string, state: string, cause?: unknown): MeshrtError {
  return new MeshrtError('MESHRT_CONFIG_UNREADABLE', `Cannot read ${file}: ${state}`, cause === undefined ? undefined : { cause })
}

/** The environment, then the env file of the runtime: as for the services, the real environment wins. */
async function makeLookup(tree: SourceNode, options: { readonly env: NodeJS.ProcessEnv; readonly root: string }): Promise<Lookup> {
  const { env } = options
  const fromEnv: Lookup = (name) => (Object.hasOwn(env, name) ? env[name] : undefined)
  const named = nodeAt(tree, ['envFile'])
  const path = named?.kind === 'scalar' && typeof named.value === 'string' ? interpolate(named.value, fromEnv).text : DEFAULT_ENV_FILE
  const text = path.includes('\0') ? null : await readOptional(resolve(options.root, path), MAX_SIDE_FILE_BYTES)
  const defaults = text === null ? {} : parseEnv(text)
  return (name) => fromEnv(name) ?? (Object.hasOwn(defaults, name) ? defaults[name] : undefined)
}

async function autoload({ root: tree, findings }: InterpolatedTree, root: string): Promise<Autoloaded> {
  const order = readAutoload(tree, findings)
  if (order === null) return { root: tree, ids: new Set(), findings: [] }
  const found = await findFolders(order, root)
  const added = addFolders(tree, found.folders, { root })
  return { ...added, findings: [...found.findings, ...added.findings] }
}

function namedServices(tree: SourceNode): readonly string[] {
  const services = nodeAt(tree, ['services'])
  return services?.kind === 'map' ? [...services.entries.keys()] : []
}

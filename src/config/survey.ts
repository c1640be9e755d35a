import { dirname, join, relative, resolve } from 'node:path'
import type { Mode } from '../model/spec.ts'
import { describeKind, kindOf, readOptional } from './disk.ts'
import { entryCandidates } from './entry-candidates.ts'
import type { Finding, Path } from './finding.ts'
import type { RuntimeFile, ServiceBlock } from './schema.ts'
import { sourceKind } from './source-of.ts'
import { isEnabled } from './subject.ts'

/** What the disk says about the places that a runtime file names. Only enabled services are looked at. */
export async function surveyDisk(file: RuntimeFile, options: { readonly root: string; readonly mode: Mode }): Promise<Survey> {
  const { root, mode } = options
  const services = Object.entries(file.services ?? {}).flatMap(([id, service]) =>
    service !== undefined && (service.path !== undefined || sourceKind(service) !== 'module') && isEnabled(service, mode)
      ? [[id, service, resolve(root, service.path ?? '.')] as const]
      : [],
  )
  const runtimeEnvFile = await findEnvFile(file.envFile, { folder: root, path: ['envFile'] })
  const sites = await Promise.all(
    services.map(async ([id, service, folder]) => [id, await surveyService(service, { folder, path: ['services', id] })] as const),
  )
  return {
    packageName: await findPackageName(root),
    envFile: runtimeEnvFile.file,
    sites: new Map(sites),
    findings: [...runtimeEnvFile.findings, ...sites.flatMap(([, site]) => site.findings)],
  }
}

export interface Survey {
  readonly packageName: string | null
  /** Absolute; null when there is none. */
  readonly envFile: string | null
  readonly sites: ReadonlyMap<string, Site>
  readonly findings: readonly Finding[]
}

/** Where a service lives. */
export interface Site {
  readonly folder: string
  /** Absolute; null when there is none, which is then one of the findings. */
  readonly entry: string | null
  readonly envFile: string | null
  /** Absolute paths of files, and names of packages. */
  readonly preload: readonly string[]
  readonly findings: readonly Finding[]
}

interface Place {
  readonly folder: string
  readonly path: Path
}

export const DEFAULT_ENV_FILE = '.env'
export const MAX_SIDE_FILE_BYTES = 1024 * 1024

async function surveyService(service: ServiceBlock, { folder, path }: Place): Promise<Site> {
  const kind = await kindOf(folder)
  if (kind !== 'folder') {
    const finding = { rule: 'service-folder', message: `${folder} ${describeKind(kind)}`, path: [...path, 'path'] }
    return {
      folder,
      entry: null,
      envFile: null,
      preload: [],
      findings: [{ ...finding, hint: '`path` is the folder of a service, relative to the runtime file.' }],
    }
  }
  const isModule = sourceKind(service) === 'module'
  const entry = isModule ? await findEntry(service.entry, { folder, path }) : { file: null, findings: [] }
  // At the place of the runtime file it is that of the runtime.
  const envFile =
    isModule || service.path !== undefined || service.envFile !== undefined
      ? await findEnvFile(service.envFile, { folder, path: [...path, 'envFile'] })
      : { file: null, findings: [] }
  const preload = await findPreloads(service.preload ?? [], { folder, path: [...path, 'preload'] })
  return {
    folder,
    entry: entry.file,
    envFile: envFile.file,
    preload: preload.modules,
    findings: [...modulesOf(service, [...entry.findings, ...preload.findings]), ...envFile.findings],
  }
}

function modulesOf({ build }: ServiceBlock, findings: readonly Finding[]): readonly Finding[] {
  if (build === undefined) return findings
  return findings.map((finding) => ({
    ...finding,
    isBuilt: true,
    hint: `Run \`meshrt build\` if the build makes it. ${finding.hint ?? ''}`.trim(),
  }))
}

interface Search {
  readonly file: string | null
  readonly findings: readonly Finding[]
}

async function findEntry(named: string | undefined, { folder, path }: Place): Promise<Search> {
  const manifest = await readOptional(join(folder, 'package.json'), MAX_SIDE_FILE_BYTES)
  const candidates = entryCandidates(manifest === null ? null : parseJson(manifest))
  if (named === undefined) {
    const file = await firstFile(folder, candidates)
    if (file !== null) return { file, findings: [] }
    const message = `No module to load in ${folder}`
    return {
      file,
      findings: [
        { rule: 'service-entry', message, path: [...path, 'entry'], hint: `Name it with \`entry\`. Tried: ${listTried(candidates)}.` },
      ],
    }
  }
  const file = resolve(folder, named)
  const kind = await kindOf(file)
  if (kind === 'file') return { file, findings: [] }
  const guess = await firstFile(folder, [...['.js', '.mjs', '.cjs', '.ts', '.mts'].map((ending) => named + ending), ...candidates])
  const hint = guess === null ? '`entry` is relative to `path` and includes the extension.' : `Did you mean \`${relative(folder, guess)}\`?`
  return { file: null, findings: [{ rule: 'service-entry', message: `${file} ${describeKind(kind)}`, path: [...path, 'entry'], hint }] }
}

/** `src/index.{ts,js}, index.{ts,js}`: the names without a repetition for every extension. */
function listTried(candidates: readonly string[]): string {
  const extensions = new Map<string, string[]>()
  for (const candidate of candidates) {
    const [, stem = candidate, extension = ''] = /^(.*)\.([cm]?[jt]s)$/.exec(candidate) ?? []
    extensions.set(stem, [...(extensions.get(stem) ?? []), extension])
  }
  return [...extensions]
    .map(([stem, endings]) => (endings.length > 1 ? `${stem}.{${endings.join(',')}}` : [stem, ...endings].filter(Boolean).join('.')))
    .join(', ')
}

async function firstFile(folder: string, candidates: readonly string[]): Promise<string | null> {
  for (const candidate of candidates) {
    const file = join(folder, candidate)
    if ((await kindOf(file)) === 'file') return file
  }
  return null
}

/** The default is used if it is there; a file that is named must be. */
async function findEnvFile(named: string | undefined, { folder, path }: Place): Promise<Search> {
  const file = resolve(folder, named ?? DEFAULT_ENV_FILE)
  const kind = await kindOf(file)
  if (kind === 'file') return { file, findings: [] }
  if (named === undefined) return { file: null, findings: [] }
  return { file: null, findings: [{ rule: 'env-file', message: `${file} ${describeKind(kind)}`, path }] }
}

/** What is no file is the name of a package, unless it looks like a file. */
async function findPreloads(
  named: readonly string[],
  { folder, path }: Place,
): Promise<{ readonly modules: readonly string[]; readonly findings: readonly Finding[] }> {
  const modules: string[] = []
  const findings: Finding[] = []
  for (const [index, name] of named.entries()) {
    const file = resolve(folder, name)
    const kind = await kindOf(file)
    const isFile = kind === 'file'
    if (isFile || !LOOKS_LIKE_FILE.test(name)) modules.push(isFile ? file : name)
    else findings.push({ rule: 'preload', message: `${file} ${describeKind(kind)}`, path: [...path, index] })
  }
  return { modules, findings }
}

const LOOKS_LIKE_FILE = /^\.{0,2}\/|\.[cm]?[jt]s$/

async function findPackageName(folder: string): Promise<string | null> {
  const manifest = await readOptional(join(folder, 'package.json'), MAX_SIDE_FILE_BYTES)
  if (manifest !== null) {
    const parsed = parseJson(manifest)
    const name = typeof parsed === 'object' && parsed !== null && 'name' in parsed ? parsed.name : null
    return typeof name === 'string' && /^[\w@./-]{1,214}$/.test(name) ? name : null
  }
  const parent = dirname(folder)
  return parent === folder ? null : findPackageName(parent)
}

/** Null for what is not JSON: a manifest is only asked for hints. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

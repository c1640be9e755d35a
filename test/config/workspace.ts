import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { loadSpec } from '../../src/config/load-spec.ts'
import { ConfigError, type Problem } from '../../src/errors/config-error.ts'
import type { Mode, RuntimeSpec } from '../../src/model/spec.ts'

/** A folder of its own for one test, with these files, removed afterwards. */
export async function makeWorkspace(t: TestContext, files: Readonly<Record<string, string>>): Promise<Workspace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'meshrt-config-')))
  t.after(() => rm(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return new Workspace(root)
}

interface LoadOptions {
  readonly mode?: Mode
  readonly env?: Readonly<Record<string, string>>
  readonly measuresWorkerCpu?: boolean
  readonly platform?: NodeJS.Platform
  readonly canDenyNet?: boolean
}

export class Workspace {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  at(path: string): string {
    return join(this.root, path)
  }

  load(text: string, options: LoadOptions = {}): Promise<RuntimeSpec> {
    return this.#write(text).then(() =>
      loadSpec({ ...options, file: this.at('meshrt.yaml'), mode: options.mode ?? 'start', env: { ...options.env } }),
    )
  }

  /** Everything that is wrong with a text; fails when nothing is. */
  async problems(text: string, options: LoadOptions = {}): Promise<readonly Problem[]> {
    const spec = await this.load(text, options).catch((error: unknown) => error)
    assert.ok(spec instanceof ConfigError, `expected problems, got ${String(spec)}`)
    return spec.problems
  }

  async #write(text: string): Promise<void> {
    await writeFile(this.at('meshrt.yaml'), text)
  }
}

/** Two services without a package.json: `auth` and `db`. */
export const TWO_SERVICES = { 'auth/index.js': '', 'db/index.js': '' }

/** `7:5 unknown-key services.auth.wrokers` */
export function summarise(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ line, column, rule, path }) => `${line}:${column} ${rule} ${path}`.trimEnd())
}

/** The part of the source line that the caret points at. */
export function pointedAt({ sourceLine, column, length }: Problem): string {
  return sourceLine.slice(column - 1, column - 1 + length)
}

export async function codeOf(loading: Promise<unknown>): Promise<unknown> {
  return loading.then(
    () => 'loaded',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesLoadedBy, findCycle, folderGraph, packagesLoadedBy, violationOf } from './support/import-rules.ts'
import { exportListsOf } from './support/imports.ts'
import { REPOSITORY } from './support/project.ts'
import { readSourceTree, sourceFile } from './support/source-tree.ts'

const MAX_LINES = 300
const FOLDERS = [
  'model',
  'errors',
  'config',
  'supervision',
  'pool',
  'ingress',
  'worker',
  'itc',
  'mesh',
  'health',
  'watch',
  'control',
].concat(['environment', 'guardian', 'runtime', 'log', 'cli'])

const files = readSourceTree(REPOSITORY)
const sources = files.filter((file) => file.folder !== 'bin')

test('canary: the scanner sees the tree, with imports of every kind', () => {
  assert.ok(files.length > 60, `only ${files.length} files`)
  const kinds = Object.groupBy(
    files.flatMap((file) => file.imports),
    (found) => found.kind,
  )
  assert.ok((kinds.static?.length ?? 0) > 150, 'static imports')
  assert.ok((kinds.type?.length ?? 0) > 50, 'type imports')
  assert.ok((kinds.dynamic?.length ?? 0) > 0, 'dynamic imports')
  for (const folder of FOLDERS)
    assert.ok(
      files.some((file) => file.folder === folder),
      `no file in src/${folder}`,
    )
})

test('canary: a forbidden import is caught, however it is written', () => {
  const forbidden = [
    ['src/mesh/a.ts', `import { x } from '../pool/launcher.ts'`],
    ['src/mesh/a.ts', `import type { X } from '../pool/launcher.ts'`],
    ['src/mesh/a.ts', `import {\n  x,\n  type Y,\n} from '../pool/launcher.ts'`],
    ['src/mesh/a.ts', `type X = import('../pool/launcher.ts').X`],
    ['src/mesh/a.ts', `const { x } = await import('../pool/launcher.ts')`],
    ['src/mesh/a.ts', `import '../pool/launcher.ts'`],
    ['src/mesh/a.ts', `export { x } from '../pool/launcher.ts'`],
    ['src/mesh/a.ts', `import { request } from 'undici'`],
    ['src/health/a.ts', `import { pino } from 'pino'`],
    ['src/supervision/a.ts', `import { EventEmitter } from 'node:events'`],
    ['src/model/a.ts', `import { readFileSync } from 'node:fs'`],
    ['src/worker/a.ts', `import { PoolSupervisor } from '../pool/pool-supervisor.ts'`],
    ['src/pool/a.ts', `import { main } from '../worker/main.ts'`],
    ['src/runtime/a.ts', `import { program } from '../cli/program/build-program.ts'`],
    ['src/guardian/a.ts', `import { takeLock } from '../control/take-lock.ts'`],
    ['src/cli/ps.ts', `import { Runtime } from '../runtime/runtime.ts'`],
  ] as const
  for (const [path, text] of forbidden) assert.notDeepEqual(violationsIn(path, text), [], `${path}: ${text}`)
})

test('canary: what is allowed is not caught', () => {
  const allowed = [
    ['src/mesh/a.ts', `import { MeshrtError } from '../errors/meshrt-error.ts'\nimport { b } from './b.ts'\nimport net from 'node:net'`],
    ['src/model/a.ts', `import type { MessagePort } from 'node:worker_threads'`],
    ['src/config/a.ts', `import { z } from 'zod'`],
    ['src/cli/start.ts', `const { boot } = await import('../runtime/assembler.ts')`],
  ] as const
  for (const [path, text] of allowed) assert.deepEqual(violationsIn(path, text), [])
})

test('every import goes in an allowed direction, and every package stays in its home folder', () => {
  assert.deepEqual(
    files.flatMap((file) => file.imports.flatMap((found) => violationOf(file, found) ?? [])),
    [],
  )
})

test('every relative import names a file that exists, with its extension', () => {
  const paths = new Set(files.map((file) => file.path))
  const broken = sources.flatMap((file) =>
    file.imports.flatMap(({ target }) => (target.kind === 'file' && !paths.has(target.path) ? [`${file.path} → ${target.path}`] : [])),
  )
  assert.deepEqual(broken, [])
})

test('no folders import each other in a circle', () => {
  assert.equal(findCycle(folderGraph(sources)), null)
  assert.deepEqual(
    findCycle(
      new Map([
        ['a', new Set(['b'])],
        ['b', new Set(['a'])],
      ]),
    ),
    ['a', 'b', 'a'],
  )
})

test('only src/index.ts re-exports', () => {
  const others = sources.filter((file) => file.path !== 'src/index.ts')
  const handedOn = others.flatMap((file) =>
    file.imports.filter((found) => found.kind === 're-export').map((found) => `${file.path}: from ${found.specifier}`),
  )
  assert.deepEqual(handedOn, [])
  assert.deepEqual(
    others.flatMap((file) => exportListsOf(file.text).map((list) => `${file.path}: ${list}`)),
    [],
  )
})

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = files.filter((file) => file.text.trimEnd().split('\n').length > MAX_LINES)
  assert.deepEqual(
    long.map((file) => file.path),
    [],
  )
})

test('supervision is pure: it awaits nothing and reads neither clock nor chance', () => {
  const impure = sources
    .filter((file) => file.folder === 'supervision')
    .flatMap((file) => {
      const code = file.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      return [...code.matchAll(/\bawait\b|\basync\b|\bDate\.now\b|\bMath\.random\b|\bsetTimeout\b|\bperformance\b/g)].map(
        ([word]) => `${file.path}: ${word}`,
      )
    })
  assert.deepEqual(impure, [])
})

test('a command that only asks a runtime, and an empty worker, load no heavy package', () => {
  const heavy = ['zod', 'pino', 'pino-pretty', 'chokidar', 'undici', 'yaml', 'srvx', 'rotating-file-stream']
  const light = files.filter((file) => /^src\/(?:worker\/main|cli\/main|cli\/(?:commands\/)?(?:ps|restart|stop|logs))\.ts$/.test(file.path))
  assert.ok(light.length >= 4, `only ${light.map((file) => file.path).join(', ')}`)
  for (const { path } of light) {
    const loaded = packagesLoadedBy(files, path)
    assert.deepEqual(
      heavy.filter((name) => loaded.has(name)),
      [],
      `${path} loads`,
    )
  }
})

test('the guardian is small: it loads no package, and of meshrt only what decides about a reboot', () => {
  const loaded = filesLoadedBy(files, 'src/guardian/main.ts')
  assert.ok(loaded.has('src/supervision/restart-decision.ts'), 'canary: the decision is loaded')
  assert.ok(loaded.size <= 15, [...loaded].join(', '))
  assert.deepEqual([...packagesLoadedBy(files, 'src/guardian/main.ts')], [])
})

function violationsIn(path: string, text: string): readonly string[] {
  const file = sourceFile(REPOSITORY, path, text)
  return file.imports.flatMap((found) => violationOf(file, found) ?? [])
}

test('only model/own-files.ts looks for files of meshrt: a bundled module does not lie where its source does', () => {
  const looking = sources.filter(({ text, path }) => /new URL\([^)]*import\.meta\.url/.test(text) && path !== 'src/model/own-files.ts')
  assert.deepEqual(
    looking.map(({ path }) => path),
    [],
  )
})

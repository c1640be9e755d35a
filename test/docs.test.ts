import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { anchorsOf, boldTermsOf, commandLinesOf, fencedBlocks, linksOf, readDocuments, type Document } from './support/markdown.ts'
import { Project, REPOSITORY } from './support/project.ts'

const MAX_ARCHITECTURE_LINES = 150
/** Commands of npm itself. */
const NPM_OWN = new Set(['ci', 'install', 'pack'])

const documents = readDocuments(REPOSITORY)
const readme = documentAt('README.md')
const architecture = documentAt('docs/architecture.md')
const glossary = documentAt('docs/glossary.md')

test('every link between documents leads to a file, and to a heading that is there', () => {
  const links = documents.flatMap((document) => linksOf(document.text).map((target) => ({ document, target })))
  assert.ok(links.length > 10, `canary: only ${links.length} links seen`)
  const broken = links.filter(({ document, target }) => !isExternal(target) && !resolves(document, target))
  assert.deepEqual(
    broken.map(({ document, target }) => `${document.path} → ${target}`),
    [],
  )
})

test('every meshrt command and flag in the documents exists in the CLI', async (t) => {
  const used = documents.flatMap((document) => commandLinesOf(document.text)).flatMap(meshrtCommandOf)
  const flagsOf = Map.groupBy(used, ({ command }) => command)
  assert.ok(flagsOf.has('start') && flagsOf.has('ps'), 'canary: the README starts a runtime and looks at it')
  const project = new Project(t, undefined)
  for (const [command, uses] of flagsOf) {
    const help = await project.run(command, '--help')
    assert.equal(help.code, 0, `meshrt ${command} is in the documents, not in the CLI: ${help.stderr}`)
    for (const flag of new Set(uses.flatMap(({ flags }) => flags))) {
      assert.ok(
        help.stdout.split(/[\s,=[\]<>]+/).includes(flag),
        `meshrt ${command} ${flag} is in the documents, not in the CLI:\n${help.stdout}`,
      )
    }
  }
})

test('every npm script in the documents exists in package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { readonly scripts: Record<string, string> }
  const used = documents
    .flatMap((document) => commandLinesOf(document.text))
    .flatMap((line) => /^npm (?:run )?([\w-]+)/.exec(line)?.[1] ?? [])
    .filter((script) => !NPM_OWN.has(script))
  assert.ok(used.includes('start') && used.includes('test'), 'canary: the README has its two commands')
  assert.deepEqual(
    used.filter((script) => !Object.hasOwn(scripts, script)),
    [],
  )
})

test('the runtime file in the README is valid', async (t) => {
  const [runtimeFile] = fencedBlocks(readme.text, 'yaml')
  assert.ok(runtimeFile)
  const project = new Project(t, runtimeFile, { files: { 'gateway/index.js': '', 'auth/index.js': '' } })
  const checked = await project.run('config', '--check')
  assert.equal(checked.code, 0, checked.stderr)
})

test(`docs/architecture.md has at most ${MAX_ARCHITECTURE_LINES} lines`, () => {
  assert.ok(architecture.text.trimEnd().split('\n').length <= MAX_ARCHITECTURE_LINES)
})

test('the code map of docs/architecture.md has every folder of src, and no path in the documents is made up', () => {
  const folders = readdirSync(join(REPOSITORY, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const inUse = folders.filter(({ name }) => readdirSync(join(REPOSITORY, 'src', name)).length > 0)
  const missing = inUse.filter(({ name }) => !architecture.text.includes(`| \`src/${name}\` `))
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  )
  const own = documents.filter(({ path }) => path !== join('docs', 'configuration.md'))
  const paths = own.flatMap((document) =>
    [...document.text.matchAll(/`((?:src|test|fixtures|docs|bin)\/[\w./-]+)`/g)].map(([, path = '']) => path),
  )
  assert.ok(paths.length > 20, `canary: only ${paths.length} paths seen`)
  assert.deepEqual(
    paths.filter((path) => !existsSync(join(REPOSITORY, path))),
    [],
  )
})

test('the glossary has every term that docs/architecture.md sets in bold', () => {
  const known = new Set(boldTermsOf(glossary.text.replaceAll('**:', '**')).map((term) => term.toLowerCase()))
  const used = boldTermsOf(architecture.text).map((term) => term.toLowerCase())
  assert.ok(used.length > 15, `canary: only ${used.length} terms seen`)
  const isKnown = (term: string): boolean =>
    known.has(term) || known.has(stem(term)) || [...known].some((word) => stem(word) === stem(term))
  assert.deepEqual(
    used.filter((term) => !isKnown(term)),
    [],
  )
})

test('decisions are numbered without gaps, short, and say why', () => {
  const decisions = documents.filter(({ path }) => path.startsWith(join('docs', 'decisions'))).sort((a, b) => a.path.localeCompare(b.path))
  assert.ok(decisions.length > 0)
  for (const [index, { path, text }] of decisions.entries()) {
    const number = String(index + 1).padStart(4, '0')
    assert.ok(path.includes(`${number}-`), `${path} should be number ${number}`)
    assert.ok(text.startsWith(`# ${number} `), `${path} should start with its number`)
    const lines = text.trimEnd().split('\n').length
    assert.ok(lines >= 10 && lines <= 25, `${path} has ${lines} lines`)
  }
})

test('the changelog has the version of package.json, or what will become it', () => {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { readonly version: string }
  assert.ok(documentAt('CHANGELOG.md').text.includes(version))
})

function documentAt(path: string): Document {
  const document = documents.find((candidate) => candidate.path === path)
  assert.ok(document, `${path} is missing`)
  return document
}

function isExternal(target: string): boolean {
  return /^[a-z]+:/.test(target)
}

function resolves(document: Document, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? document.path : normalize(join(dirname(document.path), file))
  if (!existsSync(join(REPOSITORY, path))) return false
  return anchor === undefined || anchorsOf(readFileSync(join(REPOSITORY, path), 'utf8')).has(anchor)
}

/** `npx meshrt restart auth -c FILE` → command and flags; nothing for a line that runs something else. */
function meshrtCommandOf(line: string): readonly { readonly command: string; readonly flags: readonly string[] }[] {
  const [, command = '', rest = ''] = /^(?:npx )?meshrt ([a-z][\w-]*)(.*)$/.exec(line) ?? []
  if (command === '') return []
  return [{ command, flags: rest.split(/\s+/).filter((word) => word.startsWith('-')) }]
}

/** Plural and participle of a term are the term. */
function stem(term: string): string {
  return term.replace(/(?:ed|ing|s|e)$/, '')
}

#!/usr/bin/env node
// Only syntax and modules that Node 20 knows, so that a Node that is too old can be told so. Imports nothing: for an import Node reads every export of
// its module, and those of `node:process` open stdin, stdout and stderr.
const { process } = globalThis
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `meshrt needs Node 22.22 or newer, this is ${process.version}: install it from https://nodejs.org, or add "node" to the project with npm i node@24\n`,
  )
  process.exit(1)
}

process.getBuiltinModule('node:module').enableCompileCache?.()

const source = new URL('../src/cli/main.ts', import.meta.url)

if (process.getBuiltinModule('node:fs').existsSync(source)) {
  // A checkout runs its sources; Node 22 warns that it strips types, which is nobody's business here.
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = (warning, ...rest) => {
    if (!/type stripping/i.test(String(warning))) emitWarning(warning, ...rest)
  }
  await import(source.href)
} else {
  await import(new URL('../dist/cli/main.js', import.meta.url).href)
}

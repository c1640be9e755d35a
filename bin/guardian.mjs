// The guardian's process; `meshrt start --guardian` and `--detach` run it.
import { existsSync } from 'node:fs'
import module from 'node:module'

// With the cache a checkout needs no memory to strip types, either.
module.enableCompileCache?.()

const source = new URL('../src/guardian/main.ts', import.meta.url)

if (existsSync(source)) {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = (warning, ...rest) => {
    if (!/type stripping/i.test(String(warning))) emitWarning(warning, ...rest)
  }
  await import(source.href)
} else {
  await import(new URL('../dist/guardian/main.js', import.meta.url).href)
}

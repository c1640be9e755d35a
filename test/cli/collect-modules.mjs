import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

// Preloaded by import-guard.test.ts: writes the URL of every module that the command has loaded.
const urls = []

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    urls.push(resolved.url)
    return resolved
  },
})

process.on('exit', () => writeFileSync(process.env.MODULES_FILE, urls.join('\n')))

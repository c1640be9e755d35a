/** Makes `dist`: what runs, and the types of the public API. */
import { execFileSync } from 'node:child_process'
import { bundle } from './bundle.ts'

await bundle('dist')
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit', shell: process.platform === 'win32' })

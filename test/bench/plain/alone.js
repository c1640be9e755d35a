// One service, a process of its own: node alone.js MODULE PORT
import { pathToFileURL } from 'node:url'
import { listen } from './listen.js'

const [, , module, port] = process.argv
await listen(pathToFileURL(module).href, Number(port))

// Loaded first by every test process: stripping the types of the sources anew in each of them would be a quarter of what the quick tests cost.
// The variable is for its worker threads, which have to be told as well.
import module from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const directory = join(tmpdir(), 'meshrt-test-cache')
process.env['NODE_COMPILE_CACHE'] = directory
module.enableCompileCache(directory)

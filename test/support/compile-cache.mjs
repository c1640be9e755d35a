// Loaded first by every test process: stripping the types of the sources anew in each of them would be a quarter of what the quick tests cost.
import module from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

module.enableCompileCache(join(tmpdir(), 'meshrt-test-cache'))

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

/** Of the meshrt that the tests of its command line run: a package made for them (`npm test`), or this checkout. */
const PACKAGE = process.env['MESHRT_TEST_PACKAGE'] ?? CHECKOUT

export const BIN = join(PACKAGE, 'bin/meshrt.mjs')

/** Runs the sources, always. */
export const SOURCE_BIN = join(CHECKOUT, 'bin/meshrt.mjs')

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineAssembler, MAX_LINE_CHARS } from '../../src/pool/line-assembler.ts'

function assemble(chunks: readonly Uint8Array[]): readonly string[] {
  const lines: string[] = []
  const assembler = new LineAssembler((text) => lines.push(text))
  for (const chunk of chunks) assembler.push(chunk)
  assembler.end()
  return lines
}

test('LineAssembler gives the same lines however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 8 }), fc.integer({ min: 1, max: 7 }), (lines, size) => {
      const clean = lines.map((line) => line.replaceAll(/[\r\n]/gu, '').toWellFormed())
      const bytes = Buffer.from(clean.map((line) => `${line}\n`).join(''))
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
      assert.deepEqual(assemble(chunks), clean)
    }),
  )
})

test('LineAssembler gives what is left without a line break at the end', () => {
  assert.deepEqual(assemble([Buffer.from('one\ntwo')]), ['one', 'two'])
})

test('LineAssembler takes Windows line breaks off', () => {
  assert.deepEqual(assemble([Buffer.from('one\r'), Buffer.from('\ntwo\r\n')]), ['one', 'two'])
})

test('LineAssembler cuts an endless line and goes on with the next', () => {
  const lines = assemble([Buffer.alloc(MAX_LINE_CHARS * 3, 'x'), Buffer.from('tail\nnext\n')])
  assert.equal(lines.length, 2)
  assert.ok(lines[0]?.endsWith('[line cut]'))
  assert.equal(lines[1], 'next')
})

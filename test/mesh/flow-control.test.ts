import assert from 'node:assert/strict'
import { test } from 'node:test'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { request as undiciRequest } from 'undici'
import { handled, SVC, withService } from './with-service.ts'

test('a slow reader makes the writer wait: write returns false, drain comes, memory is bounded', () =>
  withService(
    (_req, res) => {
      let written = 0
      const more = () => {
        while (written < 200) {
          written++
          if (!res.write(Buffer.alloc(65_536))) {
            res.once('drain', more)
            handled.emit('waits', written)
            return
          }
        }
        res.end()
      }
      more()
    },
    async () => {
      const waits: number[] = []
      handled.on('waits', (count: number) => waits.push(count))
      const answer = await undiciRequest(SVC)
      for (let i = 0; i < 20; i++) await turn()
      assert.ok((waits.at(-1) ?? 0) < 100, `wrote ${waits.at(-1)} chunks that nobody had read`)
      assert.equal((await answer.body.arrayBuffer()).byteLength, 200 * 65_536)
      handled.removeAllListeners('waits')
    },
  ))

test('a slow handler makes the uploader wait', () =>
  withService(
    (req, res) => {
      handled.once('read', () => {
        req.resume()
        req.on('end', () => res.end('read'))
      })
      handled.emit('arrived')
    },
    async () => {
      let pulled = 0
      const source = Readable.from(
        (function* () {
          for (; pulled < 200; pulled++) yield Buffer.alloc(65_536)
        })(),
      )
      const arrived = once(handled, 'arrived')
      const answer = undiciRequest(SVC, { method: 'POST', body: source })
      await arrived
      for (let i = 0; i < 50; i++) await turn()
      assert.ok(pulled < 100, `pulled ${pulled} chunks that nobody had read`)
      handled.emit('read')
      assert.equal(await (await answer).body.text(), 'read')
      assert.equal(pulled, 200)
    },
  ))

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeShortage, estimateWorkerBytes, fitWorkers } from '../../src/supervision/memory-room.ts'

const MB = 1024 * 1024

test('estimateWorkerBytes is the heap of such a worker, and its share of what the process has grown by besides', () => {
  const use = { baseBytes: 50 * MB, rssBytes: 350 * MB, heaps: [100 * MB, 60 * MB, 20 * MB, 20 * MB] }
  assert.equal(estimateWorkerBytes([100 * MB, 60 * MB], use), 105 * MB)
  assert.equal(estimateWorkerBytes([20 * MB, 20 * MB], use), 45 * MB)
  assert.equal(estimateWorkerBytes([null], { ...use, heaps: [null, null, null] }), 100 * MB, 'nothing measured: its share of everything')
  assert.equal(estimateWorkerBytes([], { baseBytes: 50 * MB, rssBytes: 40 * MB, heaps: [] }), 12 * MB, 'never nothing')
})

test('fitWorkers allows as many as fit, and leaves a tenth of the memory alone', () => {
  const room = { freeBytes: 200 * MB, totalBytes: 1000 * MB }
  assert.equal(fitWorkers({ from: 2, to: 6 }, 30 * MB, room), 5)
  assert.equal(fitWorkers({ from: 2, to: 4 }, 30 * MB, room), 4)
  assert.equal(fitWorkers({ from: 2, to: 4 }, 101 * MB, room), 2)
  assert.equal(fitWorkers({ from: 2, to: 4 }, 10 * MB, { freeBytes: 0, totalBytes: 1000 * MB }), 2)
  assert.equal(describeShortage(30 * MB, room), 'a worker takes about 30 MB; 200 MB of 1000 MB are free, of which 100 MB stay so')
})

import { parentPort, workerData } from 'node:worker_threads'
import { listen } from './listen.js'

await listen(workerData.module, workerData.port)
parentPort.postMessage('listening', [])

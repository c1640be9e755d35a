// One service in processes that share its port: node cluster.js MODULE PORT WORKERS
import cluster from 'node:cluster'
import { pathToFileURL } from 'node:url'
import { listen } from './listen.js'

const [, , module, port, workers] = process.argv
if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(workers); worker++) cluster.fork()
  let listening = 0
  cluster.on('listening', () => {
    if (++listening === Number(workers)) console.log('all are ready')
  })
} else {
  await listen(pathToFileURL(module).href, Number(port))
}

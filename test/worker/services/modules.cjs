'use strict'
const { workerData } = require('node:worker_threads')

exports.create = () => {
  const builtins = process.moduleLoadList.map((name) => name.replace(/^.*Module /, ''))
  console.log(
    JSON.stringify({ workerData, builtins, packages: Object.keys(require.cache).filter((file) => file.includes('node_modules')) }),
  )
  return (request, response) => response.end('ok')
}

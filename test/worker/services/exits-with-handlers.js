// What a service does at its end as a process.
process.on('exit', (code) => console.log('exit', code, process.exitCode))
process.on('uncaughtException', (error) => {
  console.error('uncaught', error.message)
  process.exit(9)
})
process.on('unhandledRejection', (reason) => {
  console.error('unhandled', reason.message)
  process.exitCode = 8
  process.exit()
})

export default function create({ config }) {
  if (config.how === 'throw') setImmediate(() => { throw new Error('thrown') }) // prettier-ignore
  if (config.how === 'reject') void Promise.reject(new Error('rejected'))
  return new Promise(() => setInterval(() => {}, 1000))
}

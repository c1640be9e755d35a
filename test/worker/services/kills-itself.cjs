const answered = process.kill(process.pid, 0)
process.kill(process.pid, 'SIGWINCH')
process.once('SIGTERM', (signal) => {
  console.log('got', signal)
  process.kill(process.pid, signal)
})
process.kill(process.pid, 'SIGTERM')
try {
  process.kill(process.pid, 'SIGNONE')
} catch (error) {
  console.log(answered, error.code)
}
setInterval(() => {}, 1000)

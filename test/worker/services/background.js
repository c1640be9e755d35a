console.log('working')
setInterval(() => {}, 1000)
process.on('SIGTERM', () => {
  console.log('got SIGTERM')
  process.exit(7)
})

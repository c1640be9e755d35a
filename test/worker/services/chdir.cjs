const path = require('node:path')
const before = process.cwd()
const attempt = (to) => {
  try {
    process.chdir(to)
  } catch (error) {
    return error.code
  }
}
const missing = attempt('/nowhere/at/all')
const file = attempt(__filename)
process.chdir(__dirname)
const absolute = [process.cwd(), path.resolve('x')]
process.chdir('..')
const relative = process.cwd()
console.log(JSON.stringify({ before, missing, file, absolute, relative }))

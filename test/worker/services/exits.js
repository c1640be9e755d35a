import fs from 'node:fs'

for (let i = 0; i < 2000; i++) console.log(`line ${i}`)
fs.writeSync(1, 'to the descriptor\n')
fs.writeFileSync(2, 'as a file\n')
console.error('last words')
process.exit(3)

const line = 'x'.repeat(1023)
for (let i = 0; i < 20 * 1024; i++) console.log(line)
process.exit(0)

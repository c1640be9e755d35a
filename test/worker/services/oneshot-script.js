// Ends when nothing is left to do, as in Node.
async function main() {
  await new Promise((resolve) => setTimeout(resolve, 50))
  console.log('seeded')
}
void main()

async function main() {
  await new Promise(() => {})
}

void main()

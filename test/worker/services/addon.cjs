// A library that the process has loaded anyway, and that is no add-on: Node says of it what it says of an add-on made for one thread.
const library = process.report.getReport().sharedObjects.find((path) => /\/lib(?:m|c)\.so|\.dylib$/.test(path))
process.dlopen({ exports: {} }, library)

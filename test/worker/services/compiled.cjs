'use strict'
Object.defineProperty(exports, '__esModule', { value: true })
exports.default = async () => (request, response) => response.end('compiled')

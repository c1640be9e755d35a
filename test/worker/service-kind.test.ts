import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { classifyApp, describeValue, findOffer, findStopHook } from '../../src/worker/service-kind.ts'

const factory = () => null
const handler = (_request: unknown, _response: unknown) => null

test('findOffer prefers create, then build, then default', () => {
  const offers: [object, string, string?][] = [
    [{ create: factory, build: factory, default: factory }, 'factory', 'create'],
    [{ build: factory, default: handler }, 'factory', 'build'],
    [{ default: factory }, 'factory', 'default'],
    [{ default: handler }, 'value', 'default'],
    [{ default: express() }, 'value', 'default'],
    [{ default: 42 }, 'value', 'default'],
    [{ create: 'not a function', other: 1 }, 'nothing'],
    [{}, 'nothing'],
  ]
  for (const [namespace, kind, name] of offers) {
    const offer = findOffer(namespace)
    assert.equal(offer.kind, kind)
    if (offer.kind !== 'nothing') assert.equal(offer.name, name)
  }
})

test('findOffer looks into the plain exports of a CommonJS module', () => {
  const of = (exports: unknown) => findOffer({ default: exports, 'module.exports': exports })
  assert.equal(of({}).kind, 'nothing')
  assert.equal(of({ helper: factory }).kind, 'nothing')
  assert.equal(of({ create: factory }).kind, 'factory')
  assert.equal(of({ __esModule: true, default: handler }).kind, 'value')
  assert.equal(of(handler).kind, 'value')
  assert.equal(of(factory).kind, 'factory')
  assert.equal(of({ fetch: factory }).kind, 'value')
  assert.equal(of(http.createServer()).kind, 'value')
})

test('findStopHook takes stop, then close', () => {
  const stop = () => 'stop'
  const close = () => 'close'
  assert.equal(findStopHook({ stop, close })?.(), 'stop')
  assert.equal(findStopHook({ close })?.(), 'close')
  assert.equal(findStopHook({ stop: 1 }), null)
})

test('classifyApp tells the frameworks apart', async (t) => {
  const fastify = Fastify()
  t.after(() => fastify.close())
  const koa = { callback: () => handler, use: factory, createContext: factory }
  const nest = { init: factory, getHttpServer: factory, getHttpAdapter: factory, close: factory }
  const kinds: [unknown, string | undefined][] = [
    [fastify, 'fastify'],
    [express(), 'listener'],
    [koa, 'listener'],
    [nest, 'nest'],
    [new Hono(), 'fetch'],
    [{ fetch: factory }, 'fetch'],
    [http.createServer(), 'server'],
    [handler, 'listener'],
    [factory, 'listener'],
    [{ port: 1 }, undefined],
    ['text', undefined],
    [null, undefined],
  ]
  for (const [value, kind] of kinds) assert.equal(classifyApp(value)?.kind, kind)
})

test('describeValue names what was found', () => {
  assert.equal(describeValue(undefined), 'undefined')
  assert.equal(describeValue({ a: 1, b: 2 }), 'an object with the keys a, b')
  assert.equal(describeValue({}), 'an object without keys')
  assert.equal(describeValue('x'), "the string 'x'")
  assert.equal(describeValue(factory), 'the function factory')
})

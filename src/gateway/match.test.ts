import { expect, test } from 'vitest'
import { compileRoutes } from './match.ts'
import type { Route } from './state.ts'

const route = (key: string): Route => {
  const [method = 'ANY', path = key] = key === '$default' ? ['ANY', '$default'] : key.split(' ')
  return { method, path, key, integration: { type: 'mock', requests: {}, passthrough: 'NEVER', responses: [] } }
}
const match = compileRoutes(
  ['GET /a/{id}', 'GET /a/fixed', 'ANY /a/{id}', 'GET /a/{id}/b', 'ANY /files/{proxy+}', 'GET /'].map(route),
)
const withDefault = compileRoutes([route('GET /a'), route('$default')])

test.each([
  ['GET', '/a/fixed', 'GET /a/fixed', {}],
  ['GET', '/a/7', 'GET /a/{id}', { id: '7' }],
  ['POST', '/a/7', 'ANY /a/{id}', { id: '7' }],
  ['POST', '/a/fixed', 'ANY /a/{id}', { id: 'fixed' }],
  ['GET', '/a/7/b', 'GET /a/{id}/b', { id: '7' }],
  ['PUT', '/files/x/y/z', 'ANY /files/{proxy+}', { proxy: 'x/y/z' }],
  ['GET', '/', 'GET /', {}],
])('%s %s is %s', (method, path, key, parameters) => {
  expect(match(method, path)).toMatchObject({ route: { key }, pathParameters: parameters })
})

test.each([
  ['GET', '/files'],
  ['GET', '/files/'],
  ['GET', '/nothing'],
  ['POST', '/'],
])('%s %s has no route', (method, path) => {
  expect(match(method, path)).toBeUndefined()
})

test('the default route takes what is left', () => {
  expect(withDefault('POST', '/a')?.route.key).toBe('$default')
  expect(withDefault('GET', '/a')?.route.key).toBe('GET /a')
})

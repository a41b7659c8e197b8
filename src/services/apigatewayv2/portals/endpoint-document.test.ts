import { expect, test } from 'vitest'
import { documentOf } from './endpoint-document.ts'
import { endpointView } from './endpoint-view.ts'
import type { EndpointPage } from './state.ts'

const page: EndpointPage = {
  ...{ id: 'page', restApiId: 'api', stage: 'prod', method: 'GET', path: '/p', tryIt: false, overrides: undefined },
  ...{ modifiedAtMs: 0, status: 'AVAILABLE' },
}

/** An API whose method takes lists of lists. */
function apiOf(levels: number, items: object = { type: 'string' }) {
  let schema = items
  for (let level = 0; level < levels; level++) schema = { type: 'array', items: schema }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Deep' } } }
  return {
    paths: { '/p': { get: { requestBody: { content }, responses: {} } } },
    components: { schemas: { Deep: { type: 'object', properties: { a: schema } } } },
  }
}

test('a page is about as large as what the API says, however that is nested', () => {
  const values = Array.from({ length: 40_000 }, (_, index) => index % 10)
  const document = documentOf(apiOf(40, { enum: values }), page)
  expect(endpointView({ ...page, document }, 'http://node', false).html.length).toBeLessThan(document.length * 5)
  expect(() => documentOf(apiOf(2_000), page)).toThrow('nested deeper than 50 levels')
})

test('what an API says at more length than a page can have is shown as it was written', () => {
  const described = (description: string) =>
    endpointView(
      { ...page, document: documentOf({ paths: { '/p': { get: { description } } } }, page) },
      'http://node',
      false,
    ).html
  expect(described('*short* <b>')).toContain('<p><em>short</em> &lt;b&gt;</p>')
  expect(described(`*long* <b>${'a'.repeat(32_768)}`)).toContain('<pre>*long* &lt;b&gt;')
})

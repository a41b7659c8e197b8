import { expect, test } from 'vitest'
import { ionFields } from './ion-items.ts'
import { ionStructs } from './ion-text.ts'

async function structs(text: string, pieceBytes: number): Promise<string[]> {
  const bytes = Buffer.from(text)
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  return Array.fromAsync(ionStructs(pieces()))
}

// The example of the developer guide (S3DataImport.Format), and what the specification allows beside.
const text = String.raw`$ion_1_0
{Item:{Authors:$dynamodb_SS::["Author1","Author2"],Dimensions:"8.5 x 11.0 x 1.5",Id:103.,InPublication:false,PageCount:6d2,Price:2d3}}
/* a { comment */ { // } another
  'Item': {
    "n\"}": -1_000.50, big: 0x1F, exp: 1.5e-3, none: null.string, b: {{ AP8=
    }}, bs: '$dynamodb_BS'::[{{AQ==}}, {{Ag==}}], ns: $dynamodb_NS::[1, 2.5],
    l: [{a: true}, [], '''long ''' '''te\x41t {''',], "__proto__": "ä\u00e9"
  },
} $ion_1_0 {}
{Item: {cut: "off`

test.each([1, 2, 3, 7, 1_000])('structs are found however the text is cut: %i bytes', async (pieceBytes) => {
  const found = await structs(text, pieceBytes)
  expect(found).toHaveLength(4)
  expect(ionFields(found[0]!)).toEqual({
    Item: {
      M: {
        ...{ Authors: { SS: ['Author1', 'Author2'] }, Dimensions: { S: '8.5 x 11.0 x 1.5' }, Id: { N: '103' } },
        ...{ InPublication: { BOOL: false }, PageCount: { N: '6e2' }, Price: { N: '2e3' } },
      },
    },
  })
  const item = ionFields(found[1]!).Item!.M!
  expect(item).toMatchObject({
    ...{ 'n"}': { N: '-1000.50' }, big: { N: '31' }, exp: { N: '1.5e-3' }, none: { NULL: true } },
    ...{ b: { B: Buffer.from([0, 255]) }, bs: { BS: [Buffer.from([1]), Buffer.from([2])] }, ns: { NS: ['1', '2.5'] } },
    l: { L: [{ M: { a: { BOOL: true } } }, { L: [] }, { S: 'long teAt {' }] },
  })
  expect(Object.getOwnPropertyDescriptor(item, '__proto__')?.value).toEqual({ S: 'äé' })
  expect(ionFields(found[2]!)).toEqual({})
  expect(() => ionFields(found[3]!)).toThrow()
})

test.each([
  '{a: 2024-01-01T}',
  '{a: (1 2)}',
  '{a: symbol}',
  '{a: unknown::[1]}',
  '{a: $dynamodb_SS::[1]}',
  '{a: 1, a: 2}',
  '{a 1}',
  '{a: 1} {b: 2}',
  '{a: {{ not base64! }}}',
  '[1]',
  `{a: ${'['.repeat(60)}${']'.repeat(60)}}`,
])('what is no item is refused: %s', (broken) => {
  expect(() => ionFields(broken)).toThrow(/Ion|struct/)
})

test('a struct longer than an item can be is refused, and one that is long is read quickly', async () => {
  await expect(structs(`{a: "${'x'.repeat(8_100_000)}`, 65_536)).rejects.toThrow('too long')
  const [long] = await structs(`{a: "${'\\n'.repeat(200_000)}"}`, 65_536)
  expect(ionFields(long!)).toEqual({ a: { S: '\n'.repeat(200_000) } })
})

test('what does not end is told of, however much of it there is, and takes no more time than to be read', async () => {
  const many = (piece: string) => piece.repeat(1_000_000 / piece.length)
  for (const begun of ['/* ', '{{a ', "'''\\'", '"\\\'', '\'\\"']) {
    const [broken, ...others] = await structs(`{a: 1} {b: ${many(begun)}`, 65_536).then(([, ...rest]) => rest)
    expect(others).toEqual([])
    expect(() => ionFields(broken!)).toThrow('does not end')
  }
  expect(await structs('{a: 1} "lost', 3)).toEqual(['{a: 1}', '"lost'])
  // A string is over where its line is: the structs behind it are read.
  const [first, second] = await structs('{a: "x\n} {b: 2}', 3)
  expect(() => ionFields(first!)).toThrow('does not end')
  expect(ionFields(second!)).toEqual({ b: { N: '2' } })
})

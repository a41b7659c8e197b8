import { describe, expect, test } from 'vitest'
import { TypeFault } from './faults.ts'
import { readXml } from './xml-read.ts'
import { escapeAttribute, escapeText } from './xml-write.ts'

const read = (text: string) => readXml(Buffer.from(text))

describe('reading XML', () => {
  test('gives elements, attributes and text, prefixes cut off', () => {
    const root = read(
      '<?xml version="1.0"?>\n<!-- c --><s:a xmlns:s="u" s:x=\'1&amp;2\'><b>t&lt;&#x41;&#66;</b><c/><![CDATA[<raw>&amp;]]></s:a>\n',
    )
    expect(root).toMatchObject({ name: 'a', attributes: { 'xmlns:s': 'u', 's:x': '1&2' }, text: '<raw>&amp;' })
    expect(root.children.map(({ name, text }) => [name, text])).toEqual([
      ['b', 't<AB'],
      ['c', ''],
    ])
  })

  test('bare carriage returns become line feeds, those written as references stay', () => {
    expect(read('<a>1\r\n2\r3&#xD;4</a>').text).toBe('1\n2\n3\r4')
  })

  test.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an external document type', '<!DOCTYPE a SYSTEM "http://127.0.0.1/x"><a/>'],
    ['an entity that XML does not define', '<a>&x;</a>'],
    ['an entity named like something objects inherit', '<a>&toString;</a>'],
    ['a bare ampersand', '<a>1 & 2</a>'],
    ['a reference to no character', '<a>&#x110000;</a>'],
    ['a surrogate', '<a>&#xD800;</a>'],
    ['crossed tags', '<a><b></a></b>'],
    ['an open tag', '<a><b></b>'],
    ['a closing tag alone', '</a>'],
    ['two roots', '<a/><b/>'],
    ['text outside', 'x<a/>'],
    ['an attribute without quotes', '<a b=c/>'],
    ['an unfinished tag', '<a'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => read(text)).toThrow(TypeFault)
  })

  test('refuses what is not UTF-8', () => {
    expect(() => readXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff]))).toThrow(TypeFault)
  })
})

describe('writing XML', () => {
  test.each(['a&b<c>"d\'', 'cr\rlf\n', 'ünïcode ☃ 😀', '\u0085\u2028', ' spaces ', ']]>'])(
    '%j comes back as it was',
    (text) => {
      expect(read(`<a>${escapeText(text)}</a>`).text).toBe(text)
      expect(read(`<a b="${escapeAttribute(text)}"/>`).attributes.b).toBe(text)
    },
  )

  test('what XML cannot say is replaced, so that the document stays readable', () => {
    expect(escapeText('a\u0000b\u001Fc\uD800d\uFFFE')).toBe('a\uFFFDb\uFFFDc\uFFFDd\uFFFD')
  })
})

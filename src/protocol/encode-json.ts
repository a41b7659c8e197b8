import type { Model, Shape, StructShape, TimestampFormat } from '../kernel/model.ts'
import { inAnswerBody } from './rest.ts'
import { toBase64 } from './scalars.ts'
import { formatTimestamp } from './timestamps.ts'

/** Makes of an output what JSON.stringify can write: modelled members only, under their wire names. */
export type JsonEncoder = (value: unknown) => unknown

const encoders = new WeakMap<Model, Map<string, JsonEncoder>>()

/**
 * The encoder of a structure. `bodyOnly` leaves out members bound to headers and status. Compiled at first use, one
 * function a shape. A value of the wrong type is a bug of ours and throws a plain Error.
 */
export function jsonEncoder(model: Model, index: number, bodyOnly: boolean): JsonEncoder {
  let known = encoders.get(model)
  if (!known) {
    known = new Map()
    encoders.set(model, known)
  }
  const key = `${index} ${bodyOnly}`
  let encoder = known.get(key)
  if (!encoder) {
    encoder = compileEncoder(model, index, bodyOnly)
    known.set(key, encoder)
  }
  return encoder
}

function compileEncoder(model: Model, index: number, bodyOnly: boolean): JsonEncoder {
  const functions = new Map<string, string>()

  const encoded = (shapeIndex: number, x: string, time: TimestampFormat | undefined, path: string): string => {
    const shape = model.shapes[shapeIndex]!
    switch (shape.k) {
      case 'string':
        return `(typeof ${x}==='string'?${x}:bad(${x},'a string',${JSON.stringify(path)}))`
      case 'boolean':
        return `(typeof ${x}==='boolean'?${x}:bad(${x},'a boolean',${JSON.stringify(path)}))`
      case 'blob':
      case 'stream':
        return `blob(${x},${JSON.stringify(path)})`
      case 'timestamp':
        return `time(${x},${JSON.stringify(time ?? 'epoch')},${JSON.stringify(path)})`
      case 'document':
      case 'events':
        return x
      case 'struct':
      case 'union':
      case 'list':
      case 'map': {
        const name = `${shape.k}${shapeIndex}_${time ?? ''}`
        if (!functions.has(name)) {
          functions.set(name, '')
          functions.set(name, body(shape, time, path))
        }
        return `${name}(${x})`
      }
      default:
        return `number(${x},${JSON.stringify(path)})`
    }
  }

  const body = (shape: Shape, time: TimestampFormat | undefined, path: string): string => {
    if (shape.k === 'list') {
      const item = encoded(shape.of, 'x', time, `${path}[]`)
      return `if(!Array.isArray(v))bad(v,'a list',${JSON.stringify(path)});return v.map(x=>x===null?null:${item})`
    }
    if (shape.k === 'map') {
      const item = encoded(shape.of, 'x', time, `${path}{}`)
      return `const o={};for(const k of Object.keys(v)){const x=v[k];if(x===undefined||x===null)continue;if(k==='__proto__')own(o,k,${item});else o[k]=${item}}return o`
    }
    // One member of many is set: look at what is there rather than for all there could be.
    if (shape.k === 'union') return unionBody(shape)
    return structBody(shape as StructShape, () => true)
  }

  const unionBody = (shape: StructShape): string => {
    const cases = shape.m.map((member) => {
      const value = encoded(member.s, 'x', member.time, `${shape.n}.${member.n}`)
      return `case ${JSON.stringify(member.n)}:return {${JSON.stringify(member.json ?? member.n)}:${value}};`
    })
    return `for(const k in v){const x=v[k];if(x!==undefined&&x!==null)switch(k){${cases.join('')}}}return {}`
  }

  const structBody = (shape: StructShape, wanted: (member: StructShape['m'][number]) => boolean): string => {
    const lines = shape.m.filter(wanted).map((member) => {
      const value = encoded(member.s, 'x', member.time, `${shape.n}.${member.n}`)
      return `x=v[${JSON.stringify(member.n)}];if(x!==undefined&&x!==null)o[${JSON.stringify(member.json ?? member.n)}]=${value};`
    })
    return `const o={};let x;${lines.join('')}return o`
  }

  const root = structBody(model.shapes[index] as StructShape, (member) => !bodyOnly || inAnswerBody(member))
  const source = [...functions].map(([name, code]) => `function ${name}(v){${code}}`).join('\n')
  const make = new Function(
    'bad',
    'blob',
    'time',
    'number',
    'own',
    `"use strict";${source}\nreturn function encode(v){${root}}`,
  )
  return make(bad, blob, time, number, own) as JsonEncoder
}

function bad(value: unknown, expected: string, path: string): never {
  throw new Error(`the output has ${typeof value} where ${path} must be ${expected}`)
}

function blob(value: unknown, path: string): string {
  return value instanceof Uint8Array ? toBase64(value) : bad(value, 'bytes', path)
}

function time(value: unknown, format: TimestampFormat, path: string): number | string {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) bad(value, 'a Date', path)
  return format === 'epoch' ? value.getTime() / 1000 : formatTimestamp(value, format)
}

function number(value: unknown, path: string): number | string {
  if (typeof value !== 'number') bad(value, 'a number', path)
  return Number.isFinite(value) ? value : String(value)
}

function own(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true })
}

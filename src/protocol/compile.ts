import type { Member, Model, ScalarShape, Shape, StructShape, TimestampFormat } from '../kernel/model.ts'
import { nestsWithin } from '../kernel/nesting.ts'
import { type Checks, codePoints, deepest, longestMatched, numberBounds, patternOf } from './checks.ts'
import { type Form, fromBase64, timeFromJson, toNumber } from './scalars.ts'

/** What a compiled decoder throws when the input is not plainly right; the walk then finds out what is wrong. */
export const mismatch: unique symbol = Symbol('mismatch')

/** Decodes and checks one input, making a copy. Throws `mismatch`. */
export type CompiledDecoder = (raw: unknown) => Record<string, unknown>

/**
 * Compiles the decoder of one input structure from the table: straight code without lookups, one function a shape.
 * Only table data goes into the source, and every name and text of it as a JSON string.
 */
export function compileDecoder(
  model: Model,
  index: number,
  keyAndForm: (member: Member) => readonly [key: string, form: Form],
  checks: Checks,
): CompiledDecoder {
  const constants: unknown[] = []
  const functions = new Map<string, string>()

  const constant = (value: unknown): string => {
    constants.push(value)
    return `c[${constants.length - 1}]`
  }
  const define = (name: string, make: () => string): string => {
    if (!functions.has(name)) {
      functions.set(name, '')
      functions.set(name, make())
    }
    return name
  }

  /** An expression that is the decoded value of the variable `x`, or throws. */
  const decoded = (shapeIndex: number, x: string, form: Form, time: TimestampFormat | undefined): string => {
    const shape = model.shapes[shapeIndex]!
    switch (shape.k) {
      case 'struct':
      case 'union':
      case 'list':
      case 'map': {
        const suffix = time ? `_${time}` : ''
        const name = `${shape.k}${shapeIndex}_${form}${suffix}`
        return `${define(name, () => body(shape, form, time))}(${x},d+1)`
      }
      case 'events':
      case 'stream':
        return x
      default:
        return `${define(`${shape.k}${shapeIndex}_${form}_${time ?? ''}`, () => scalarBody(shape, form, time))}(${x})`
    }
  }

  const body = (shape: Exclude<Shape, ScalarShape>, form: Form, time: TimestampFormat | undefined): string => {
    if (shape.k === 'list') return listBody(shape, form, time)
    if (shape.k === 'map') return mapBody(shape, form, time)
    const key = (member: Member) => [form === 'json' ? (member.json ?? member.n) : member.n, form] as const
    return shape.k === 'union' ? unionBody(shape, form) : structBody(shape, key)
  }

  const structBody = (shape: StructShape, key: (member: Member) => readonly [string, Form]): string => {
    const lines = shape.m.map((member) => {
      const [name, form] = key(member)
      const text = JSON.stringify(name)
      // A member named like something every object inherits must be the input's own.
      const read = name in Object.prototype ? `Object.hasOwn(v,${text})?v[${text}]:undefined` : `v[${text}]`
      const missing = member.required && checks.required ? 'else throw F;' : ''
      return `x=${read};if(x!==undefined&&x!==null)o[${JSON.stringify(member.n)}]=${decoded(member.s, 'x', form, member.time)};${missing}`
    })
    return `if(typeof v!=='object'||v===null||Array.isArray(v)||d>${deepest})throw F;const o={};let x;${lines.join('')}return o`
  }

  const unionBody = (shape: StructShape, form: Form): string => {
    const cases = shape.m.map((member) => {
      const key = form === 'json' ? (member.json ?? member.n) : member.n
      const name = JSON.stringify(member.n)
      return `case ${JSON.stringify(key)}:if(o!==undefined)throw F;o={${name}:${decoded(member.s, 'x', form, member.time)}};break;`
    })
    return (
      `if(typeof v!=='object'||v===null||Array.isArray(v)||d>${deepest})throw F;let o;` +
      `for(const k in v){const x=v[k];if(x===undefined||x===null)continue;switch(k){${cases.join('')}}}` +
      'if(o===undefined)throw F;return o'
    )
  }

  const listBody = (shape: Extract<Shape, { k: 'list' }>, form: Form, time: TimestampFormat | undefined): string =>
    `if(!Array.isArray(v)||d>${deepest})throw F;const n=v.length;${sizeCheck('n', shape)}const o=new Array(n);` +
    `for(let i=0;i<n;i++){const x=v[i];if(x===undefined||x===null)throw F;o[i]=${decoded(shape.of, 'x', form, time)}}return o`

  const mapBody = (shape: Extract<Shape, { k: 'map' }>, form: Form, time: TimestampFormat | undefined): string => {
    const keyShape = model.shapes[shape.key] as ScalarShape
    const checkKey = checks.constraints && constrained(keyShape) ? `${decoded(shape.key, 'k', 'js', undefined)};` : ''
    return (
      `if(typeof v!=='object'||v===null||Array.isArray(v)||d>${deepest})throw F;const o={};let n=0;` +
      `for(const k in v){const x=v[k];if(x===undefined)continue;if(x===null||k==='__proto__')throw F;${checkKey}n++;` +
      `o[k]=${decoded(shape.of, 'x', form, time)}}${sizeCheck('n', shape)}return o`
    )
  }

  const sizeCheck = (n: string, shape: { readonly min?: number; readonly max?: number }): string =>
    checks.constraints
      ? `${shape.min !== undefined ? `if(${n}<${shape.min})throw F;` : ''}${shape.max !== undefined ? `if(${n}>${shape.max})throw F;` : ''}`
      : ''

  const scalarBody = (shape: ScalarShape, form: Form, time: TimestampFormat | undefined): string => {
    switch (shape.k) {
      case 'string':
        return `if(typeof v!=='string')throw F;${checks.constraints ? stringChecks(shape) : ''}return v`
      case 'boolean':
        return `if(typeof v!=='boolean')throw F;return v`
      case 'blob': {
        const bytes =
          form === 'js'
            ? 'v instanceof Uint8Array?v:undefined'
            : `typeof v==='string'?${constant(fromBase64)}(v):undefined`
        return `const b=${bytes};if(b===undefined)throw F;${sizeCheck('b.length', shape)}return b`
      }
      case 'timestamp':
        if (form === 'js') return 'if(!(v instanceof Date)||Number.isNaN(v.getTime()))throw F;return v'
        return `const t=${constant(timeFromJson)}(v,${JSON.stringify(time ?? 'epoch')});if(t===undefined)throw F;return t`
      case 'document':
        return `if(!${constant(nestsWithin)}(v,${deepest}))throw F;return v`
      default: {
        const bounds = numberBounds[shape.k]
        const number = bounds
          ? `if(!Number.isInteger(v)||v<${bounds[0]}||v>${bounds[1]})throw F;`
          : `if(typeof v!=='number'){v=${constant(toNumber)}(v,${JSON.stringify(shape.k)});if(v===undefined)throw F}`
        return `${number}${sizeCheck('v', shape)}return v`
      }
    }
  }

  const stringChecks = (shape: ScalarShape): string => {
    const { min, max } = shape
    const count = min !== undefined || max !== undefined ? constant(codePoints) : ''
    return [
      // UTF-16 units are at least the code points and at most twice as many; count only when that does not decide.
      min !== undefined ? `if(v.length<${min}||(v.length<${min * 2}&&${count}(v)<${min}))throw F;` : '',
      max !== undefined ? `if(v.length>${max}&&(v.length>${max * 2}||${count}(v)>${max}))throw F;` : '',
      shape.enum ? `if(!${constant(new Set(shape.enum))}.has(v))throw F;` : '',
      shape.pattern !== undefined
        ? `if(v.length>${longestMatched}||!${constant(patternOf(shape))}.test(v))throw F;`
        : '',
    ].join('')
  }

  const root = structBody(model.shapes[index] as StructShape, keyAndForm)
  const source = [...functions].map(([name, code]) => `function ${name}(v,d){${code}}`).join('\n')
  const make = new Function('F', 'c', `"use strict";${source}\nreturn function decode(v){const d=0;${root}}`)
  return make(mismatch, constants) as CompiledDecoder
}

function constrained(shape: ScalarShape): boolean {
  return shape.min !== undefined || shape.max !== undefined || shape.pattern !== undefined || shape.enum !== undefined
}

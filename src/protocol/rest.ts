import type { WireRequest } from '../kernel/http.ts'
import type { Member, Model, StructShape } from '../kernel/model.ts'
import type { ResolvedOperation } from './operation.ts'

/** The member that is the whole body, if one is. */
export function payloadOf(shape: StructShape): Member | undefined {
  return shape.m.find((member) => member.in === 'payload')
}

export function hasBodyMembers(shape: StructShape): boolean {
  return shape.m.some((member) => member.in === undefined)
}

/** Whether a member of an output stands in the body. Models bind some outputs to the query, which an answer has not got. */
export function inAnswerBody(member: Member): boolean {
  return member.in === undefined || member.in === 'query' || member.in === 'queries' || member.in === 'label'
}

export function isStructure(model: Model, member: Member): boolean {
  const kind = model.shapes[member.s]?.k
  return kind === 'struct' || kind === 'union'
}

/** A payload that is bytes or text as it stands; undefined when it is a structure, or absent. */
export function rawPayload({ model }: ResolvedOperation, member: Member, request: WireRequest): unknown {
  switch (model.shapes[member.s]?.k) {
    case 'stream':
      return request.stream ?? request.body
    case 'blob':
      return request.body.length > 0 ? request.body : undefined
    case 'string':
      return request.body.length > 0 ? Buffer.from(request.body).toString('utf8') : undefined
    default:
      return undefined
  }
}

/** Type of an output's payload when no member says it. */
export function payloadType({ model, name }: ResolvedOperation, member: Member): string {
  // What a function answers is JSON; the model only knows bytes.
  if (model.id === 'lambda' && name === 'Invoke') return 'application/json'
  return model.shapes[member.s]?.k === 'string' ? 'text/plain' : 'application/octet-stream'
}

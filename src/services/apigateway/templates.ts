import type { MockBody } from '../../gateway/state.ts'
import { badRequest } from './find.ts'

/**
 * The templates that mock integrations can have: texts that say what they answer, and the one with code in it that the
 * Serverless Framework and osls make for CORS with several origins. Others are Velocity, and refused by name.
 */

/** `{"statusCode": 200}`, quoted or not, as the service reads it. */
const bareStatus = /^\s*\{\s*(["']?)statusCode\1\s*:\s*(["']?)(\d{3})\2\s*,?\s*\}\s*$/
const code = /[$#](?=[A-Za-z{!*#[@\\])/

/** The status code that a request template always answers. */
export function requestTemplateStatus(template: string): number {
  const bare = bareStatus.exec(template)?.[3]
  if (bare !== undefined) return Number(bare)
  if (code.test(template)) throw velocity('requestTemplates')
  const value = parse(template)
  const status = value !== null && typeof value === 'object' && 'statusCode' in value ? value.statusCode : undefined
  if (typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599) return status
  throw badRequest('requestTemplates of a MOCK integration must be JSON with a statusCode: {"statusCode": 200}.')
}

const corsHead = `#set($origin = $input.params("Origin"))
#if($origin == "") #set($origin = $input.params("origin")) #end
#if(`
const corsTail = ') #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end'
const originMatch = /^\$origin\.matches\("([^"\\]*)"\)$/

/** What a response template answers. */
export function responseTemplateBody(template: string): MockBody {
  const text = template.replaceAll('\r\n', '\n').trim()
  if (!code.test(text)) return { text: template }
  if (!text.startsWith(corsHead) || !text.endsWith(corsTail)) throw velocity('responseTemplates')
  const allowOrigins = text
    .slice(corsHead.length, -corsTail.length)
    .split(' || ')
    .map((condition) => {
      const pattern = originMatch.exec(condition)?.[1]
      // What an origin and its wildcards are written with; anything else a regular expression can have may run away.
      if (pattern === undefined || !/^([\w:/-]|\[\.\]|\.\+)*$/.test(pattern) || pattern.split('.+').length > 2)
        throw velocity('responseTemplates')
      return pattern
    })
  return { text: '', allowOrigins }
}

function velocity(where: string): Error {
  return badRequest(
    `${where} with Velocity code are not supported by Landfall yet: write the answer as it is, or call a function (AWS_PROXY).`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the caller says what it should have been.
    return undefined
  }
}

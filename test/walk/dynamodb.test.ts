import { dynamodb } from './samples/dynamodb.ts'
import { walk } from './walk.ts'

walk(dynamodb)

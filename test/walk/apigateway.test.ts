import { apigateway } from './samples/apigateway.ts'
import { walk } from './walk.ts'

walk(apigateway)

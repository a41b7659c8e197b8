import { apigatewayv2 } from './samples/apigatewayv2.ts'
import { walk } from './walk.ts'

walk(apigatewayv2)

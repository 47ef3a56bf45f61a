/** The door of the client: all that hosts may use of it. */
export type { CallOptions } from './call';
export { createClient, type CallInfo, type ChatResult, type Client, type ModerationResult } from './client';
export { linkSignals, untilAborted, withinTotal } from './core/abort';
export { CallLog, type Attempt } from './core/callLog';
export {
	ApiFailure,
	CallError,
	isFatal,
	ONLY_TOOL_CALLS,
	TOTAL_TIMEOUT,
	UNKNOWN_LABEL,
	type FailureKind,
} from './core/errors';
export { isObject, parseJson, type JsonObject, type JsonSchema } from './core/json';
export { LONE_SURROGATE } from './core/loneSurrogate';
export type { ChatReply, Choice, Usage } from './core/reply';
export {
	CHAT_ROLES,
	messageText,
	type ChatMessage,
	type ChatRequest,
	type CompletionRequest,
	type ContentPart,
} from './core/requests';
export type { CallableTool, FunctionTool } from './core/toolCall';
export { incompleteReason, wholeText } from './core/wholeText';
export { choicesByPrompt } from './endpoints/completions/response';
export { mayChat, type Model } from './endpoints/models/response';
export type { ModerationPart, ModerationRequest } from './endpoints/moderations/response';
export { endpointUrl, InvalidConnectionError, type ConnectionSettings } from './http/connection';
export { createTransport, type EgressGuard } from './http/transport';
export type { Run } from './pacing/pacer';
export type { OwnPrices } from './pricing/cost';
export type { JsonFormat, NamedSchema } from './structured/jsonFormat';
export type { JsonOptions, NormalizeReply } from './structured/repairJson';
export { nullable, strictObject, withNulls, wrapInList } from './structured/schemaBuilders';
export { schemaFromExample, UnclearExample } from './structured/schemaFromExample';
export { schemaProblem, type SchemaProblem } from './structured/schemaProblem';
export { strictProblems } from './structured/strictSchema';
export { definitionOf, offeredTools, TOOL_NAME } from './tools/tools';
export { objectSchema } from './tools/zodSchema';

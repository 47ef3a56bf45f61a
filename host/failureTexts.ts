import {
	ONLY_TOOL_CALLS,
	TOTAL_TIMEOUT,
	CallLog,
	UNKNOWN_LABEL,
	type ApiFailure,
	type FailureKind,
} from '../client';

export interface FailureText {
	/** What happened, in one sentence. */
	message: string;
	/** What to do about it. */
	hint: string;
}

/** What the texts are made of. */
interface FailureFacts {
	/** The server's or network's own words. */
	message: string;
	status?: number;
	code?: string;
	param?: string;
	headers?: Record<string, string>;
	/** Whether a proxy or firewall spoke, and not the API. */
	isWebPage?: true;
	/** The server's words as they end a sentence; empty when it was not the server that spoke. */
	said: string;
	/** "3 attempts" */
	times: string;
}

/**
 * Explains a failure to a person who automates things and does not read code.
 *
 * @param log of the call that failed; nothing had been sent unless given.
 */
export function failureText(failure: ApiFailure, log = new CallLog()): FailureText {
	const { model, maxWaitReached, retryAfterMs, shown } = failure.details;
	const text = waitText(failure, log) ?? TEXTS[failure.kind](factsOf(failure, log));
	const { message, hint } = shown ? brokenOff(failure, text) : text;
	return {
		message: model ? `Model ${model}: ${message}` : message,
		// Whatever failed, there would have been another attempt.
		hint:
			maxWaitReached && retryAfterMs === undefined
				? 'Raise the option Max Wait (Seconds), which allows no further attempt, or run the item again later'
				: hint,
	};
}

/** A caller has read a part of it, so it was not asked for again. */
function brokenOff({ kind }: ApiFailure, { message, hint }: FailureText): FailureText {
	return {
		message: `The reply broke off in the middle, after a part of it had been shown. ${message}`,
		hint:
			kind === 'timeout'
				? hint
				: 'Run the item again; if On Error is set to continue, what came of the reply is in details.partialText',
	};
}

function factsOf({ message, details }: ApiFailure, { attempts }: CallLog): FailureFacts {
	const { status, code, param, headers, isWebPage } = details;
	const said = message && status !== undefined ? `: ${withoutFinalPeriod(message)}` : '';
	const times = attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`;
	return { message, status, code, param, headers, isWebPage, said, times };
}

/** The text for a wait that the server asks for and the user does not allow. */
function waitText({ message, details }: ApiFailure, log: CallLog): FailureText | undefined {
	const { status, retryAfterMs } = details;
	if (retryAfterMs === undefined) return undefined;
	const beforeMs = log.waitedMs;
	const asked = `${inSeconds(retryAfterMs)} s`;
	const wait = beforeMs > 0 ? `another ${asked} after ${inSeconds(beforeMs)} s of waiting` : asked;
	const said = message && status !== undefined ? `: ${withoutFinalPeriod(message)}` : '';
	return {
		message: `The API asks to wait ${wait}, which is longer than Max Wait (Seconds) allows${said}`,
		hint: `Raise the option Max Wait (Seconds) to at least ${inSeconds(beforeMs + retryAfterMs)}, or run the item again later`,
	};
}

const TEXTS: Record<FailureKind, (facts: FailureFacts) => FailureText> = {
	rate_limit: ({ said, times }) => ({
		message: `The rate limit is still reached after ${times}${said}`,
		hint: 'Lower the option Max Concurrent Requests, raise the option Max Retries, or ask the provider for a higher limit',
	}),
	quota: ({ said }) => ({
		message: `The account of this API key has no credit left${said}`,
		hint: 'Add credit or raise the spending limit on the billing page of the provider, then run the item again',
	}),
	refused_key: ({ said }) => ({
		message: `The API refused the key${said}`,
		hint: 'Open the credential of this node, paste a valid API key and test the connection',
	}),
	forbidden: ({ isWebPage, said }) =>
		isWebPage
			? {
					message: `A firewall or proxy in front of the server does not let the request through${said}`,
					hint: 'Ask the administrator of n8n or of the server to allow requests from this n8n to the address in the credential',
				}
			: {
					message: `The API key may not be used for this request${said}`,
					hint: 'Check the permissions of the key, its project and organization, and whether it may use this model',
				},
	unknown_model: ({ message, said }) => {
		if (/\bnot a chat model\b/i.test(message)) {
			return {
				message: `This model takes no messages${said}`,
				hint: 'Choose a model that chats; for one that continues texts, such as gpt-3.5-turbo-instruct, set Resource to Completion',
			};
		}
		if (/\bis a chat model\b/i.test(message)) {
			return {
				message: `This model answers messages and does not continue a text${said}`,
				hint: 'Set Resource to Chat, or choose a model such as gpt-3.5-turbo-instruct',
			};
		}
		return {
			message: `The server does not know this model, or the key may not use it${said}`,
			hint: 'Choose a model from the list of the field Model; on Azure, check the deployment URL in the credential',
		};
	},
	not_found: ({ said }) => ({
		message: `There is no such API at this address${said}`,
		hint: 'Open the credential and check the address: for most servers it ends in /v1, on Azure it names a deployment. If the server only lacks a list of models, choose the model by ID',
	}),
	context_length: ({ said }) => ({
		message: `The messages are longer than the model can read${said}`,
		hint: 'Shorten or split the messages, lower Maximum Tokens, or choose a model with a larger context',
	}),
	bad_request: ({ code, param, status, isWebPage, said }) => {
		if (status === 413 && isWebPage) {
			return {
				message: `The request is too large for a proxy in front of the server${said}`,
				hint: 'Attach smaller files or shorten the messages, or let the administrator of the proxy raise its limit (in nginx client_max_body_size)',
			};
		}
		// As the status, or in the words of a server that answers 200.
		if (status === 402 || code === '402') {
			return {
				message: `The credit of this API key is not enough for this request${said}`,
				hint: 'Lower Maximum Tokens, which unless set is the most that the model can write, shorten the messages, or add credit',
			};
		}
		return {
			message: `The API cannot accept this request${said}`,
			hint: param
				? `Correct or remove what sets "${param}"`
				: 'Correct the parameter it names, or remove options that this model or server does not know',
		};
	},
	overloaded: ({ said, times }) => ({
		message: `The server was overloaded in ${times}${said}`,
		hint: 'Run the item again later, raise the option Max Retries, or choose another model',
	}),
	server: ({ said, times }) => ({
		message: `The server failed in ${times}${said}`,
		hint: 'Run the item again later; if it keeps happening, look at the status page of the provider',
	}),
	timeout: ({ code, times }) => {
		if (code === TOTAL_TIMEOUT) {
			return {
				message: 'No reply came within the time allowed for the whole item',
				hint: 'Raise the option Timeout Whole Item (Seconds), or lower Max Concurrent Requests so that items wait less for each other',
			};
		}
		return {
			message: `No reply came within the time allowed, in ${times}`,
			hint: `Raise the option ${TIMEOUT_OPTIONS[code ?? ''] ?? 'Timeout'} (Seconds), or check that the server of the credential can be reached`,
		};
	},
	connection: ({ code, times }) => ({
		message: `The connection failed in ${times}: ${networkReason(code)}`,
		hint: 'Check the base URL in the credential, the network, and the proxy settings of n8n; where long replies are cut, turn on the option Stream From API',
	}),
	proxy: ({ message }) => ({
		message: `The proxy does not let the request through: ${withoutFinalPeriod(message)}`,
		hint: 'Ask the administrator of n8n to check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, such as http://user:password@proxy.example.com:3128',
	}),
	certificate: () => ({
		message:
			'No secure connection could be made, because the certificate of the server is not trusted or it does not speak HTTPS',
		hint: 'Use http:// for a server without HTTPS, use the address the certificate was made for, or let the administrator of n8n trust it with NODE_EXTRA_CA_CERTS',
	}),
	bad_reply: ({ message, times }) => ({
		message: `The server answered in a way that is not this API's, in ${times}: ${withoutFinalPeriod(message)}`,
		hint: 'Check that the base URL in the credential points to an OpenAI-compatible API',
	}),
	invalid_json: ({ message, code, times }) => {
		if (code === UNKNOWN_LABEL) {
			return {
				message: `The model chose nothing of the list in ${times}: ${withoutFinalPeriod(message)}`,
				hint: 'Describe the choices more clearly, add one for such texts, raise the option Repair Attempts, or choose another model; the last reply is in the field details.text',
			};
		}
		if (code === ONLY_TOOL_CALLS) {
			return {
				message: 'The model went on calling tools and gave no answer, though it had reached Max Tool Rounds',
				hint: 'Raise the option Max Tool Rounds, say in the messages when to stop, or choose another model; what the tools did is in the field details.toolCalls',
			};
		}
		if (code === 'EMPTY_REPLY') {
			return {
				message: 'The reply of the model is empty',
				hint: 'Raise the option Maximum Tokens if there is one, or choose another model',
			};
		}
		return {
			message: `The model gave no usable JSON in ${times}: ${withoutFinalPeriod(message)}`,
			hint: 'Say more clearly what you want, raise the option Repair Attempts, or choose another model; the last reply is in the field details.text',
		};
	},
	cut_off: () => ({
		message: 'The reply reached the limit of tokens before it was complete',
		hint: 'Raise Maximum Tokens, or ask for less at a time; what came of the reply is in the field details.text',
	}),
	declined: ({ message, code }) => {
		if (code === 'CONTENT_FILTER') {
			return {
				message: "The provider's content filter stopped the reply before it was complete",
				hint: 'Change what the messages ask for, or the filter in the settings of the provider',
			};
		}
		return {
			message: `The model declined to answer: ${withoutFinalPeriod(message)}`,
			hint: 'Change what the messages ask for, or choose another model',
		};
	},
	too_large: () => ({
		message: 'The reply is too large to be read',
		hint: 'Lower Maximum Tokens or the option Number of Choices, or turn the option Log Probabilities off',
	}),
	redirect: ({ headers }) => ({
		message: `The server points to another address${headers?.location ? `, ${headers.location}` : ''}; the API key is not sent there`,
		hint: 'If that address is right, enter it as the base URL in the credential',
	}),
	blocked: () => ({
		message: 'The security settings of this n8n forbid the address of the server',
		hint: 'Ask the administrator of n8n to allow the host in N8N_SSRF_ALLOWED_HOSTNAMES or its range in N8N_SSRF_ALLOWED_IP_RANGES',
	}),
};

/** The option that set the limit, by the code of the failure. */
const TIMEOUT_OPTIONS: Record<string, string> = {
	UND_ERR_CONNECT_TIMEOUT: 'Timeout Connecting',
	UND_ERR_HEADERS_TIMEOUT: 'Timeout First Token',
	UND_ERR_BODY_TIMEOUT: 'Timeout When Idle',
	FIRST_TOKEN_TIMEOUT: 'Timeout First Token',
	IDLE_TIMEOUT: 'Timeout When Idle',
};

/** Rounded up, since it names what is enough; tenths count only where there are few seconds. */
function inSeconds(ms: number): number {
	return ms < 10_000 ? Math.ceil(ms / 100) / 10 : Math.ceil(ms / 1000);
}

// n8n replaces a message that contains one of Node's codes by a text of its own, so they are said in words.
function networkReason(code: string | undefined): string {
	switch (code) {
		case 'ECONNREFUSED':
			return 'nothing answers at the address of the server';
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return 'the host name of the server is not known';
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
			return 'there is no way to the network of the server';
		case 'STREAM_CUT':
			return 'the server ended the reply before it was complete';
		default:
			return 'the server cut it';
	}
}

function withoutFinalPeriod(text: string): string {
	return text.replace(/\.$/, '');
}

/** Where the API is, and how to sign in. Text is expected without white space around it. */
export interface ConnectionSettings {
	apiType: 'openai' | 'azure';
	apiKey: string;
	/** For `openai`: the part before `/chat/completions`, e.g. `https://api.openai.com/v1`. */
	baseUrl: string;
	/** For `azure`: `https://RESOURCE.openai.azure.com/openai/deployments/DEPLOYMENT`. */
	deploymentUrl?: string;
	/** For `azure`: the `api-version` query parameter; empty for Azure's v1 API, which has none. */
	apiVersion?: string;
	organizationId?: string;
	projectId?: string;
	/** Names the program that asks, for the server's statistics. */
	userAgent?: string;
	/** Sent with every request; they win over the headers made here. */
	headers?: Array<{ name: string; value: string }>;
}

/** A setting that cannot work. */
export class InvalidConnectionError extends Error {
	constructor(
		/** One sentence: what is wrong. */
		message: string,
		/** One sentence: what to do. */
		readonly hint: string,
	) {
		super(message);
		this.name = 'InvalidConnectionError';
	}
}

// Token characters of RFC 9110 section 5.6.2; anything else would make the HTTP client throw.
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

// They describe the connection or the body, which only the HTTP client knows.
const OURS = /^(accept-encoding|connection|content-length|expect|host|keep-alive|transfer-encoding|upgrade)$/;

/**
 * The headers that sign a request in.
 *
 * @throws {InvalidConnectionError} for a header that HTTP does not allow, or that is the HTTP client's own.
 */
export function connectionHeaders(settings: ConnectionSettings): Record<string, string> {
	const { apiType, apiKey, userAgent, organizationId, projectId } = settings;
	const headers: Record<string, string> = {};
	if (userAgent) headers['user-agent'] = userAgent;
	if (!HEADER_VALUE.test(apiKey)) {
		throw new InvalidConnectionError(
			'The API key holds characters that cannot be sent',
			'Copy the key again, and paste it as it is',
		);
	}
	// Local servers need no key; an empty "Bearer " makes some of them reject the request.
	if (apiKey) {
		if (apiType === 'azure') headers['api-key'] = apiKey;
		else headers.authorization = `Bearer ${apiKey}`;
	}
	if (apiType !== 'azure') {
		if (organizationId) headers['openai-organization'] = organizationId;
		if (projectId) headers['openai-project'] = projectId;
	}
	for (const { name, value } of settings.headers ?? []) {
		const lowerName = name.toLowerCase();
		if (!HEADER_NAME.test(lowerName) || !HEADER_VALUE.test(value) || OURS.test(lowerName)) {
			throw new InvalidConnectionError(
				`The extra header "${name}" cannot be sent`,
				'Correct its name or value, or remove it',
			);
		}
		headers[lowerName] = value;
	}
	return headers;
}

/**
 * The address of an API path such as `/chat/completions`.
 *
 * @throws {InvalidConnectionError} when the base or deployment URL is not an http(s) address; for an API that Azure
 * does not have.
 */
export function endpointUrl(settings: ConnectionSettings, path: string): URL {
	const azure = settings.apiType === 'azure';
	if (azure && path === '/moderations') {
		throw new InvalidConnectionError(
			'Azure OpenAI has no moderation API',
			'Choose a credential for OpenAI, whose moderation is free, or rely on the content filter of your deployment',
		);
	}
	const url = azure
		? parseBaseUrl('deployment URL', settings.deploymentUrl ?? '', AZURE_EXAMPLE)
		: parseBaseUrl('base URL', settings.baseUrl, OPENAI_EXAMPLE);
	// Azure lists its models one level above the deployments.
	const base = path.startsWith('/models') ? url.pathname.replace(/\/deployments\/[^/]*$/, '') : url.pathname;
	// A path that is empty stays "/" in a URL.
	url.pathname = base.replace(/\/$/, '') + path;
	// The address as the Azure portal shows it names its version; Azure's v1 API has none.
	const isVersioned = url.searchParams.has('api-version') || /\/openai\/v1$/.test(base);
	if (azure && settings.apiVersion && !isVersioned) url.searchParams.set('api-version', settings.apiVersion);
	return url;
}

const OPENAI_EXAMPLE = 'https://api.openai.com/v1';
const AZURE_EXAMPLE = 'https://my-resource.openai.azure.com/openai/deployments/my-deployment';

function parseBaseUrl(label: string, value: string, example: string): URL {
	const fix = `Enter an address such as ${example}`;
	if (!value) throw new InvalidConnectionError(`The ${label} is empty`, fix);
	// What stands before an @ is, or was meant to be, a password.
	const quoted = value.includes('@') ? label : `${label} "${value}"`;
	let url: URL;
	try {
		url = new URL(value);
	} catch {
		throw new InvalidConnectionError(`The ${quoted} is not a web address`, fix);
	}
	if (url.protocol !== 'http:' && url.protocol !== 'https:') {
		throw new InvalidConnectionError(`The ${quoted} does not start with http:// or https://`, fix);
	}
	if (url.username || url.password) {
		throw new InvalidConnectionError(
			`The ${label} holds a user name or password, which would show up in logs`,
			'Remove it, and sign in with an extra header instead',
		);
	}
	// People paste what the vendor's documentation shows: the full endpoint, often with a slash or a query.
	url.pathname = url.pathname.replace(/\/+$/, '').replace(/(\/chat)?\/completions$/, '');
	url.hash = '';
	return url;
}

/**
 * The values that must never be shown: the key, the extra headers' values and what the address's query holds, but
 * for Azure's version, which is what some errors are about.
 */
export function connectionSecrets(settings: ConnectionSettings): string[] {
	const query = endpointUrl(settings, '').searchParams;
	query.delete('api-version');
	return [settings.apiKey, ...(settings.headers ?? []).map(({ value }) => value), ...query.values()];
}

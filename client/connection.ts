/**
 * Where the API is and how to sign in: the values of a ChatGPT API credential, which are also
 * what the credential's own test request is built from.
 */
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
	/** Who asks, for the server's statistics. */
	userAgent?: string;
	/** Sent with every request; they win over the headers made here. */
	headers?: Array<{ name: string; value: string }>;
}

/** What is wrong with a setting, in a sentence that says what to do. */
export class InvalidConnectionError extends Error {
	constructor(
		/** The setting's name as in {@link ConnectionSettings}. */
		readonly setting: keyof ConnectionSettings,
		message: string,
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

/** A setting as text: n8n gives an emptied field as null, a pasted key with its line break. */
function text(value: unknown): string {
	return typeof value === 'string' ? value.trim() : '';
}

/**
 * The headers that sign a request in.
 *
 * @throws {InvalidConnectionError} for a header that HTTP does not allow, or that is the HTTP client's own.
 */
export function connectionHeaders(settings: ConnectionSettings): Record<string, string> {
	const headers: Record<string, string> = {};
	if (settings.userAgent) headers['user-agent'] = settings.userAgent;
	const apiKey = text(settings.apiKey);
	if (!HEADER_VALUE.test(apiKey)) {
		throw new InvalidConnectionError(
			'apiKey',
			'The API key holds characters that cannot be sent. Copy the key again and paste it into the credential.',
		);
	}
	// Local servers need no key; an empty "Bearer " makes some of them refuse the request.
	if (apiKey) {
		if (settings.apiType === 'azure') headers['api-key'] = apiKey;
		else headers.authorization = `Bearer ${apiKey}`;
	}
	if (settings.apiType !== 'azure') {
		if (text(settings.organizationId)) headers['openai-organization'] = text(settings.organizationId);
		if (text(settings.projectId)) headers['openai-project'] = text(settings.projectId);
	}
	for (const { name, value } of settings.headers ?? []) {
		const headerName = text(name).toLowerCase();
		if (!headerName) continue;
		if (!HEADER_NAME.test(headerName) || !HEADER_VALUE.test(text(value)) || OURS.test(headerName)) {
			throw new InvalidConnectionError(
				'headers',
				`The extra header "${headerName}" cannot be sent. Correct or remove it in the credential.`,
			);
		}
		headers[headerName] = text(value);
	}
	return headers;
}

/**
 * The address of an API path such as `/chat/completions`.
 *
 * @throws {InvalidConnectionError} when the base or deployment URL is not an http(s) address.
 */
export function endpointUrl(settings: ConnectionSettings, path: string): URL {
	const azure = settings.apiType === 'azure';
	const setting = azure ? 'deploymentUrl' : 'baseUrl';
	const url = parseBaseUrl(text(settings[setting]), setting);
	// Azure lists its models one level above the deployments.
	const base = path === '/models' ? url.pathname.replace(/\/deployments\/[^/]*$/, '') : url.pathname;
	// A path that is empty stays "/" in a URL.
	url.pathname = base.replace(/\/$/, '') + path;
	if (azure && text(settings.apiVersion)) url.searchParams.set('api-version', text(settings.apiVersion));
	return url;
}

function parseBaseUrl(value: string, setting: 'baseUrl' | 'deploymentUrl'): URL {
	const label = setting === 'baseUrl' ? 'base URL' : 'deployment URL';
	const example =
		setting === 'baseUrl'
			? 'https://api.openai.com/v1'
			: 'https://my-resource.openai.azure.com/openai/deployments/my-deployment';
	const fix = `Correct it in the credential, for example ${example}`;
	if (!value) throw new InvalidConnectionError(setting, `The ${label} is empty. ${fix}`);
	// What stands before an @ is, or was meant to be, a password.
	const quoted = value.includes('@') ? label : `${label} "${value}"`;
	let url: URL;
	try {
		url = new URL(value);
	} catch {
		throw new InvalidConnectionError(setting, `The ${quoted} is not a web address. ${fix}`);
	}
	if (url.protocol !== 'http:' && url.protocol !== 'https:') {
		throw new InvalidConnectionError(
			setting,
			`The ${quoted} does not start with http:// or https://. ${fix}`,
		);
	}
	if (url.username || url.password) {
		throw new InvalidConnectionError(
			setting,
			`The ${label} holds a user name or password, which would show up in logs. Remove it and use an extra header instead.`,
		);
	}
	// People paste what the vendor's documentation shows: the full endpoint, often with a slash or a query.
	url.pathname = url.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
	url.hash = '';
	return url;
}

/** The values that must never be shown: the key and the extra headers' values. */
export function connectionSecrets(settings: ConnectionSettings): string[] {
	return [settings.apiKey, ...(settings.headers ?? []).map((header) => header.value)].map(text);
}
